/**
 * A thread's gateway to the others: the parts of the way out and in, and what follows when a thread is
 * lost and a fresh one takes its place.
 *
 *   RemoteRef ──▶ Outgoing ──▶ ThreadPort ═══▶ Incoming ──▶ cell of that number ──▶ mailbox
 *           └──▶ RemoteSignals ───┘               ├──▶ RemoteSignals ──▶ cell
 *                                                 └──▶ GatewayInbox ──▶ Guests, RemoteListings, Moves, …
 *
 * A lost thread's actors are `Terminated` for those who watch them and failed children for their
 * parents, which may start them anew under the same number when a fresh thread has come.
 */

import type { SystemCore } from "../actor-system.ts";
import type { Outside } from "../dispatcher.ts";
import type { MycelError } from "../errors.ts";
import { TAKE_IN_MAX } from "../limits.ts";
import { Balancer } from "../moves/balancer.ts";
import { LoadMeter } from "../moves/load-meter.ts";
import type { Locations } from "../moves/locations.ts";
import { MoveOrders } from "../moves/move-orders.ts";
import { Moves } from "../moves/moves.ts";
import type { SystemRef } from "../system-messages.ts";
import type { ThreadPort } from "../threads/thread-port.ts";
import { ActorNumbers } from "./actor-numbers.ts";
import { GatewayInbox } from "./gateway-inbox.ts";
import { threadLostFault } from "./gateway-messages.ts";
import { Guests } from "./guests.ts";
import { Incoming } from "./incoming.ts";
import { LentCredit } from "./lent-credit.ts";
import { Outgoing } from "./outgoing.ts";
import { RemoteChildren } from "./remote-children.ts";
import type { RemoteCredit } from "./remote-credit.ts";
import { RemoteListings } from "./remote-listings.ts";
import { RemoteRef } from "./remote-ref.ts";
import { RemoteSignals } from "./remote-signals.ts";
import { RemoteWatches } from "./remote-watches.ts";
import { TracedMessages } from "./traced-messages.ts";
import { TreeReports } from "./tree-reports.ts";

export class ThreadGateway implements Outside {
  readonly numbers: ActorNumbers;
  readonly outgoing: Outgoing;
  readonly credit: RemoteCredit;
  readonly lent: LentCredit;
  readonly moves: Moves;
  readonly locations: Locations;
  readonly orders: MoveOrders;
  readonly meter: LoadMeter;
  readonly balancer: Balancer | undefined;
  readonly guests: Guests;
  readonly children = new RemoteChildren(this);
  readonly watches = new RemoteWatches();
  readonly signals = new RemoteSignals(this);
  readonly listings: RemoteListings;
  readonly reports: TreeReports;
  readonly traced: TracedMessages;
  readonly inbox: GatewayInbox;
  readonly incoming: Incoming;
  readonly #system: SystemCore;
  readonly #port: ThreadPort;
  readonly #lost = new Set<number>();
  /** Of each thread the last loss: one object, by which supervisors know that it is one. */
  readonly #losses = new Map<number, MycelError>();

  constructor(system: SystemCore, port: ThreadPort, balanceEveryMs: number | undefined) {
    this.#system = system;
    this.#port = port;
    this.numbers = new ActorNumbers(system, this, port);
    this.outgoing = new Outgoing(system, this, this.numbers, port);
    this.credit = this.outgoing.credit;
    this.lent = new LentCredit(port.threads.length - 1, (thread, message) =>
      this.outgoing.say(thread, message),
    );
    this.moves = new Moves(system, this);
    this.locations = this.moves.locations;
    this.orders = new MoveOrders(system, this);
    this.meter = new LoadMeter(system, this);
    if (balanceEveryMs !== undefined) this.balancer = new Balancer(system, this, balanceEveryMs);
    this.guests = new Guests(system, this);
    this.listings = new RemoteListings(system, this);
    this.reports = new TreeReports(system, this);
    this.traced = new TracedMessages(system, this);
    this.inbox = new GatewayInbox(system, this);
    this.incoming = new Incoming(system, this);
    port.onWake(() => system.dispatcher.onBell());
    system.dispatcher.wake();
  }

  get thread(): number {
    return this.#port.self;
  }

  get threads(): readonly number[] {
    return this.#port.threads;
  }

  isLost(thread: number): boolean {
    return this.#lost.has(thread);
  }

  /** Those that are not lost. */
  otherThreads(): readonly number[] {
    const { self, threads } = this.#port;
    return threads.filter((thread) => thread !== self && !this.#lost.has(thread));
  }

  takeIn(): boolean {
    return this.#port.drain(this.incoming, TAKE_IN_MAX) > 0;
  }

  sendOut(): void {
    this.outgoing.flush();
    this.moves.departures.step();
    this.#port.flush();
  }

  rest(): boolean {
    return this.#port.rest();
  }

  /** Its actor or ask has ended. */
  forgetNumber(number: number): void {
    this.guests.forget(number);
    this.children.forget(number);
    this.moves.ended(number);
  }

  threadLost(thread: number): void {
    if (this.#lost.has(thread)) return;
    this.#lost.add(thread);
    this.outgoing.threadLost(thread);
    this.lent.threadLost(thread);
    const livedThere = (ref: SystemRef): boolean =>
      ref.thread === thread && !this.locations.isOnItsWay(ref.identity as number);
    this.#system.receptionist.removeWhere(livedThere);
    this.reports.forget(thread);
    this.#losses.set(thread, threadLostFault(thread));
    const cause = this.#lossOf(thread);
    this.watches.threadLost(livedThere, cause);
    for (const cell of this.numbers.cells()) cell.forgetWatchers(livedThere);
    for (const guest of this.guests.all()) {
      const { parent } = guest;
      if (parent instanceof RemoteRef && parent.thread === thread) guest.signal({ type: "Stop" });
    }
    this.children.threadLost(livedThere, cause);
    this.moves.threadLost(thread);
    this.orders.threadLost(thread);
    this.balancer?.threadLost(thread);
  }

  /** A fresh thread has taken the place of a lost one. */
  threadReady(thread: number): void {
    if (!this.#lost.delete(thread)) return;
    this.listings.threadReady(thread);
    this.moves.threadReady(thread);
    this.children.threadReady();
  }

  /** Nobody has it any more: as for all actors of the lost thread. */
  actorLost(number: number, thread: number): void {
    const cause = this.#lossOf(thread);
    this.#system.receptionist.removeWhere((ref) => ref.identity === number);
    this.watches.actorLost(number, cause);
    this.children.actorLost(number, cause);
  }

  /** For those here who watch it, before they hear of the next incarnation. */
  watchedLost(number: number): void {
    const lost = this.locations.get(number)?.thread ?? this.thread;
    this.watches.actorLost(number, this.#lossOf(lost));
  }

  #lossOf(thread: number): MycelError {
    return this.#losses.get(thread) ?? threadLostFault(thread);
  }
}
