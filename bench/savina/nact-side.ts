/** nact, the closest library: unbounded mailboxes, and an event loop's turn for each message. */
import { dispatch, type Ref, spawn, start, stop } from "nact";
import { stopped } from "../../runtime/behavior.ts";
import type { OnMessage, Parent, Side, Told } from "./program.ts";

export class NactSide implements Side {
  readonly #system = start();

  actor<M>(id: string, begin: (self: Parent) => OnMessage<M>): Told<M> {
    let children = 0;
    const actor: NactActor<M> = new NactActor(
      this.#system,
      id,
      begin({ child: (onMessage) => new NactActor(actor.ref, `${children++}`, onMessage) }),
    );
    return actor;
  }

  run(): void {}

  end(): void {
    stop(this.#system);
  }
}

class NactActor<M> implements Told<M> {
  readonly ref: Ref<M>;

  constructor(parent: Ref<never>, name: string, onMessage: OnMessage<M>) {
    this.ref = spawn(
      parent,
      (_state: undefined, message: M, ctx) => {
        if (onMessage(message) === stopped) stop(ctx.self);
      },
      name,
    );
  }

  tell(message: M): void {
    dispatch(this.ref, message);
  }
}
