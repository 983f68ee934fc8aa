/** The main thread's orders to move actors, each with its answer and a bound on the wait for it. */
import type { SystemCore } from "../actor-system.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { MOVE_MS_MAX } from "../limits.ts";
import { RemoteRef } from "../remote/remote-ref.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";
import { err, ok, type Result } from "../result.ts";
import type { SystemRef } from "../system-messages.ts";
import { Timer } from "../timers.ts";
import type { MoveMessage, MoveRefusal } from "./move-messages.ts";

type Outcome = Result<void, MoveRefusal>;

class Order extends Timer {
  readonly to: number;
  /** The thread it was sent to. */
  at: number;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #giveUp: () => void;

  constructor(to: number, at: number, resolve: (outcome: Outcome) => void, giveUp: () => void) {
    super();
    this.to = to;
    this.at = at;
    this.#resolve = resolve;
    this.#giveUp = giveUp;
  }

  end(refusal: MoveRefusal | undefined): void {
    this.#resolve(refusal === undefined ? ok(undefined) : err(refusal));
  }

  fire(): void {
    this.#giveUp();
  }
}

export class MoveOrders {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #orders = new Map<number, Order>();
  #last = 0;

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  move(path: string, to: number): Promise<Outcome> {
    if (!this.#gateway.threads.includes(to)) return Promise.resolve(err("noSuchThread"));
    if (this.#gateway.isLost(to)) return Promise.resolve(err("threadLost"));
    this.#last += 1;
    const order = this.#last;
    return new Promise((resolve) => {
      const giveUp = () => this.ended(order, "busy");
      const entry = new Order(to, this.#gateway.thread, resolve, giveUp);
      this.#orders.set(order, entry);
      this.#system.timers.start(entry, MOVE_MS_MAX);
      this.onOrder(this.#gateway.thread, {
        type: "Move",
        order,
        path,
        number: undefined,
        to,
        hops: 0,
      });
    });
  }

  /** An order of the main thread, perhaps by way of another. */
  onOrder(from: number, message: Extract<MoveMessage, { type: "Move" }>): void {
    const { order, to } = message;
    const end = (refusal: MoveRefusal | undefined): void => this.#answer(order, refusal);
    const found = this.#find(from, message);
    if (found instanceof ActorCell && !found.hasMoved) {
      this.#gateway.moves.departures.begin(found.untyped, to, end);
      this.#gateway.outgoing.wake();
    } else if (found.thread < 0 || found.thread === this.#gateway.thread) end("noSuchActor");
    else if (this.#gateway.isLost(found.thread)) end("threadLost");
    else if (message.hops >= this.#gateway.threads.length) end("busy");
    else {
      const sent = this.#orders.get(order);
      if (sent !== undefined) sent.at = found.thread;
      const number = found instanceof RemoteRef ? found.number : undefined;
      this.#gateway.outgoing.say(found.thread, { ...message, number, hops: message.hops + 1 });
    }
  }

  #find(from: number, { path, number }: Extract<MoveMessage, { type: "Move" }>): SystemRef {
    if (number === undefined) return this.#gateway.numbers.here(this.#system.find(path, from));
    const { thread } = this.#gateway;
    return this.#gateway.numbers.here(new RemoteRef(this.#gateway, path, thread, number));
  }

  ended(order: number, refusal: MoveRefusal | undefined): void {
    const entry = this.#orders.get(order);
    if (entry === undefined) return;
    this.#orders.delete(order);
    this.#system.timers.cancel(entry);
    entry.end(refusal);
  }

  threadLost(thread: number): void {
    for (const [order, { at, to }] of this.#orders) {
      if (at === thread || to === thread) this.ended(order, "threadLost");
    }
  }

  #answer(order: number, refusal: MoveRefusal | undefined): void {
    if (this.#gateway.thread === MAIN) this.ended(order, refusal);
    else this.#gateway.outgoing.say(MAIN, { type: "MoveEnded", order, refusal });
  }
}

const MAIN = 0;
