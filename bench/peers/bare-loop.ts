/**
 * The limit for any kernel in this language: a ring of 1,024 slots, a new message object each, one
 * function call a message. No bound per actor, no supervision, no metrics, no fairness.
 */
const SLOTS = 1_024;
const MASK = SLOTS - 1;

export type BareActor<M> = (message: M) => void;

export class BareLoop<M> {
  readonly #actors: (BareActor<M> | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #messages: (M | undefined)[] = new Array(SLOTS).fill(undefined);
  #head = 0;
  #tail = 0;

  /** False when the ring is full. */
  tell(actor: BareActor<M>, message: M): boolean {
    if (this.#tail - this.#head === SLOTS) return false;
    const at = this.#tail & MASK;
    this.#actors[at] = actor;
    this.#messages[at] = message;
    this.#tail += 1;
    return true;
  }

  /** Until no message is left. */
  run(): void {
    while (this.#head !== this.#tail) {
      const at = this.#head & MASK;
      this.#head += 1;
      (this.#actors[at] as BareActor<M>)(this.#messages[at] as M);
    }
  }
}
