// biome-ignore-all lint/suspicious/noExplicitAny: state and messages are for the caller's types to know
/**
 * The first part of nact's actor: its life as a kernel actor. The cell has the mailbox, the place in
 * the tree, the timers and the end.
 *
 *   spawn ──▶ cell ──▶ messages ──▶ stop: it and all below at once ──▶ PostStop ──▶ afterStop
 */

import { receive, type Signal, same } from "../behavior.ts";
import type { ActorCell } from "../cell/actor-cell.ts";
import { Parent } from "./parent.ts";
import { ActorReference, NOBODY, type Path, TemporaryReference } from "./references.ts";
import type { NactSystem } from "./system.ts";
import type { ActorMailbox, ActorProps, Logger } from "./types.ts";

/** What lies in the mailbox, and what a policy and `afterStop` see there. */
export interface Envelope {
  readonly message: any;
  readonly sender: any;
}

export type Props = ActorProps<any, any, any>;

/** How long a handler in hand and an asynchronous `afterStop` may hold the end up; one file written. */
const AFTER_STOP_MS_MAX = 5_000;

/** The idle timer's message. */
const IDLE: Envelope = { message: undefined, sender: NOBODY };

export abstract class ActorLife extends Parent {
  readonly parent: Parent;
  readonly name: string;
  readonly path: Path;
  readonly reference: ActorReference;
  readonly log: Logger;
  readonly cell: ActorCell<never>;
  protected readonly props: Props;
  protected state: any;
  /** The message that an asynchronous handler is at; settles with it, and never rejects. */
  protected inHand: Promise<void> | undefined;
  readonly #idleMs: number | undefined;
  readonly #mailboxSpec: ActorMailbox | undefined;
  readonly #pushesBack: boolean;
  #started = false;
  #paused = false;
  /** What `afterStop` gets: as it was when the actor was stopped. */
  #lastContext: object | undefined;

  constructor(parent: Parent, name: string | undefined, props: Props) {
    super();
    if (parent.stopped) throw new Error(NO_SUCH_ACTOR);
    const { shutdownAfter } = props;
    if (shutdownAfter && typeof shutdownAfter !== "number") {
      throw new Error("shutdownAfter must be a number of milliseconds");
    }
    this.parent = parent;
    this.name = name || parent.system.anonymousName(parent);
    if (parent.children.has(this.name)) {
      throw new Error(`child actor of name ${this.name} already exists`);
    }
    this.path = parent.path.childPath(this.name);
    this.reference = new ActorReference(this, parent.reference);
    this.log = parent.system.createLogger(this.reference);
    this.props = props;
    this.#mailboxSpec = props.mailbox ?? parent.system.mailbox;
    this.#pushesBack = this.#mailboxSpec?.overflow === "backpressure";
    this.#idleMs = shutdownAfter || undefined;
    this.cell = this.#spawnCell().untyped;
    parent.add(this);
  }

  get system(): NactSystem {
    return this.parent.system;
  }

  /** Makes the state anew, and stops the children. */
  abstract reset(): void;
  protected abstract handle(envelope: Envelope): void;

