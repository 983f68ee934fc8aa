/** A crash on order: the next handler of an actor throws in place of handling its message. */
import type { Handlers, OnMessage } from "../behavior.ts";
import type { ActorCell } from "../cell/actor-cell.ts";

/** By its name it is known also as a cause that has crossed threads. */
export class InflictedCrash extends Error {
  override readonly name = "InflictedCrash";
}

/** `inHand` is told the message that the crash costs; a restart builds the behavior anew. */
export function crash(cell: ActorCell<never>, inHand: (message: unknown) => void): void {
  const target = cell as unknown as { onMessage: OnMessage<unknown>; handlers: Handlers<unknown> };
  const fail = (message: unknown): never => {
    inHand(message);
    throw new InflictedCrash(`${cell.path} is crashed on order`);
  };
  target.onMessage = fail;
  target.handlers = {
    ...target.handlers,
    onBytes: (bytes, start, end) => fail(bytes.slice(start, end)),
  };
}
