/**
 * The way to one other thread, and what waits until it has room again.
 *
 *   send ──▶ the way has room: written        flush (each box) ──▶ what waits is written, in order
 *     └────▶ it is full: waits here, and the sender is told to wait
 *
 * System messages are never shed: their number is bounded by the actors and watches they are about.
 * Of each other lane at most `OUTBOX_MAX` wait, which is what handlers send before their turn ends.
 */
import type { DeadLetters } from "../dead-letters.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import { MycelError } from "../errors.ts";
import { OUTBOX_MAX } from "../limits.ts";
import { RingQueue } from "../ring-queue.ts";
import { LANE, type Lane, type ThreadPort } from "../threads/thread-port.ts";

export interface Addressee {
  readonly path: string;
  readonly number: number;
}

interface Outgoing {
  readonly lane: Lane;
  readonly to: Addressee;
  readonly message: unknown;
  /** Of a byte message, whose copy is `message`. */
  readonly bytes: { readonly tag: number; readonly atMs: number } | undefined;
}

/** `refused`: it can never cross, which a dead letter says. */
export type Written = "sent" | "full" | "refused";

/** `noRoom`: it may be sent again when there is room; `refused`: it can never cross. */
export type Sent = "sent" | "waits" | "noRoom" | "refused";

export class Outbox {
  readonly #port: ThreadPort;
  readonly #thread: number;
  readonly #deadLetters: DeadLetters;
  /** By lane. */
  readonly #waiting = [
    new RingQueue<Outgoing>(),
    new RingQueue<Outgoing>(),
    new RingQueue<Outgoing>(),
  ] as const;

  constructor(port: ThreadPort, thread: number, deadLetters: DeadLetters) {
    this.#port = port;
    this.#thread = thread;
    this.#deadLetters = deadLetters;
  }

  get isEmpty(): boolean {
    const [system, control, data] = this.#waiting;
    return system.count + control.count + data.count === 0;
  }

  send(lane: Lane, to: Addressee, message: unknown): Sent {
    // A system message that cannot cross is a child spec that is not plain data: its spawner's bug.
    const written = this.write(lane, to, message, lane === LANE.system);
    return written === "full" ? this.#wait({ lane, to, message, bytes: undefined }) : written;
  }

  sendBytes(
    to: Addressee,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): Sent {
    const written = this.writeBytes(to, bytes, start, end, tag, atMs);
    if (written !== "full") return written;
    const message = bytes.slice(start, end);
    return this.#wait({ lane: LANE.data, to, message, bytes: { tag, atMs } });
  }

  /** At once or not at all: `full` also when others wait already. */
  write(lane: Lane, to: Addressee, message: unknown, throws = false): Written {
    return this.#isBehind(lane) ? "full" : this.#write(lane, to, message, throws);
  }

  writeBytes(
    to: Addressee,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): Written {
    if (this.#isBehind(LANE.data)) return "full";
    return this.#writeBytes(to, bytes, start, end, tag, atMs);
  }

  /** In every lane, behind all that has been sent: few enough to need no bound. */
  sendMark(to: Addressee, message: unknown): void {
    for (const lane of [LANE.system, LANE.control, LANE.data]) {
      if (this.write(lane, to, message, true) === "full") {
        this.#waiting[lane].push({ lane, to, message, bytes: undefined });
      }
    }
  }

  /** True when nothing waits any more. */
  flush(): boolean {
    const [system, control, data] = this.#waiting;
    if (!this.#flushQueue(system)) return false;
    const isControlOut = this.#flushQueue(control);
    return this.#flushQueue(data) && isControlOut;
  }

  /** The thread is lost: what waits reaches nobody. */
  clear(): void {
    for (const queue of this.#waiting) {
      for (let out = queue.shift(); out !== undefined; out = queue.shift()) {
        if (out.lane !== LANE.system) this.#shed(out, "threadLost");
      }
    }
  }

  /** Others wait before it, or the order to spawn whom it is for does. */
  #isBehind(lane: Lane): boolean {
    return this.#waiting[LANE.system].count + this.#waiting[lane].count > 0;
  }

  #wait(out: Outgoing): Sent {
    const queue = this.#waiting[out.lane];
    if (out.lane !== LANE.system && queue.count >= OUTBOX_MAX) return "noRoom";
    queue.push(out);
    return "waits";
  }

  #flushQueue(queue: RingQueue<Outgoing>): boolean {
    for (let out = queue.first(); out !== undefined; out = queue.first()) {
      const { lane, to, message, bytes } = out;
      const written =
        bytes === undefined
          ? this.#write(lane, to, message, false)
          : this.#writeAllBytes(to, message as Uint8Array, bytes.tag, bytes.atMs);
      if (written === "full") return false;
      queue.shift();
    }
    return true;
  }

  #writeAllBytes(to: Addressee, bytes: Uint8Array, tag: number, atMs: number): Written {
    return this.#writeBytes(to, bytes, 0, bytes.length, tag, atMs);
  }

  #write(lane: Lane, to: Addressee, message: unknown, throws: boolean): Written {
    try {
      return this.#port.send(this.#thread, lane, to.number, message) ? "sent" : "full";
    } catch (cause) {
      if (throws && !isLost(cause)) throw cause;
      return this.#refuse(cause, { lane, to, message });
    }
  }

  #writeBytes(
    to: Addressee,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): Written {
    try {
      return this.#port.sendBytes(this.#thread, to.number, bytes, start, end, tag, atMs)
        ? "sent"
        : "full";
    } catch (cause) {
      return this.#refuse(cause, { lane: LANE.data, to, message: BYTES_LETTER });
    }
  }

  /** To a lost thread counts as sent, as to an actor that has stopped. */
  #refuse(cause: unknown, out: Pick<Outgoing, "lane" | "to" | "message">): Written {
    const lost = isLost(cause);
    if (!lost) this.#shed(out, "cannotCross");
    else if (out.lane !== LANE.system) this.#shed(out, "threadLost");
    return lost ? "sent" : "refused";
  }

  #shed(out: Pick<Outgoing, "to" | "message">, reason: "threadLost" | "cannotCross"): void {
    this.#deadLetters.put(out.message, out.to, reason);
  }
}

const isLost = (cause: unknown): boolean =>
  cause instanceof MycelError && cause.code === "E_THREAD_LOST";
