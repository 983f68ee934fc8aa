/** nact, the closest library: unbounded mailboxes, and an event loop's turn for each message. */
import { dispatch, type Ref, spawn, start, stop } from "nact";
import { stopped } from "../../runtime/behavior.ts";
import type { OnMessage, Parent, Side, Told } from "./program.ts";

export class NactSide implements Side {
  readonly #system = start();

  actor<M>(id: string, begin: (self: Parent) => OnMessage<M>): Told<M> {
    let children = 0;
    const actor: NactActor<M> = new NactActor(this.#system, id, () =>
      begin({
        children: (beginChild) => () => new NactActor(actor.ref, `${children++}`, beginChild),
      }),
    );
    return actor;
  }

  run(): void {}

  end(): void {
    stop(this.#system);
  }
}

/** Its state is what it does with a message. */
class NactActor<M> implements Told<M> {
  readonly ref: Ref<M>;

  constructor(parent: Ref<never>, name: string, begin: () => OnMessage<M>) {
    this.ref = spawn(parent, handle<M>, name, { initialStateFunc: begin });
  }

  tell(message: M): void {
    dispatch(this.ref, message);
  }
}

function handle<M>(
  onMessage: OnMessage<M>,
  message: M,
  { self }: { readonly self: Ref<M> },
): OnMessage<M> {
  if (onMessage(message) === stopped) stop(self);
  return onMessage;
}
