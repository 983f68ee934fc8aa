/**
 * Actors on their way from this thread to another.
 *
 *   waiting ──quiet──▶ frozen: Moving to the target ──Marked──▶ Moving to all others ──Marked──▶
 *   shipping: letters, then baggage, as the way has room ──▶ a shell is left ──Located──▶ done
 *
 * `Moving` goes in every lane behind all that this thread has sent, so what the actor sent from here
 * has arrived before it can send from there; `Marked` comes in every lane behind all that was sent to
 * it here, so its mailbox is complete before it is shipped. The target is told first: it takes in what
 * others send to it from then on.
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import { MOVE_WAIT_MS_MAX } from "../limits.ts";
import { ByteMessage } from "../mailbox.ts";
import { GATEWAY, toCrossing, toCrossingSpec } from "../remote/gateway-messages.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";
import { LANE } from "../threads/thread-port.ts";
import { Timer, type Timers } from "../timers.ts";
import type { MoveMessage, MoveRefusal } from "./move-messages.ts";

/** `Moving` and `Marked` go in each of them. */
const LANES = Object.keys(LANE).length;

type Stage = "waiting" | "tellingTarget" | "tellingOthers" | "shipping" | "shipped";

class Departure extends Timer {
  readonly cell: ActorCell<never>;
  readonly number: number;
  readonly to: number;
  readonly end: (refusal: MoveRefusal | undefined) => void;
  readonly #giveUp: (departure: Departure) => void;
  stage: Stage = "waiting";
  version = 0;
  /** Marks still to come, by thread. */
  readonly awaited = new Map<number, number>();

  constructor(
    cell: ActorCell<never>,
    number: number,
    to: number,
    end: (refusal: MoveRefusal | undefined) => void,
    giveUp: (departure: Departure) => void,
  ) {
    super();
    this.cell = cell;
    this.number = number;
    this.to = to;
    this.end = end;
    this.#giveUp = giveUp;
  }

  /** It has not been quiet all the time. */
  fire(): void {
    this.#giveUp(this);
  }
}

export class Departures {
  readonly #gateway: ThreadGateway;
  readonly #timers: Timers;
  readonly #leaving = new Map<number, Departure>();

  constructor(gateway: ThreadGateway, timers: Timers) {
    this.#gateway = gateway;
    this.#timers = timers;
  }

