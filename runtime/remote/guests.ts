/**
 * Actors here whose parent may be on another thread: spawned for it, or moved.
 *
 *   Spawn, Moving ──▶ take ──▶ lives here ──its end──▶ forget
 *                                        └──moves on──▶ leave: a shell stays, with its ref elsewhere
 */
import type { SystemCore } from "../actor-system.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import type { Baggage } from "../cell/baggage.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { SystemRef } from "../system-messages.ts";
import type { CrossingSpec, TracedMessage } from "./gateway-messages.ts";
import { RemoteChild, RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

/** Of `mycel://`: no path is shorter. */
const SCHEME_CHARS = 8;

export class Guests {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  /** By number. */
  readonly #guests = new Map<number, ActorCell<never>>();
  readonly #byPath = new Map<string, ActorCell<never>>();

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  all(): readonly ActorCell<never>[] {
    return [...this.#guests.values()];
  }

  /**
   * At or under whom a message by path finds its receiver directly. To one that has moved it goes by way of its
   * parent's thread, as before it moved: by two ways one message could pass another.
   */
  above(path: string): ActorCell<never> | undefined {
    const { locations } = this.#gateway;
    for (let end = path.indexOf("/", SCHEME_CHARS); end >= 0; end = path.indexOf("/", end + 1)) {
      const guest = this.#byPath.get(path.slice(0, end));
      if (guest !== undefined) return guest;
    }
    const guest = this.#byPath.get(path);
    const hasMoved = guest !== undefined && locations.get(guest.number) !== undefined;
    return hasMoved ? undefined : guest;
  }

  at(path: string): ActorCell<never> | undefined {
    return this.#byPath.get(path);
  }

  /** For a parent on another thread; `version` is of its place. */
  spawn(number: number, version: number, parent: SystemRef, spec: CrossingSpec): void {
    const { locations, thread } = this.#gateway;
    if (version > 0) locations.enter(number, { thread, version, from: undefined });
    this.take(number, new ActorCell<never>(this.#system, parent, spec as ChildSpec<never>));
  }

  /** An actor whose parent may be elsewhere lives here from now on. */
  take(number: number, cell: ActorCell<never>): void {
    this.#guests.set(number, cell);
    this.#byPath.set(cell.path, cell);
    this.#gateway.numbers.enter(number, cell);
  }

  forget(number: number): void {
    this.#gateway.numbers.forget(number);
    this.#gateway.lent.end(number);
    this.#remove(number);
  }

  #remove(number: number): void {
    const cell = this.#guests.get(number);
    this.#guests.delete(number);
    // Its successor under the same path may be here already.
    if (cell !== undefined && this.#byPath.get(cell.path) === cell) this.#byPath.delete(cell.path);
  }

  /** It lives on another thread from now on, and a shell of it is left here. */
  leave(cell: ActorCell<never>, thread: number, baggage: Baggage): void {
    const { children, lent, numbers, watches } = this.#gateway;
    const { number, parent } = cell;
    numbers.forget(number);
    this.#remove(number);
    lent.forget(number);
    let away = new RemoteRef(this.#gateway, cell.path, thread, number);
    if (parent instanceof ActorCell && !(parent.untyped.ownChild(cell) instanceof RemoteChild)) {
      const child = children.adopt(parent.untyped, cell, thread, baggage.signals);
      parent.replaceChild(child);
      away = child;
    }
    for (const watched of baggage.watching) watches.remove(watched, cell);
    cell.depart(away);
    for (const watcher of baggage.watchers) {
      if (watcher instanceof ActorCell && !watcher.hasMoved) watches.add(away, watcher);
    }
    this.#system.endIfEmpty();
  }

  /** What waits here for credit of its mailbox goes where it lives now. */
  located(number: number, thread: number): void {
    const { credit, numbers } = this.#gateway;
    if (thread !== this.#gateway.thread) {
      numbers.giveUpHeld(number);
      credit.moved(number, thread);
      return;
    }
    const cell = numbers.get(number);
    if (!(cell instanceof ActorCell)) return;
    const take = (message: unknown, bytes: { tag: number; atMs: number } | undefined): void => {
      const all = message as Uint8Array;
      if (bytes === undefined) cell.arrive(message as never);
      else cell.arriveBytes(all, 0, all.length, bytes.tag, bytes.atMs);
    };
    for (const { at, message, bytes } of credit.movedHere(number)) {
      if (at.number === number) take(message, bytes);
      else {
        const traced = message as TracedMessage;
        const isBytes = traced.type === "TracedBytes";
        const letter = isBytes ? traced.bytes : traced.message;
        this.#system.tracing.arrive(traced.cause, () => take(letter, isBytes ? traced : undefined));
      }
    }
  }
}
