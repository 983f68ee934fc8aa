/** `postMessage` in the place of our threads: the same windows and payloads, two workers on one channel. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { invariant } from "../../runtime/invariant.ts";
import type { Ball } from "./echo-actors.ts";
import { ACKNOWLEDGE_EVERY, PAYLOAD, type Reading, readingOf, WINDOW } from "./payload.ts";

/** From the main thread, which hears `Finished`. */
export type Order =
  | { readonly type: "Join"; readonly role: "source" | "sink"; readonly port: MessagePort }
  | { readonly type: "Send"; readonly what: "bytes" | "object"; readonly count: number }
  | { readonly type: "Play"; readonly trips: number };

type ToSource = { readonly type: "Arrived" } | Ball;
type ToSink = Uint8Array | Reading | Ball;

invariant(parentPort !== null, "this file is a worker's entry");
const main = parentPort;

main.once("message", (order: Order) => {
  invariant(order.type === "Join", "a worker joins before all else");
  if (order.role === "source") beSource(order.port);
  else beSink(order.port);
});

function beSource(port: MessagePort): void {
  let what: "bytes" | "object" = "bytes";
  let left = 0;
  let underWay = 0;
  const send = (): void => {
    for (; left > 0 && underWay < WINDOW; left--) {
      port.postMessage(what === "bytes" ? PAYLOAD : readingOf(left));
      underWay += 1;
    }
    if (left + underWay === 0) main.postMessage({ type: "Finished" });
  };
  main.on("message", (order: Order) => {
    if (order.type === "Play") port.postMessage({ type: "Ball", left: order.trips - 1 });
    else if (order.type === "Send") {
      what = order.what;
      left = order.count;
      send();
    }
  });
  port.on("message", (message: ToSource) => {
    if (message.type === "Arrived") {
      underWay -= ACKNOWLEDGE_EVERY;
      send();
    } else if (message.left === 0) main.postMessage({ type: "Finished" });
    else port.postMessage({ type: "Ball", left: message.left - 1 });
  });
}

function beSink(port: MessagePort): void {
  let arrived = 0;
  port.on("message", (message: ToSink) => {
    if ("type" in message && message.type === "Ball") {
      port.postMessage({ type: "Ball", left: message.left });
      return;
    }
    arrived += 1;
    if (arrived % ACKNOWLEDGE_EVERY === 0) port.postMessage({ type: "Arrived" });
  });
}
