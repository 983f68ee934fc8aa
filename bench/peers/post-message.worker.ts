/** `postMessage` in the place of our threads: the same windows, the same payloads. */
import { parentPort } from "node:worker_threads";
import { invariant } from "../../runtime/invariant.ts";
import { PAYLOAD, readingOf, WINDOW } from "./payload.ts";

export type ToPeer =
  | { readonly type: "Send"; readonly what: "bytes" | "object"; readonly count: number }
  | { readonly type: "Arrived"; readonly count: number }
  | { readonly type: "Ball"; readonly left: number };

invariant(parentPort !== null, "this file is a worker's entry");
const port = parentPort;
let what: "bytes" | "object" = "bytes";
let left = 0;
let underWay = 0;

port.on("message", (message: ToPeer) => {
  if (message.type === "Ball") {
    port.postMessage({ type: "Ball", left: message.left });
    return;
  }
  if (message.type === "Send") {
    what = message.what;
    left = message.count;
  } else underWay -= message.count;
  for (; left > 0 && underWay < WINDOW; left--) {
    port.postMessage(what === "bytes" ? PAYLOAD : readingOf(left));
    underWay += 1;
  }
});
