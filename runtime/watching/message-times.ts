/**
 * How long the sampled messages of one actor waited and were handled, by their type. Made when the first
 * of them is timed, so that an idle actor has none.
 */
import { MESSAGE_TYPES_MAX } from "../limits.ts";
import { messageType } from "../message-type.ts";
import { type ActorTimes, Histogram, percentilesOf } from "../metrics.ts";

/** Sampled times of one type of message, or of all. */
interface Times {
  /** From `tell` to the start of the handler. */
  readonly wait: Histogram;
  /** From the start of the handler to its return. */
  readonly handler: Histogram;
}

/** In place of the types beyond `MESSAGE_TYPES_MAX`. */
const OTHER = "other";

export class MessageTimes {
  readonly #byType = new Map<string, Times>();
  /** Most actors hear one type most of the time. */
  #lastType = "";
  #last: Times | undefined;

  of(message: unknown): Times {
    const type = messageType(message);
    if (this.#last === undefined || type !== this.#lastType) {
      this.#last = this.#find(type);
      this.#lastType = type;
    }
    return this.#last;
  }

  told(path: string): ActorTimes {
    const all = [...this.#byType.values()];
    return {
      path,
      wait: percentilesOf(all.map(({ wait }) => wait)),
      handler: percentilesOf(all.map(({ handler }) => handler)),
      types: [...this.#byType].map(([type, { wait, handler }]) => ({
        type,
        wait: percentilesOf([wait]),
        handler: percentilesOf([handler]),
      })),
    };
  }

  #find(type: string): Times {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const name = this.#byType.size < MESSAGE_TYPES_MAX ? type : OTHER;
    let times = this.#byType.get(name);
    if (times === undefined) {
      times = { wait: new Histogram(), handler: new Histogram() };
      this.#byType.set(name, times);
    }
    return times;
  }
}
