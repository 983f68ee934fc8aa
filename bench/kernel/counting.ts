/**
 * Savina's counting, in windows on every side alike: a sender without flow control measures how a
 * queue grows.
 *
 *   producer ──Add × 512, Get──▶ counter ──Total──▶ producer ──▶ the next window
 */
import { dispatch, spawn } from "nact";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { receive, same } from "../../runtime/behavior.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { Harness, Work } from "../harness.ts";
import { type BareActor, BareLoop } from "../peers/bare-loop.ts";
import { MAILBOX, type Nact } from "./sides.ts";

/** Half of the bare loop's ring and of our mailboxes: nobody ever waits for room. */
const WINDOW = 512;

type Add = { readonly type: "Add"; readonly by: number };
type ToProducer = { readonly type: "Go" } | { readonly type: "Total"; readonly total: number };

export const compareCounting = (harness: Harness, system: ActorSystem, nact: Nact): Promise<void> =>
  harness.compare({
    name: "counting",
    unit: "message",
    smoke: 2_000,
    ours: ourCounting(system),
    peers: { nact: nactCounting(nact), "bare loop": bareCounting() },
  });

/** The producer of every side: what is left to send, and whom to tell that it has arrived. */
class Order {
  #left = 0;
  #counted = 0;
  #expected = 0;
  #finish = (): void => {};

  place(units: number, begin: () => void): Promise<void> {
    this.#left = units;
    this.#expected += units;
    return new Promise((resolve) => {
      this.#finish = resolve;
      begin();
    });
  }

  /** How many to send now; 0 when all have been. */
  window(message: ToProducer): number {
    if (message.type === "Total") this.#counted = message.total;
    const size = Math.min(this.#left, WINDOW);
    this.#left -= size;
    if (size === 0) {
      invariant(this.#counted === this.#expected, "every message was counted");
      this.#finish();
    }
    return size;
  }
}

function ourCounting(system: ActorSystem): Work {
  type Get = { readonly type: "Get" };
  const order = new Order();
  const counter = system.spawn<Add | Get>({
    id: "counter",
    start: () => {
      let total = 0;
      return receive((message) => {
        if (message.type === "Add") total += message.by;
        else producer.tell({ type: "Total", total });
        return same;
      });
    },
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: MAILBOX,
  });
  const producer = system.spawn<ToProducer>({
    id: "producer",
    start: () =>
      receive((message) => {
        const size = order.window(message);
        for (let n = 0; n < size; n++) counter.tell({ type: "Add", by: 1 });
        if (size > 0) counter.tell({ type: "Get" });
        return same;
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: MAILBOX,
  });
  return (units) => order.place(units, () => producer.tell({ type: "Go" }));
}

function nactCounting(nact: Nact): Work {
  type Get = { readonly type: "Get" };
  const order = new Order();
  const counter = spawn(
    nact,
    (total: number, message: Add | Get) => {
      if (message.type === "Add") return total + message.by;
      dispatch(producer, { type: "Total", total });
      return total;
    },
    "counter",
    { initialState: 0 },
  );
  const producer = spawn(
    nact,
    (state: number, message: ToProducer) => {
      const size = order.window(message);
      for (let n = 0; n < size; n++) dispatch(counter, { type: "Add", by: 1 });
      if (size > 0) dispatch(counter, { type: "Get" });
      return state;
    },
    "producer",
    { initialState: 0 },
  );
  return (units) => order.place(units, () => dispatch(producer, { type: "Go" }));
}

function bareCounting(): Work {
  type Message = Add | ToProducer | { readonly type: "Get" };
  const loop = new BareLoop<Message>();
  const order = new Order();
  let total = 0;
  const counter: BareActor<Message> = (message) => {
    if (message.type === "Add") total += message.by;
    else loop.tell(producer, { type: "Total", total });
  };
  const producer: BareActor<Message> = (message) => {
    if (message.type !== "Go" && message.type !== "Total") return;
    const size = order.window(message);
    for (let n = 0; n < size; n++) loop.tell(counter, { type: "Add", by: 1 });
    if (size > 0) loop.tell(counter, { type: "Get" });
  };
  return (units) =>
    order.place(units, () => {
      loop.tell(producer, { type: "Go" });
      loop.run();
    });
}
