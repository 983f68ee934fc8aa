/** The workers' side of cross-thread: one sends in windows, one counts; one plays ball, one returns it. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { ACKNOWLEDGE_EVERY, PAYLOAD, type Reading, readingOf, WINDOW } from "./payload.ts";

export type ToSource =
  | {
      readonly type: "Send";
      readonly what: "bytes" | "object";
      /** A multiple of `ACKNOWLEDGE_EVERY`. */
      readonly count: number;
      readonly sink: ActorRef<Reading>;
      readonly replyTo: ActorRef<Finished>;
    }
  | { readonly type: "Arrived" }
  | { readonly type: "GoOn" };

export interface Finished {
  readonly type: "Finished";
}

export const source = (): Behavior<ToSource> =>
  setup((ctx) => {
    let order: Extract<ToSource, { type: "Send" }> | undefined;
    let left = 0;
    let underWay = 0;

    return receive((message) => {
      if (message.type === "Send") {
        order = message;
        left = message.count;
      } else if (message.type === "Arrived") underWay -= ACKNOWLEDGE_EVERY;
      if (order === undefined) return same;
      const { what, sink, replyTo } = order;
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
      if (left + underWay === 0) {
        order = undefined;
        replyTo.tell({ type: "Finished" });
      }
      return same;
    });
  });

export interface SinkOptions {
  readonly source: ActorRef<ToSource>;
}

export const sink = ({ source }: SinkOptions): Behavior<Reading> =>
  setup(() => {
    let arrived = 0;
    const count = () => {
      arrived += 1;
      if (arrived % ACKNOWLEDGE_EVERY === 0) source.tell({ type: "Arrived" });
      return same;
    };
    return receive<Reading>(count, { onBytes: count });
  });

export interface Ball {
  readonly type: "Ball";
  readonly left: number;
}

export type ToPlayer =
  | Ball
  | {
      readonly type: "Play";
      readonly trips: number;
      readonly echo: ActorRef<Ball>;
      readonly replyTo: ActorRef<Finished>;
    };

export const player = (): Behavior<ToPlayer> =>
  setup(() => {
    let order: Extract<ToPlayer, { type: "Play" }> | undefined;
    return receive((message) => {
      if (message.type === "Play") {
        order = message;
        order.echo.tell({ type: "Ball", left: order.trips - 1 });
      } else if (message.left === 0) order?.replyTo.tell({ type: "Finished" });
      else order?.echo.tell({ type: "Ball", left: message.left - 1 });
      return same;
    });
  });

export interface EchoOptions {
  readonly back: ActorRef<Ball>;
}

export const echo = ({ back }: EchoOptions): Behavior<Ball> =>
  receive((ball) => {
    back.tell({ type: "Ball", left: ball.left });
    return same;
  });
