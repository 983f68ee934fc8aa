/** A crash or an end on order: the next handler of an actor throws, or ends it after its message. */
import { type Handlers, type OnMessage, stopped } from "../behavior.ts";
import type { ActorCell } from "../cell/actor-cell.ts";

/** By its name it is known also as a cause that has crossed threads. */
export class InflictedCrash extends Error {
  override readonly name = "InflictedCrash";
}

interface Behaving {
  onMessage: OnMessage<unknown>;
  handlers: Handlers<unknown>;
}

/** `inHand` is told the message that the crash costs; a restart builds the behavior anew. */
export function crash(cell: ActorCell<never>, inHand: (message: unknown) => void): void {
  const target = cell as unknown as Behaving;
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

/** The actor ends by its own will after the message that it handles next. */
export function end(cell: ActorCell<never>): void {
  const target = cell as unknown as Behaving;
  const { onMessage } = target;
  target.onMessage = (message) => {
    onMessage(message);
    return stopped;
  };
}

/** The actor handles one more message and then throws, as where a bug shows at the end of a handler. */
export function crashLate(cell: ActorCell<never>): void {
  const target = cell as unknown as Behaving;
  const { onMessage, handlers } = target;
  const fail = (): never => {
    throw new InflictedCrash(`${cell.path} is crashed on order`);
  };
  target.onMessage = (message) => {
    onMessage(message);
    return fail();
  };
  target.handlers = {
    ...handlers,
    onBytes: (...args) => {
      handlers.onBytes?.(...args);
      return fail();
    },
  };
}
