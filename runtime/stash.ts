/** Messages set aside until the actor is ready for them. A restart puts them back into the mailbox. */
import { STASH_CAPACITY_DEFAULT } from "./limits.ts";

export interface StashOptions {
  readonly capacity: number;
}

export class Stash<M> {
  readonly #capacity: number;
  #messages: M[];

  constructor(options: StashOptions | undefined, messages: M[] = []) {
    this.#messages = messages;
    this.#capacity = options?.capacity ?? STASH_CAPACITY_DEFAULT;
  }

  /** False when full: the message was not set aside. */
  put(message: M): boolean {
    if (this.#messages.length >= this.#capacity) return false;
    this.#messages.push(message);
    return true;
  }

  all(): readonly M[] {
    return this.#messages;
  }

  /** All of them, in the order they were set aside. */
  takeAll(): readonly M[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}
