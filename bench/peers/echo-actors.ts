/** The worker's side of cross-thread: sends in windows when asked to, and returns what it is sent. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { PAYLOAD, type Reading, readingOf, WINDOW } from "./payload.ts";

export type ToSource =
  | { readonly type: "Send"; readonly what: "bytes" | "object"; readonly count: number }
  | { readonly type: "Arrived"; readonly count: number };

export interface SourceOptions {
  readonly sink: ActorRef<Reading>;
}

export const source = ({ sink }: SourceOptions): Behavior<ToSource> =>
  setup(() => {
    let what: "bytes" | "object" = "bytes";
    let left = 0;
    let underWay = 0;

    return receive((message) => {
      if (message.type === "Send") {
        what = message.what;
        left = message.count;
      } else underWay -= message.count;
      for (; left > 0 && underWay < WINDOW; left--) {
        const isSent =
          what === "bytes"
            ? sink.tellBytes(PAYLOAD, 0, PAYLOAD.length, left, 0)
            : sink.tell(readingOf(left));
        if (!isSent) throw new Error("a window fits into the way to another thread");
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
