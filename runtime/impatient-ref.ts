/**
 * An actor's ref for what may be left out when the receiver is behind: as any other, but that the actor who
 * tells is never made to wait. Where it would be, `tell` says false, as it does to code outside actors.
 */
import type { ActorRef } from "./actor-ref.ts";
import type { Dispatcher, Runnable } from "./dispatcher.ts";

export class ImpatientRef<M, R extends Runnable> implements ActorRef<M> {
  readonly #ref: ActorRef<M>;
  readonly #dispatcher: Dispatcher<R>;

  constructor(ref: ActorRef<M>, dispatcher: Dispatcher<R>) {
    this.#ref = ref;
    this.#dispatcher = dispatcher;
  }

  get path(): string {
    return this.#ref.path;
  }

  tell(message: M): boolean {
    this.#dispatcher.mayWait = false;
    try {
      return this.#ref.tell(message);
    } finally {
      this.#dispatcher.mayWait = true;
    }
  }

  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    this.#dispatcher.mayWait = false;
    try {
      return this.#ref.tellBytes(bytes, start, end, tag, atMs);
    } finally {
      this.#dispatcher.mayWait = true;
    }
  }
}
