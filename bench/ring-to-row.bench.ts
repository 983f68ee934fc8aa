/**
 * A node's inside with everything but sockets: the main thread puts frames into the ring of a worker,
 * where hub, leaves, zones and historian live as in `actors/guardian.ts`; dashboard and bus are sinks
 * on the main thread.
 *
 *   main ──frames──▶ ring ──▶ hub ──▶ leaf ──▶ row                                "row visible"
 *                                        └──▶ batch ──▶ historian ──▶ LMDB       "stored row"
 *                                        └──▶ zone, bus
 *
 * Frames of leaves that never registered end in their row; those of adopted leaves go all the way.
 * Every frame has to be applied and every reading stored, or the bench fails.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { open } from "lmdb";
import type { HistorianCommand, HistorianStatus } from "../actors/historian/messages.ts";
import { createHubCounters, HUB_COUNTERS, openHubCounters } from "../actors/hub/hub-counters.ts";
import { LEAVES_DEFAULT } from "../actors/hub/hub-options.ts";
import { createLeafTable, LEAF_TABLE } from "../actors/leaf/leaf-table.ts";
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { invariant } from "../runtime/invariant.ts";
import { startThreads } from "../runtime/threads/node-threads.ts";
import type { Bench } from "./harness.ts";
import { decodeInPlace, READINGS } from "./report-frames.ts";
import { sendFrames, startOffice } from "./ring-office.ts";

export const ringToRow: Bench = {
  name: "ring-to-row",
  question: "How many frames a second go from a thread's ring to their row, and into the store?",
  run: async (harness) => {
    const dir = mkdtempSync(join(tmpdir(), "mycel-bench-"));
    const shared = {
      [LEAF_TABLE]: createLeafTable({ rowsMax: 2 * LEAVES_DEFAULT }),
      [HUB_COUNTERS]: createHubCounters({ hubsMax: 2 }),
    };
    const threads = await startThreads({ node: "bench", threads: 1, shared });
    const peerStore = open<Uint8Array, number>({
      path: join(dir, "peer"),
      keyEncoding: "uint32",
      encoding: "binary",
    });
    try {
      const office = startOffice(threads.system, join(dir, "store"));
      const stored = () => storedBy(threads.system, office.historian);
      const counters = [0, 1].map((hubNo) => openHubCounters(shared[HUB_COUNTERS], hubNo));
      const [strangers, adopted] = [office.hub(0, "stranger"), office.hub(1, "adopted")];
      const applied = (hubNo: number): number => {
        const counts = counters[hubNo]?.read();
        invariant(counts !== undefined && Object.keys(counts.refused).length === 0, "none refused");
        invariant(counts.readingsNotStored === 0, "none kept from the store");
        return counts.applied;
      };

      await harness.compare({
        name: "ring to visible row",
        unit: "frame",
        smoke: 1_000,
        ours: async (frames) => {
          const end = applied(0) + frames;
          await sendFrames(strangers, frames);
          while (applied(0) < end) await turn();
        },
        peers: { "bare decode": decodeInPlace },
        // Or a tenth of bare decode, where that is less.
        aims: [{ atLeast: 4e6 }],
      });
      await harness.compare({
        name: "ring to stored row",
        unit: "reading",
        smoke: 1_000,
        runMs: STORED_RUN_MS,
        ours: async (readings) => {
          const before = await stored();
          const frames = Math.ceil(readings / READINGS);
          for (let sent = 0; sent < frames; ) {
            const some = Math.min(frames - sent, FRAMES_A_STEP);
            await sendFrames(adopted, some);
            sent += some;
            const awaited = sent === frames ? frames : sent - FRAMES_UNDER_WAY_MAX;
            while ((await stored()) - before < awaited * READINGS) await turn();
          }
          applied(1);
        },
        peers: {
          "LMDB batched puts": async (readings) => {
            let last: Promise<boolean> | undefined;
            for (let n = 0; n < readings; n++) last = peerStore.put(n % PEER_ROWS, RECORD);
            await last;
          },
        },
      });
    } finally {
      await threads.stop();
      await peerStore.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Twenty of the historian's commits, so that waiting for the last one does not matter. */
const STORED_RUN_MS = 1_000;
/** A quarter of what the historian's mailbox holds in full batches, and a share of it at a time. */
const FRAMES_UNDER_WAY_MAX = 32_768;
const FRAMES_A_STEP = 4_096;
/** Rows that the peer writes over and over, so that its file stays small. */
const PEER_ROWS = 262_144;
/** Ids, channel, value, time and padding, as a table of readings would have them. */
const RECORD = new Uint8Array(24);

async function storedBy(
  system: ActorSystem,
  historian: ActorRef<HistorianCommand>,
): Promise<number> {
  const status = await system.ask<HistorianCommand, HistorianStatus>(
    historian,
    (replyTo) => ({ type: "GetHistorian", replyTo }),
    10_000,
  );
  const lost = Object.values(status.dropped).reduce((sum, count) => sum + count, 0);
  invariant(lost === 0, "the store has dropped nothing");
  return status.readingsStored;
}
