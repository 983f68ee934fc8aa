// biome-ignore-all lint/suspicious/noExplicitAny: state and messages are for the caller's types to know
/**
 * nact's actor: what it makes of its messages, and what becomes of a fault.
 *
 *   message ──▶ f(state, message, context) ──▶ next state
 *                  ├─ a promise: the cell is paused until it settles, and the mailbox fills meanwhile
 *                  └─ a fault: the cell is paused until the policy has decided
 *
 * A reset loses the state and the children; mailbox and name stay.
 */
import { INTENSITY_DEFAULT } from "../limits.ts";
import { ActorLife, type Envelope, isThenable, type Props } from "./actor-life.ts";
import type { Parent } from "./parent.ts";
import {
  ACTIONS,
  carryOut,
  type Fault,
  type Policy,
  resumeOnCrash,
  stopOnCrash,
} from "./supervision.ts";

export type Func = (this: any, state: any, message: any, context: any) => unknown;

export class NactActor extends ActorLife {
  protected readonly f: Func;
  readonly #policy: Policy;
  /** To be reset when the message in hand is done with. */
  #resetDue = false;
  /** What keeps the actor waiting. */
  #fault: Fault | undefined;
  /** Starts since it last went on with messages. */
  #starts = 0;

  constructor(parent: Parent, f: Func, name: string | undefined, props: Props = {}) {
    super(parent, name, props);
    this.f = f;
    this.#policy = props.onCrash ?? stopOnCrash;
  }

  /** Apart from the constructor, so that all parts of a subclass are there. */
  begin(): void {
    if (this.initialize()) this.goOn();
  }

  reset(): void {
    if (this.stopped) return;
    if (this.inHand !== undefined) {
      this.#resetDue = true;
      return;
    }
    this.#resetDue = false;
    this.#fault = undefined;
    for (const child of [...this.children.values()]) child.stop();
    if (this.initialize()) this.goOn();
  }

  /** The actor's policy decides about a fault, its own or one of `child`. Never rejects. */
  async decide(fault: Fault, child?: ActorLife): Promise<void> {
    let decision: unknown;
    this.#logFault(fault, child);
    try {
      const context = { ...this.contextWithMailbox(fault.sender), ...ACTIONS };
      decision = await this.#policy(
        fault.message,
        fault.error as Error,
        context as never,
        child?.reference,
      );
    } catch (cause) {
      this.cell.log.error({ err: cause }, "fault in onCrash; its parent decides");
      decision = ACTIONS.escalate;
    }
    // Another may have stopped it meanwhile.
    if (!this.stopped) await carryOut(decision, fault, this, child);
  }

  /** After each message whose handler succeeded. */
  protected afterMessage(): void {}

  /** False when it could not, which is a fault like any other. */
  protected initialize(): boolean {
    const { initialState, initialStateFunc } = this.props;
    this.#starts += 1;
    if (this.#starts > 1 + INTENSITY_DEFAULT.restartsMax) {
      this.cell.log.error({ starts: this.#starts }, "stopped: it is reset again and again in vain");
      this.stop();
      return false;
    }
    try {
      this.state =
        initialStateFunc === undefined
          ? initialState
          : initialStateFunc(this.createContext(undefined) as never);
      return true;
    } catch (error) {
      void this.fail({ message: undefined, sender: undefined }, error);
      return false;
    }
  }

  /** Takes up the next message, now or when one comes. */
  protected goOn(): void {
    if (this.stopped) return;
    this.#starts = 0;
    this.#fault = undefined;
    this.resume();
  }

  /** Waits for what the policy decides; `goOn` is what happens if the actor is to go on as it is. */
  protected fail(
    { message, sender }: Envelope,
    error: unknown,
    goOn: () => void = () => this.goOn(),
  ): Promise<void> {
    const fault: Fault = {
      message,
      sender,
      error,
      goOn: () => {
        // Reset meanwhile, by another's policy, it is at another message already.
        if (this.#fault === fault) goOn();
      },
    };
    this.#fault = fault;
    this.pause();
    return this.decide(fault);
  }

  protected handle(envelope: Envelope): void {
    const context = this.createContext(envelope.sender);
    let next: unknown;
    try {
      next = this.f.call(context, this.state, envelope.message, context);
    } catch (error) {
      this.#failed(envelope, error);
      return;
    }
    if (isThenable(next)) this.#await(next, envelope);
    else {
      this.#succeeded(next);
      this.awaitIdle();
    }
  }

  #await(promise: PromiseLike<unknown>, envelope: Envelope): void {
    this.pause();
    this.inHand = Promise.resolve(promise).then(
      (next) => {
        this.inHand = undefined;
        if (this.#resetDue) this.reset();
        else {
          this.#succeeded(next);
          this.goOn();
        }
      },
      (error) => {
        this.inHand = undefined;
        if (this.#resetDue) this.reset();
        else this.#failed(envelope, error);
      },
    );
  }

  #succeeded(next: unknown): void {
    this.state = next;
    this.afterMessage();
  }

  #failed(envelope: Envelope, error: unknown): void {
    if (this.stopped) this.cell.log.error({ err: error }, "fault of an actor already stopped");
    else void this.fail(envelope, error);
  }

  /** A policy of the caller's own may log as it likes. */
  #logFault({ error }: Fault, child: ActorLife | undefined): void {
    const { log } = this.cell;
    const fields = { err: error, ...(child === undefined ? {} : { child: child.cell.path }) };
    if (this.#policy === stopOnCrash) log.error(fields, "stopped after a fault");
    else if (this.#policy === resumeOnCrash) log.error(fields, "goes on after a fault");
  }
}
