// biome-ignore-all lint/suspicious/noExplicitAny: nact's types, which code written for it relies on
/** What one does with a ref: send, ask, stop, and spawn under it. */
import { type Func, NactActor } from "./actor.ts";
import { type ActorLife, NO_SUCH_ACTOR, type Props } from "./actor-life.ts";
import type { Parent } from "./parent.ts";
import { ActorReference, type AnyRef, type Ref } from "./references.ts";
import { resumeOnCrash } from "./supervision.ts";
import { systemOf } from "./system.ts";
import type { Milliseconds } from "./time.ts";
import type {
  ActorFunc,
  ActorProps,
  InferMsgFromFunc,
  InferMsgFromStatelessFunc,
  InferResponseFromMsgFactory,
  InferStateFromFunc,
  QueryMsgFactory,
  StatelessActorFunc,
  StatelessActorProps,
} from "./types.ts";

export function spawn<ParentRef extends Ref<any>, F extends ActorFunc<any, any, ParentRef>>(
  parent: ParentRef,
  f: F,
  name?: string,
  properties?: ActorProps<InferStateFromFunc<F>, InferMsgFromFunc<F>, ParentRef>,
): Ref<InferMsgFromFunc<F>> {
  return begun(new NactActor(parentAt(parent), f as Func, name, properties as Props));
}

/** An actor whose message concerns no other: a fault loses one message, and it goes on. */
export function spawnStateless<
  ParentRef extends Ref<any>,
  F extends StatelessActorFunc<any, ParentRef>,
>(
  parent: ParentRef,
  f: F,
  name?: any,
  properties?: StatelessActorProps<InferMsgFromStatelessFunc<F>, ParentRef>,
): Ref<InferMsgFromStatelessFunc<F>> {
  const stateless: Func = (_state, message, context) => f.call(context, message, context);
  const props = { ...properties, onCrash: resumeOnCrash } as Props;
  return begun(new NactActor(parentAt(parent), stateless, name, props));
}

export function begun<A extends NactActor>(actor: A): Ref<any> {
  actor.begin();
  return actor.reference;
}

export function stop(actor: Ref<any>): void {
  (actorAt(actor) ?? systemAt(actor))?.stop();
}

/** Whatever is not delivered is a dead letter, as far as the ref's system is known. */
export function dispatch<T>(actor: Ref<T>, msg: T, sender?: Ref<any>): void {
  const found = actorAt(actor);
  if (found !== undefined) found.dispatch(msg, sender);
  else dispatchElsewhere(actor, msg, sender);
}

export function query<Msg, MsgCreator extends QueryMsgFactory<Msg, any>>(
  actor: Ref<Msg>,
  queryFactory: MsgCreator,
  timeout: Milliseconds,
): Promise<InferResponseFromMsgFactory<MsgCreator>> {
  if (!timeout) throw new Error("A timeout is required to be specified");
  return (
    actorAt(actor)?.query(queryFactory, timeout) ??
    Promise.reject(new Error("Actor stopped or never existed. Query can never resolve"))
  );
}

export function parentAt(ref: Ref<any>): Parent {
  const parent = actorAt(ref) ?? systemAt(ref);
  if (parent === undefined) throw new Error(NO_SUCH_ACTOR);
  return parent;
}

function actorAt(ref: Ref<any>): ActorLife | undefined {
  const actor = ActorReference.actorOf(ref);
  if (actor !== undefined) return actor;
  const { type, path }: AnyRef = ref;
  return type === "actor" ? systemOf(ref)?.actorAt(path?.parts ?? []) : undefined;
}

const systemAt = (ref: AnyRef): Parent | undefined =>
  ref.type === "system" ? systemOf(ref) : undefined;

function dispatchElsewhere(ref: AnyRef, message: unknown, sender: unknown): void {
  const system = systemOf(ref);
  if (system === undefined) return;
  if (ref.type === "temp") {
    const answer = system.answers.get(ref.id ?? 0);
    if (answer !== undefined) answer.tell(message);
    else system.kernel.deadLetters.put(message, system.cell, "lateAnswer");
    return;
  }
  const path = [system.cell.path, ...(ref.path?.parts ?? [])].join("/");
  const reason = ref.type === "actor" ? "stopped" : "unhandled";
  system.kernel.deadLetters.put({ message, sender }, { path }, reason);
}
