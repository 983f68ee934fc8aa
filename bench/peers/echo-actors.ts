/** The worker's side of cross-thread: sends in windows when asked to, and returns what it is sent. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { PAYLOAD, type Reading, readingOf, WINDOW } from "./payload.ts";

export type ToSource =
  | { readonly type: "Send"; readonly what: "bytes" | "object"; readonly count: number }
  | { readonly type: "Arrived"; readonly count: number }
  | { readonly type: "GoOn" };

export interface SourceOptions {
  readonly sink: ActorRef<Reading>;
}

export const source = ({ sink }: SourceOptions): Behavior<ToSource> =>
  setup((ctx) => {
    let what: "bytes" | "object" = "bytes";
    let left = 0;
    let underWay = 0;

    return receive((message) => {
      if (message.type === "Send") {
        what = message.what;
        left = message.count;
      } else if (message.type === "Arrived") underWay -= message.count;
      for (; left > 0 && underWay < WINDOW; left--) {
        const isSent =
          what === "bytes"
            ? sink.tellBytes(PAYLOAD, 0, PAYLOAD.length, left, 0)
            : sink.tell(readingOf(left));
        if (!isSent) {
          // Comes when the way has room again: until then this actor is not run.
          ctx.self.tell({ type: "GoOn" });
          break;
        }
        underWay += 1;
      }
      return same;
    });
  });

export interface Ball {
  readonly type: "Ball";
  readonly left: number;
}

export interface EchoOptions {
  readonly back: ActorRef<Ball>;
}

export const echo = ({ back }: EchoOptions): Behavior<Ball> =>
  receive((ball) => {
    back.tell({ type: "Ball", left: ball.left });
    return same;
  });
