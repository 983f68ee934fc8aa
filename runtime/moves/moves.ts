/**
 * Moves of actors from thread to thread, as one thread sees them: who leaves, who arrives, where those
 * live that have moved, and what becomes of one on its way when a thread is lost.
 *
 *   A ──Moving──▶ all   A ◀──Marked── all   A ──letters, Arrive──▶ B ──Located──▶ all
 *
 * An actor on its way lives on A until B has all of it, and then on B. Whoever of the two is left says
 * which; if nobody has it, it is lost like any actor of a lost thread, and its parent starts it anew.
 */

import type { SystemCore } from "../actor-system.ts";
import type { ActorCell } from "../cell/actor-cell.ts";
import type { Baggage } from "../cell/baggage.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";
import { LANE } from "../threads/thread-port.ts";
import { Arrivals } from "./arrivals.ts";
import { Departures } from "./departures.ts";
import { Locations, type Place } from "./locations.ts";
import type { MoveMessage } from "./move-messages.ts";

const LANES = Object.keys(LANE).length;

interface Announced {
  readonly from: number;
  readonly lanes: number;
}

export class Moves {
  readonly locations = new Locations();
  readonly departures: Departures;
  readonly arrivals: Arrivals;
  readonly #gateway: ThreadGateway;
  /** Moves announced in some of the lanes, by number and version. */
  readonly #announced = new Map<string, Announced>();
  /** By lost thread: who lived there, to be forgotten if nobody starts them anew. */
  readonly #stale = new Map<number, [number: number, version: number][]>();

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#gateway = gateway;
    this.departures = new Departures(gateway, system.timers);
    this.arrivals = new Arrivals(system, gateway);
  }

  onMessage(
    from: number,
    message: Exclude<MoveMessage, { type: "Move" | "MoveEnded" | "AskLoad" | "Load" }>,
  ): void {
    const { number } = message;
    switch (message.type) {
      case "Moving":
        if (this.#isComplete(from, message)) this.#onMoving(from, message);
        return;
      case "Marked":
        this.departures.marked(from, number, message.version);
        return;
      case "Arrive":
        this.arrivals.complete(from, message);
        return;
      case "Located":
        this.#enterLocated(number, message.version, message.thread);
        return;
      case "WhoHas":
        this.#whoHas(from, number, message.version, message.lost);
        return;
      case "Lost":
        this.#lost(number, message.version, message.thread);
        return;
      case "Gone":
        this.locations.forget(number);
        this.arrivals.drop(number);
        return;
    }
  }

  /** Says to all where an actor lives from now on. */
  locate(number: number, version: number, thread: number): void {
    this.#enterLocated(number, version, thread);
    this.#gateway.outgoing.sayToAll({ type: "Located", number, version, thread });
  }

  /** For the next incarnation of one lost with its thread. */
  relocate(number: number, thread: number): void {
    this.locate(number, this.locations.nextGeneration(number), thread);
  }

  departed(cell: ActorCell<never>, place: Place, baggage: Baggage): void {
    this.locations.enter(cell.number, place);
    this.#gateway.guests.leave(cell, place.thread, baggage);
  }

  arrived(number: number, version: number): void {
    this.locate(number, version, this.#gateway.thread);
    this.#gateway.watches.forget(number);
  }

  /** An actor has ended here, or a lost one is not started anew. */
  ended(number: number): void {
    const isKnown = this.locations.forget(number);
    if (this.departures.ended(number) || isKnown) {
      this.#gateway.outgoing.sayToAll({ type: "Gone", number });
    }
  }

  threadLost(thread: number): void {
    for (const [key, { from }] of this.#announced) {
      if (from === thread) this.#announced.delete(key);
    }
    this.departures.threadLost(thread);
    for (const { number, version } of this.arrivals.threadLost(thread)) {
      this.#lost(number, version, thread);
      this.#gateway.outgoing.sayToAll({ type: "Lost", number, version, thread });
    }
    const stale: [number, number][] = [];
    for (const [number, place] of this.locations.entries()) {
      if (place.from === undefined) {
        if (place.thread === thread) stale.push([number, place.version]);
      } else if (place.thread === thread) this.#inDoubt(number, place, thread, place.from);
      else if (place.from === thread) this.#inDoubt(number, place, thread, place.thread);
    }
    this.#stale.set(thread, stale);
  }

  threadReady(thread: number): void {
    for (const [number, version] of this.#stale.get(thread) ?? []) {
      // Of a child of this thread the next incarnation is announced, by the version kept.
      if (this.#gateway.children.get(number) !== undefined) continue;
      if (this.locations.get(number)?.version === version) this.locations.forget(number);
    }
    this.#stale.delete(thread);
    for (const [number, place] of this.locations.entries()) {
      const { version } = place;
      if (place.from !== undefined || place.thread !== this.#gateway.thread) continue;
      this.#gateway.outgoing.say(thread, {
        type: "Located",
        number,
        version,
        thread: place.thread,
      });
    }
    this.departures.threadReady(thread);
  }

  #isComplete(from: number, { number, version }: { number: number; version: number }): boolean {
    // One move may be taken back and the next be announced before all lanes of the first are read.
    const key = `${number} ${version}`;
    const { lanes } = this.#announced.get(key) ?? { lanes: 0 };
    if (lanes + 1 < LANES) this.#announced.set(key, { from, lanes: lanes + 1 });
    else this.#announced.delete(key);
    return lanes + 1 === LANES;
  }

  #onMoving(from: number, message: Extract<MoveMessage, { type: "Moving" }>): void {
    const { number, version, to } = message;
    const isNews = this.locations.enter(number, { thread: to, version, from });
    if (isNews && to === this.#gateway.thread) this.arrivals.prepare(from, message);
    if (isNews) this.#gateway.guests.located(number, to);
    this.#gateway.outgoing.mark(from, { type: "Marked", number, version });
  }

  #enterLocated(number: number, version: number, thread: number): void {
    // Who watches and was still asking who has it hears of the loss now.
    if (this.locations.isNextGeneration(number, version)) this.#gateway.watchedLost(number);
    if (!this.locations.enter(number, { thread, version, from: undefined })) return;
    this.#gateway.guests.located(number, thread);
    this.departures.located(number, version);
    if (thread !== this.#gateway.thread) this.arrivals.drop(number);
  }

  #inDoubt(number: number, { version }: Place, lost: number, other: number): void {
    if (other === this.#gateway.thread || this.#gateway.isLost(other)) {
      this.#lost(number, version, lost);
    } else this.#gateway.outgoing.say(other, { type: "WhoHas", number, version, lost });
  }

  #whoHas(from: number, number: number, version: number, lost: number): void {
    // All will be told when it is back.
    if (this.departures.has(number)) return;
    const place = this.locations.get(number);
    const newest = Math.max(version, place?.version ?? 0);
    const isHere = this.#gateway.numbers.get(number) !== undefined;
    // Back on the lost thread before that was lost, it is lost as well, unless started anew there.
    const isWithLost = place?.thread === lost && !this.locations.isLaterGeneration(number, version);
    if (isHere || (newest > version && !isWithLost)) {
      const { thread } = place ?? this.#gateway;
      this.#gateway.outgoing.say(from, { type: "Located", number, version: newest, thread });
      return;
    }
    // What comes late of this move must not be believed any more.
    this.locations.enter(number, { thread: lost, version: newest, from: undefined });
    this.#gateway.outgoing.say(from, { type: "Lost", number, version: newest, thread: lost });
  }

  #lost(number: number, version: number, thread: number): void {
    const place = this.locations.get(number);
    if (place === undefined || place.version > version) return;
    // A parent that has not heard of the move starts it anew where it was, without a word to all.
    this.locations.enter(number, { thread: place.from ?? thread, version, from: undefined });
    this.#gateway.actorLost(number, thread);
  }
}
