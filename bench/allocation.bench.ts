/**
 * What the thread of hub, leaves and zone takes from its heap for a million frames, from the ring onward: sockets
 * are left out, and sealed frames have their own bench. Store and bus are sinks on another thread.
 *
 *   main ──frames──▶ ring ──▶ hub ──▶ leaf ──▶ row · zone · batch ──▶ (store)
 *                                       └──▶ what is due on the bus ──▶ (bus)
 */
import { setImmediate as turn } from "node:timers/promises";
import { createHubCounters, HUB_COUNTERS, openHubCounters } from "../actors/hub/hub-counters.ts";
import { LEAVES_DEFAULT } from "../actors/hub/hub-options.ts";
import type { HubCommand } from "../actors/hub/messages.ts";
import { createLeafTable, LEAF_TABLE } from "../actors/leaf/leaf-table.ts";
import type { ActorRef } from "../runtime/actor-ref.ts";
import { invariant } from "../runtime/invariant.ts";
import { placed } from "../runtime/supervisor.ts";
import { startThreads } from "../runtime/threads/node-threads.ts";
import type { Allocation, MeterCommand } from "./allocation/meter.ts";
import type { Bench } from "./harness.ts";
import { sendFrames, startOffice } from "./ring-office.ts";

/** Many boxes of turns and some seconds of a zone's timers. */
const FRAMES = { smoke: 2_000, full: 2_000_000 } as const;
/** Until all of the way is compiled: what V8 learns meanwhile stays in the heap. */
const WARM_UP_FRAMES = { smoke: 500, full: 1_000_000 } as const;
/** Any number on the way that V8 keeps in a box of its own takes 16 bytes. */
const BYTES_A_FRAME_MAX = 64;

export const allocation: Bench = {
  name: "allocation",
  question:
    "What does a frame leave to the garbage collector, from the ring to row, zone and store?",
  run: async (harness) => {
    const size = harness.smoke ? "smoke" : "full";
    const shared = {
      [LEAF_TABLE]: createLeafTable({ rowsMax: 3 * LEAVES_DEFAULT }),
      [HUB_COUNTERS]: createHubCounters({ hubsMax: 3 }),
    };
    const threads = await startThreads({ node: "bench", threads: 1, shared });
    const { system } = threads;
    try {
      const meter = system.spawn<MeterCommand>({
        id: "meter",
        start: placed<MeterCommand, undefined>(
          import.meta.resolve("./allocation/meter.ts"),
          "meter",
          undefined,
        ),
        placement: "any",
        restart: "temporary",
        shutdownMs: 1_000,
      });
      const office = startOffice(system, undefined);
      const onChange = { telemetry: { mode: "onChange", minIntervalS: 10 } } as const;
      const ways: readonly (readonly [string, ActorRef<HubCommand>])[] = [
        ["a stranger's, to its row", office.hub(0, "stranger")],
        ["to row, zone and store, bus on change", office.hub(1, "adopted", onChange)],
        ["to row, zone and store, all to the bus", office.hub(2, "adopted")],
      ];
      for (const [hubNo, [name, hub]] of ways.entries()) {
        const counters = openHubCounters(shared[HUB_COUNTERS], hubNo);
        const send = async (frames: number): Promise<void> => {
          const end = counters.read().applied + frames;
          await sendFrames(hub, frames);
          while (counters.read().applied < end) await turn();
        };
        await send(WARM_UP_FRAMES[size]);
        const frames = FRAMES[size];
        const ask = <Answer>(type: MeterCommand["type"]): Promise<Answer> =>
          system.ask<MeterCommand, Answer>(
            meter,
            (replyTo) => ({ type, replyTo }) as MeterCommand,
            60_000,
          );
        await ask("Start");
        await send(frames);
        const { bytes, pauses, pausedMs } = await ask<Allocation>("Stop");
        invariant(Object.keys(counters.read().refused).length === 0, "none refused");
        const millions = frames / 1e6;
        const aims = hubNo === 2 ? [] : [{ atMost: BYTES_A_FRAME_MAX }];
        harness.report(`heap of a frame ${name}`, "B/frame", Math.max(0, bytes) / frames, { aims });
        harness.report(`pauses, ${name}`, "pause/M frames", pauses / millions);
        harness.report(`paused, ${name}`, "ms/M frames", pausedMs / millions);
      }
    } finally {
      await threads.stop();
    }
  },
};
