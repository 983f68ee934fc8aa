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
import { HISTORIAN_MAILBOX, type HistorianOptions } from "../actors/historian/historian-options.ts";
import type { HistorianCommand, HistorianStatus } from "../actors/historian/messages.ts";
import { createHubCounters, HUB_COUNTERS, openHubCounters } from "../actors/hub/hub-counters.ts";
import {
  HUB_MAILBOX,
  HUB_SETTINGS,
  HUB_SUPERVISION,
  type HubOptions,
  LEAVES_DEFAULT,
} from "../actors/hub/hub-options.ts";
import type { HubCommand } from "../actors/hub/messages.ts";
import { createLeafTable, LEAF_TABLE } from "../actors/leaf/leaf-table.ts";
import type { LeafRecord } from "../actors/leaf/messages.ts";
import type { ZonesCommand } from "../actors/zone/messages.ts";
import type { ZonesOptions } from "../actors/zone/zones.ts";
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { receive, same } from "../runtime/behavior.ts";
import { invariant } from "../runtime/invariant.ts";
import { placed } from "../runtime/supervisor.ts";
import { startThreads } from "../runtime/threads/node-threads.ts";
import type { Bench } from "./harness.ts";
import { decodeInPlace, FRAME_BYTES, framesOf, READINGS } from "./report-frames.ts";

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
      const office = startOffice(threads.system, dir);
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
      });
      await harness.compare({
        name: "ring to stored row",
        unit: "reading",
        smoke: 1_000,
        runMs: STORED_RUN_MS,
        ours: async (readings) => {
          const before = await office.stored();
          const frames = Math.ceil(readings / READINGS);
          for (let sent = 0; sent < frames; ) {
            const some = Math.min(frames - sent, FRAMES_A_STEP);
            await sendFrames(adopted, some);
            sent += some;
            const awaited = sent === frames ? frames : sent - FRAMES_UNDER_WAY_MAX;
            while ((await office.stored()) - before < awaited * READINGS) await turn();
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

const { bytes: FRAMES, count: FRAME_COUNT } = framesOf(LEAVES_DEFAULT);

/** Waits for credit as a socket's reader cannot: the mailbox's bound sets the pace. */
async function sendFrames(hub: ActorRef<HubCommand>, count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    const start = (n % FRAME_COUNT) * FRAME_BYTES;
    if (hub.tellBytes(FRAMES, start, start + FRAME_BYTES, 0, Date.now())) n += 1;
    else await turn();
  }
}

function startOffice(system: ActorSystem, dir: string) {
  const spec = { restart: "permanent", shutdownMs: 10_000 } as const;
  const sink = <M>(id: string): ActorRef<M> =>
    system.spawn<M>({
      id,
      start: () => receive(() => same),
      mailbox: { capacity: 4_096, overflow: "dropOldest" },
      ...spec,
    });
  const dashboard = sink<never>("dashboard") as ActorRef<unknown>;
  const bus = sink<never>("bus") as ActorRef<unknown>;
  const historian = system.spawn<HistorianCommand>({
    id: "historian",
    start: placed<HistorianCommand, HistorianOptions>(
      import.meta.resolve("../actors/historian/historian.ts"),
      "historian",
      {
        dir: join(dir, "store"),
        historyDays: 1,
        historyMaxGb: 1,
        rollupDays: 1,
        eventsMax: 100,
        reserveMb: 1,
        observer: dashboard,
      },
    ),
    placement: "any",
    mailbox: HISTORIAN_MAILBOX,
    ...spec,
  });
  const zones = system.spawn<ZonesCommand>({
    id: "zones",
    start: placed<ZonesCommand, ZonesOptions>(
      import.meta.resolve("../actors/zone/zones.ts"),
      "zones",
      { zones: [{ id: "main" }], dashboard, historian },
    ),
    placement: "any",
    ...spec,
  });
  const hub = (hubNo: number, standing: LeafRecord["standing"]): ActorRef<HubCommand> => {
    const name = `swarm_hub_0${hubNo + 1}`;
    return system.spawn<HubCommand>({
      id: name,
      start: placed<HubCommand, HubOptions>(import.meta.resolve("../actors/hub/hub.ts"), "hub", {
        hub: name,
        hubNo,
        zone: "main",
        address: "ring",
        rowBase: hubNo * LEAVES_DEFAULT,
        rowsMax: LEAVES_DEFAULT,
        linkPath: "mycel://bench/user/links/none",
        records: Array.from({ length: LEAVES_DEFAULT }, (_, leafId) => ({
          hub: name,
          leafId,
          name: `leaf_${leafId}`,
          zone: "main",
          hardware: undefined,
          capabilities: [],
          standing,
          claimedHardware: undefined,
        })),
        leaves: [],
        settings: { ...HUB_SETTINGS, framesPerSecondMax: 1e9 },
        zones,
        bus,
        historian,
        dashboard,
      }),
      placement: "any",
      mailbox: HUB_MAILBOX,
      supervision: HUB_SUPERVISION,
      ...spec,
    });
  };
  const stored = async (): Promise<number> => {
    const status = await system.ask<HistorianCommand, HistorianStatus>(
      historian,
      (replyTo) => ({ type: "GetHistorian", replyTo }),
      10_000,
    );
    const lost = Object.values(status.dropped).reduce((sum, count) => sum + count, 0);
    invariant(lost === 0, "the store has dropped nothing");
    return status.readingsStored;
  };
  return { hub, stored };
}