  dispatch(message: unknown, sender: unknown = NOBODY): void {
    if (this.#idleMs !== undefined) this.cell.cancelTimer("idle");
    const envelope: Envelope = { message, sender };
    if (this.#mailbox.tell(envelope) || !this.#pushesBack) return;
    // The kernel leaves it to the sender what becomes of a message that is pushed back.
    this.system.kernel.deadLetters.put(envelope, this.cell, "mailboxFull");
  }

  query(message: unknown, timeoutMs: number): Promise<any> {
    const { system } = this;
    const answer = new TemporaryReference(system.name, system.nextAnswerId());
    const request = typeof message === "function" ? message(answer) : message;
    if (this.#idleMs !== undefined) this.cell.cancelTimer("idle");
    return system.kernel
      .ask<Envelope, any>(
        this.#mailbox,
        (replyTo) => {
          system.answers.set(answer.id, replyTo);
          return { message: request, sender: answer };
        },
        timeoutMs,
      )
      .catch((cause) => {
        throw new Error("Query Timeout", { cause });
      })
      .finally(() => system.answers.delete(answer.id));
  }

  stop(): void {
    if (this.stopped) return;
    const { parent } = this;
    this.close();
    parent.remove(this);
    parent.cell.stop(this.cell);
  }

  /** Marks it and all below it as stopped. */
  close(): void {
    this.#lastContext = this.contextWithMailbox(undefined);
    this.stopped = true;
    this.reference.forget();
    for (const child of this.children.values()) child.close();
    // The kernel has no last signal for an actor that has not had its first turn.
    if (!this.#started) queueMicrotask(() => this.#afterStop());
  }

  protected createContext(sender: unknown): object {
    return {
      parent: this.parent.reference,
      path: this.path,
      self: this.reference,
      name: this.name,
      children: this.childReferences(),
      sender,
      log: this.log,
    };
  }

  protected contextWithMailbox(sender: unknown): object {
    return { ...this.createContext(sender), mailbox: this.cell.waiting() };
  }

  /** Takes up no message until it goes on. */
  protected pause(): void {
    if (this.#paused || this.stopped) return;
    this.#paused = true;
    this.cell.pause();
  }

  protected resume(): void {
    if (this.#paused) {
      this.#paused = false;
      this.cell.resume();
    }
    this.awaitIdle();
  }

  get #mailbox(): ActorCell<Envelope> {
    return this.cell as unknown as ActorCell<Envelope>;
  }

  #spawnCell(): ActorCell<Envelope> {
    const { cell } = this.parent;
    // A name is free at once after a stop, while the kernel's actor may still be on its way down.
    let id = this.name;
    for (let n = 2; cell.child(id) !== undefined; n += 1) id = `${this.name}~${n}`;
    const mailbox = this.#mailboxSpec;
    // A child that names no placement is a cell of this thread.
    return cell.spawn<Envelope>({
      id,
      start: () => {
        this.#started = true;
        return receive(
          (envelope) => {
            this.#receive(envelope);
            return same;
          },
          { onSignal: (signal) => this.#onSignal(signal) },
        );
      },
      // What becomes of a fault is the policy's to say, so that none reaches the kernel.
      restart: "temporary",
      shutdownMs: AFTER_STOP_MS_MAX,
      ...(mailbox === undefined ? {} : { mailbox }),
    }) as ActorCell<Envelope>;
  }

  #receive(envelope: Envelope): void {
    if (envelope === IDLE) {
      if (this.cell.count === 0) this.stop();
    } else if (this.stopped) {
      // A parent on its way down stops its children one after the other.
      this.system.kernel.deadLetters.put(envelope, this.cell, "stopped");
    } else this.handle(envelope);
  }

  protected awaitIdle(): void {
    if (this.#idleMs === undefined || this.stopped || this.cell.count > 0) return;
    this.cell.startTimer("idle", IDLE as never, this.#idleMs);
  }

  #onSignal({ type }: Signal): typeof same {
    if (type !== "PostStop") return same;
    if (!this.stopped) {
      // The kernel's tree is going down, not by `stop` of ours.
      this.close();
      this.parent.remove(this);
    }
    const ended =
      this.inHand === undefined ? this.#afterStop() : this.inHand.then(() => this.#afterStop());
    if (ended !== undefined) this.#holdEnd(ended);
    return same;
  }

  #afterStop(): Promise<void> | undefined {
    const { afterStop } = this.props;
    try {
      const ended: unknown = afterStop?.(this.state, this.#lastContext as never);
      if (!isThenable(ended)) return undefined;
      return Promise.resolve(ended).then(
        () => {},
        (cause) => this.#afterStopFailed(cause),
      );
    } catch (cause) {
      this.#afterStopFailed(cause);
      return undefined;
    }
  }

  #afterStopFailed(cause: unknown): void {
    this.cell.log.error({ err: cause }, "fault in afterStop");
  }

  #holdEnd(ended: Promise<unknown>): void {
    const nothing = (): never => IDLE as never;
    this.cell.pipeToSelf(ended, nothing, nothing);
  }
}

export const NO_SUCH_ACTOR = "Actor has stopped or never even existed";

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { then?: unknown }).then === "function";