  begin(cell: ActorCell<never>, to: number, end: (refusal: MoveRefusal | undefined) => void): void {
    const number = this.#gateway.numbers.numberOf(cell);
    if (this.#leaving.has(number)) end("alreadyMoving");
    else if (to === this.#gateway.thread) end(undefined);
    else if (this.#gateway.isLost(to)) end("threadLost");
    else {
      const giveUp = (late: Departure) => this.#finish(late, "busy");
      const departure = new Departure(cell, number, to, end, giveUp);
      this.#leaving.set(number, departure);
      this.#timers.start(departure, MOVE_WAIT_MS_MAX);
    }
  }

  /** Whether the actor is on its way and this thread can still take it back. */
  has(number: number): boolean {
    const stage = this.#leaving.get(number)?.stage;
    return stage !== undefined && stage !== "waiting" && stage !== "shipped";
  }

  /** Between two turns, when the ways may have room. */
  step(): void {
    for (const departure of this.#leaving.values()) {
      if (departure.stage === "waiting") this.#start(departure);
      else if (departure.stage === "shipping") this.#ship(departure);
    }
  }

  marked(from: number, number: number, version: number): void {
    const departure = this.#leaving.get(number);
    if (departure?.version !== version) return;
    const left = (departure.awaited.get(from) ?? 0) - 1;
    if (left > 0) departure.awaited.set(from, left);
    else {
      departure.awaited.delete(from);
      this.#goOnIfMarked(departure);
    }
  }

  /** It has arrived. */
  located(number: number, version: number): void {
    const departure = this.#leaving.get(number);
    if (departure?.version === version && departure.stage === "shipped") {
      this.#finish(departure, undefined);
    }
  }

  /** The actor has ended; true when others have been told that it moves. */
  ended(number: number): boolean {
    const departure = this.#leaving.get(number);
    if (departure === undefined) return false;
    const wasTold = this.has(number);
    this.#finish(departure, "noSuchActor");
    return wasTold;
  }

  threadLost(thread: number): void {
    for (const departure of [...this.#leaving.values()]) {
      if (departure.to === thread) {
        if (this.has(departure.number)) this.#takeBack(departure);
        this.#finish(departure, "threadLost");
      } else if (departure.awaited.delete(thread)) this.#goOnIfMarked(departure);
    }
  }

  threadReady(thread: number): void {
    for (const departure of this.#leaving.values()) {
      if (departure.stage === "tellingOthers") this.#tell(departure, [thread]);
    }
  }

  #start(departure: Departure): void {
    const { cell, number } = departure;
    const immovable = cell.immovable();
    if (immovable !== undefined) this.#finish(departure, immovable);
    else if (cell.isQuiet) {
      if (!this.#gateway.outgoing.canCross(this.#arrive(departure))) {
        this.#finish(departure, "notPlainData");
        return;
      }
      this.#timers.cancel(departure);
      cell.freeze();
      departure.version = this.#gateway.locations.nextVersion(number);
      departure.stage = "tellingTarget";
      this.#tell(departure, [departure.to]);
    }
  }

  #tell(departure: Departure, threads: readonly number[]): void {
    const { cell, number, version, to, awaited } = departure;
    const { parent } = cell;
    if (parent === undefined) return;
    const spec = toCrossingSpec(cell.spec);
    for (const thread of threads) {
      awaited.set(thread, LANES);
      this.#gateway.outgoing.mark(thread, { type: "Moving", number, version, to, parent, spec });
    }
  }

  #goOnIfMarked(departure: Departure): void {
    if (departure.awaited.size > 0) return;
    if (departure.stage === "tellingTarget") {
      departure.stage = "tellingOthers";
      const others = this.#gateway.otherThreads().filter((thread) => thread !== departure.to);
      this.#tell(departure, others);
      if (others.length > 0) return;
    }
    if (departure.stage === "tellingOthers") departure.stage = "shipping";
    this.#gateway.outgoing.wake();
  }

  #ship(departure: Departure): void {
    const { cell, to, number, version } = departure;
    const outbox = this.#gateway.outgoing.outbox(to);
    const addressee = { path: cell.path, number };
    while (outbox.isEmpty && cell.count > 0) {
      const letter = cell.takeLetter();
      if (letter instanceof ByteMessage) {
        const { bytes, tag, atMs } = letter;
        outbox.sendBytes(addressee, bytes, 0, bytes.length, tag, atMs);
      } else outbox.send(LANE.data, addressee, letter);
    }
    if (!outbox.isEmpty || cell.count > 0) return;
    const arrive = this.#arrive(departure);
    outbox.send(LANE.data, GATEWAY, arrive);
    departure.stage = "shipped";
    this.#gateway.moves.departed(
      cell,
      { thread: to, version, from: this.#gateway.thread },
      arrive.baggage,
    );
  }

  #arrive({ cell, number, version }: Departure): Extract<MoveMessage, { type: "Arrive" }> {
    const baggage = cell.pack();
    const signals = baggage.signals.map(toCrossing);
    return { type: "Arrive", number, version, baggage: { ...baggage, signals } };
  }

  /** The target is lost before the actor could have gone on there. */
  #takeBack({ cell, number, version }: Departure): void {
    cell.unfreeze();
    this.#gateway.moves.locate(number, version + 1, this.#gateway.thread);
  }

  #finish(departure: Departure, refusal: MoveRefusal | undefined): void {
    this.#timers.cancel(departure);
    this.#leaving.delete(departure.number);
    departure.end(refusal);
  }
}
