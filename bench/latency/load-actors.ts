/**
 * An open load: the source sends what is due, each millisecond, whether the leaves keep up or not.
 *
 *   source ──64 bytes, stamped when sent──▶ leaf: counts how old they are
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { PAYLOAD } from "../peers/payload.ts";
import { LatencyCounts } from "./latency-counts.ts";

const MESSAGES_PER_MS = 100;
const TICK_MS = 1;

export interface LeafOptions {
  readonly thread: number;
}

export const leaf = ({ thread }: LeafOptions): Behavior<never> =>
  setup((ctx) => {
    const counts = new LatencyCounts(ctx.shared("counts"));
    return receive<never>(() => same, {
      onBytes(_bytes, _start, _end, _tag, sentAtMs) {
        counts.add(thread, (nowMs() - sentAtMs) * 1_000);
        return same;
      },
    });
  });

export type ToSource =
  | { readonly type: "Send"; readonly forMs: number; readonly whenSent: (count: number) => void }
  | { readonly type: "Tick" };

export const source = (leaves: readonly ActorRef<never>[]): Behavior<ToSource> =>
  setup((ctx) => {
    const leafAt = (n: number) => leaves[n % leaves.length] as ActorRef<never>;
    let startedAtMs = 0;
    let sent = 0;
    let toSend = 0;
    let stampMs: number | undefined;
    let whenSent = (_count: number): void => {};
    return receive((message) => {
      if (message.type === "Send") {
        startedAtMs = nowMs();
        sent = 0;
        toSend = message.forMs * MESSAGES_PER_MS;
        ({ whenSent } = message);
        ctx.startPeriodicTimer("tick", { type: "Tick" }, TICK_MS);
        return same;
      }
      const due = Math.min(toSend, Math.floor((nowMs() - startedAtMs) * MESSAGES_PER_MS));
      for (; sent < due; sent++) {
        stampMs ??= nowMs();
        // Refused until the way has room: it is as old by then as it is.
        if (!leafAt(sent).tellBytes(PAYLOAD, 0, PAYLOAD.length, 0, stampMs)) break;
        stampMs = undefined;
      }
      if (sent === toSend) {
        ctx.cancelTimer("tick");
        whenSent(sent);
      }
      return same;
    });
  });

/** The same on every thread, unlike `performance.now()` alone; makes no garbage, unlike `hrtime`. */
const nowMs = (): number => originMs + performance.now();

/** The latest of some, since this thread may have been set aside between the two looks. */
const originMs = Math.max(
  ...Array.from({ length: 100 }, () => {
    const [s, ns] = process.hrtime();
    return s * 1e3 + ns / 1e6 - performance.now();
  }),
);
