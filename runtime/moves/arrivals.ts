/**
 * Actors on their way to this thread: a cell of each is here, frozen. What its former thread sends is
 * the mailbox it had; what others send waits in the cell by its own rules until that is complete.
 */

import type { SystemCore } from "../actor-system.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { fromCrossing } from "../remote/gateway-messages.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { MoveMessage } from "./move-messages.ts";

type Message<T> = Extract<MoveMessage, { type: T }>;

interface Arrival {
  readonly cell: ActorCell<never>;
  readonly from: number;
  readonly version: number;
  readonly letters: unknown[];
}

export class Arrivals {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #arriving = new Map<number, Arrival>();

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  get count(): number {
    return this.#arriving.size;
  }

  prepare(from: number, { number, version, parent, spec }: Message<"Moving">): void {
    const cell = new ActorCell<never>(this.#system, parent, spec as ChildSpec<never>);
    cell.freeze();
    this.#arriving.set(number, { cell, from, version, letters: [] });
    this.#gateway.guests.take(number, cell);
  }

  has(from: number, number: number): boolean {
    return this.#arriving.get(number)?.from === from;
  }

  /** True when it is of the mailbox that an arriving actor had. */
  takeLetter(from: number, number: number, letter: unknown): boolean {
    const arrival = this.#arriving.get(number);
    if (arrival?.from !== from) return false;
    arrival.letters.push(letter);
    return true;
  }

  /** All is here: the actor goes on. */
  complete(from: number, { number, version, baggage }: Message<"Arrive">): void {
    const arrival = this.#arriving.get(number);
    if (arrival?.from !== from || arrival.version !== version) return;
    this.#arriving.delete(number);
    this.#gateway.moves.arrived(number, version);
    const signals = baggage.signals.map(fromCrossing);
    arrival.cell.settle(arrival.letters, { ...baggage, signals });
  }

  /** It will not arrive, or lives elsewhere by newer word. */
  drop(number: number): void {
    const arrival = this.#arriving.get(number);
    if (arrival === undefined) return;
    this.#arriving.delete(number);
    arrival.cell.vanish(arrival.letters);
    this.#gateway.guests.forget(number);
  }

  /** Those that were to come from a lost thread are lost with it; their numbers and versions. */
  threadLost(thread: number): { number: number; version: number }[] {
    const lost = [...this.#arriving]
      .filter(([, { from }]) => from === thread)
      .map(([number, { version }]) => ({ number, version }));
    for (const { number } of lost) this.drop(number);
    return lost;
  }
}
