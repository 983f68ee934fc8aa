/**
 * Lives on the thread that is measured: what its heap has taken since `Start`, and how often and how long the
 * garbage collector has held it up.
 */
import { GCProfiler, getHeapStatistics } from "node:v8";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { collectGarbage } from "../garbage.ts";

export type MeterCommand =
  | { readonly type: "Start"; readonly replyTo: ActorRef<{ readonly type: "Started" }> }
  | { readonly type: "Stop"; readonly replyTo: ActorRef<Allocation> };

export interface Allocation {
  readonly type: "Allocation";
  /** Still there, or collected meanwhile. */
  readonly bytes: number;
  readonly pauses: number;
  readonly pausedMs: number;
}

export const meter = (): Behavior<MeterCommand> =>
  setup(() => {
    let profiler = new GCProfiler();
    let usedBytes = 0;
    return receive((message) => {
      switch (message.type) {
        case "Start":
          collectGarbage();
          profiler = new GCProfiler();
          profiler.start();
          usedBytes = getHeapStatistics().used_heap_size;
          message.replyTo.tell({ type: "Started" });
          return same;
        case "Stop": {
          const grownBytes = getHeapStatistics().used_heap_size - usedBytes;
          const { statistics } = profiler.stop();
          let bytes = grownBytes;
          let pausedMs = 0;
          for (const { beforeGC, afterGC, cost } of statistics) {
            bytes += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
            pausedMs += cost / 1_000;
          }
          message.replyTo.tell({ type: "Allocation", bytes, pauses: statistics.length, pausedMs });
          return same;
        }
        default:
          return unreachable(message);
      }
    });
  });
