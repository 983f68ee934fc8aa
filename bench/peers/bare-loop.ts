/**
 * The limit for any kernel in this language: a ring of 1,024 slots, a new message object each, one
 * function call a message. No bound per actor, no supervision, no metrics, no fairness, no children.
 */
import { invariant } from "../../runtime/invariant.ts";
import type { OnMessage, Parent, Side, Told } from "../savina/program.ts";

const SLOTS = 1_024;
const MASK = SLOTS - 1;

export class BareLoop implements Side {
  readonly #handlers: (OnMessage<never> | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #messages: unknown[] = new Array(SLOTS).fill(undefined);
  #head = 0;
  #tail = 0;

  actor<M>(_id: string, begin: (self: Parent) => OnMessage<M>): Told<M> {
    const onMessage = begin(CHILDLESS);
    return { tell: (message) => this.#tell(onMessage, message) };
  }

  run(): void {
    while (this.#head !== this.#tail) {
      const at = this.#head & MASK;
      this.#head += 1;
      (this.#handlers[at] as OnMessage<unknown>)(this.#messages[at]);
    }
  }

  end(): void {}

  #tell(onMessage: OnMessage<never>, message: unknown): void {
    invariant(this.#tail - this.#head < SLOTS, "programs of the bare loop keep within its ring");
    const at = this.#tail & MASK;
    this.#handlers[at] = onMessage;
    this.#messages[at] = message;
    this.#tail += 1;
  }
}

const CHILDLESS: Parent = {
  children() {
    throw new Error("the bare loop has no children");
  },
};
