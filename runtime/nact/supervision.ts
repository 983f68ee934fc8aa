/**
 * nact's supervision: an actor's own policy decides about its fault, and may leave it to the parent.
 *
 *   fault ──▶ onCrash of the actor ──escalate──▶ onCrash of its parent ──▶ … ──▶ system: the actor stops
 *                    └─▶ stop, reset or resume: itself, its peers, its children, or the one that failed
 */
import type { ActorLife } from "./actor-life.ts";
import type { SupervisionActorFunc } from "./types.ts";

export const ACTIONS = {
  stop: Symbol("stop"),
  stopAll: Symbol("stopAll"),
  stopChild: Symbol("stopChild"),
  stopAllChildren: Symbol("stopAllChildren"),
  escalate: Symbol("escalate"),
  resume: Symbol("resume"),
  reset: Symbol("reset"),
  resetAll: Symbol("resetAll"),
  resetChild: Symbol("resetChild"),
  resetAllChildren: Symbol("resetAllChildren"),
} as const;

// biome-ignore lint/suspicious/noExplicitAny: nact's types
export type Policy = SupervisionActorFunc<any, any, any>;

export interface Fault {
  /** Undefined when there was none in hand: in the initial state, or in recovery. */
  readonly message: unknown;
  readonly sender: unknown;
  readonly error: unknown;
  /** Lets the actor that failed go on with what comes next. */
  readonly goOn: () => void;
}

/** Without `onCrash`: the actor is stopped, and the fault is logged. */
export const stopOnCrash: Policy = (_message, _error, context) => context.stop;

/** Of stateless actors: a fault concerns one message only. */
export const resumeOnCrash: Policy = (_message, _error, context) => context.resume;

/** Carries out what the policy of `actor` says about a fault, its own or that of `child`. */
export function carryOut(
  decision: unknown,
  fault: Fault,
  actor: ActorLife,
  child: ActorLife | undefined,
): Promise<void> | void {
  const peers = (): ActorLife[] => [...actor.parent.children.values()];
  const children = (): ActorLife[] => [...actor.children.values()];
  switch (decision) {
    case ACTIONS.stop:
      return actor.stop();
    case ACTIONS.stopAll:
      for (const peer of peers()) peer.stop();
      return;
    case ACTIONS.stopAllChildren:
      for (const each of children()) each.stop();
      return fault.goOn();
    case ACTIONS.resume:
      return fault.goOn();
    case ACTIONS.reset:
      return actor.reset();
    case ACTIONS.resetAll:
      for (const peer of peers()) peer.reset();
      return;
    case ACTIONS.resetAllChildren:
      for (const each of children()) each.reset();
      return fault.goOn();
    case ACTIONS.stopChild:
      if (child !== undefined) return child.stop();
      break;
    case ACTIONS.resetChild:
      if (child !== undefined) return child.reset();
      break;
  }
  return actor.parent.decide(fault, actor);
}
