/** A crash on order: the next handler of an actor throws in place of handling its message. */
import { type Receive, receive } from "../behavior.ts";
import type { ActorCell } from "../cell/actor-cell.ts";

/** By its name it is known also as a cause that has crossed threads. */
export class InflictedCrash extends Error {
  override readonly name = "InflictedCrash";
}

/** `inHand` is told the message that the crash costs; a restart builds the behavior anew. */
export function crash(cell: ActorCell<never>, inHand: (message: unknown) => void): void {
  const target = cell as unknown as { behavior: Receive<unknown> };
  const { onSignal } = target.behavior;
  const fail = (message: unknown): never => {
    inHand(message);
    throw new InflictedCrash(`${cell.path} is crashed on order`);
  };
  target.behavior = receive<unknown>(fail, {
    ...(onSignal && { onSignal }),
    onBytes: (bytes, start, end) => fail(bytes.slice(start, end)),
  }) as Receive<unknown>;
}
