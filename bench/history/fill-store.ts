/**
 * A store as a node leaves it that has run for weeks: the last day went through the historian's own
 * writing, spreading and sealing; the days before have its blocks and rollups under their own keys.
 */
import { LogWriter, PACE } from "../../actors/historian/log-writer.ts";
import { historyBytes } from "../../actors/historian/retention.ts";
import { DAY_MS, openTables } from "../../actors/historian/tables.ts";
import type { LeafRecord } from "../../actors/leaf/messages.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { OfficeFrames } from "./office-frames.ts";

export interface Fill {
  readonly dir: string;
  /** By number. */
  readonly hubs: readonly string[];
  readonly leavesPerHub: number;
  readonly framesPerLeaf: number;
  readonly bytesMin: number;
  readonly nowMs: number;
}

/** Rows of a transaction: some MB. */
const ROWS = 2_048;

export async function fillStore(fill: Fill, say: (line: string) => void): Promise<number> {
  const { dir, hubs, leavesPerHub, framesPerLeaf, bytesMin, nowMs } = fill;
  const store = openLmdbStore({ dir });
  const tables = openTables(store);
  const inOne = async (change: () => () => void): Promise<void> => {
    let confirm = (): void => {};
    await store.write(() => {
      confirm = change();
    });
    confirm();
  };

  await store.write(() => {
    for (const [hubNo, hub] of hubs.entries()) {
      tables.hub.put(hub, hubNo);
      for (let leafId = 0; leafId < leavesPerHub; leafId++) {
        tables.leaf.put([hub, leafId], recordOf(hub, leafId));
      }
    }
  });

  const office = new OfficeFrames(1);
  const pace = { ...PACE };
  const log = new LogWriter(tables, nowMs, pace);
  const moveOn = async (): Promise<void> => {
    for (let due = log.due(nowMs); due !== undefined; due = log.due(nowMs)) await inOne(due);
  };
  // All on the day before: what is copied is whole.
  const dayMs = (Math.floor(nowMs / DAY_MS) - 1) * DAY_MS;
  const everyMs = Math.floor((DAY_MS - 1_000) / framesPerLeaf);
  const startedAt = performance.now();
  for (let frame = 0; frame < framesPerLeaf; frame++) {
    const atMs = dayMs + frame * everyMs;
    const batches = hubs.map((_, hubNo) => office.batch(hubNo, leavesPerHub, atMs));
    await inOne(() => log.write(batches, nowMs));
    await moveOn();
  }
  Object.assign(pace, { spreadBytes: 1, sealBytes: 1 });
  await moveOn();
  const seconds = (performance.now() - startedAt) / 1_000;
  const readings = framesPerLeaf * leavesPerHub * hubs.length * 4;
  say(`  wrote ${readings} readings in ${seconds.toFixed(1)} s, ${megabytes(store)} MB`);

  for (let daysAgo = 1; historyBytes(tables) < bytesMin; daysAgo++)
    await copyDay(store, dayMs, daysAgo);
  const bytes = historyBytes(tables);
  say(`  filled to ${megabytes(store)} MB`);
  await store.close();
  return bytes;
}

const megabytes = (store: StateStore): string => (historyBytes(openTables(store)) / 1e6).toFixed(0);

async function copyDay(store: StateStore, dayMs: number, daysAgo: number): Promise<void> {
  const { block, hours } = openTables(store);
  const day = dayMs / DAY_MS;
  for (const table of [block, hours] as const) {
    let from: readonly number[] | undefined = [day];
    while (from !== undefined) {
      const rows: { key: readonly number[]; value: Uint8Array }[] = [
        ...table.range({ from: from as never, to: [day + 1] as never, limit: ROWS }),
      ];
      await store.write(() => {
        for (const { key, value } of rows) {
          table.put([day - daysAgo, ...key.slice(1)] as never, value);
        }
      });
      const last = rows.at(-1)?.key;
      from = rows.length < ROWS || last === undefined ? undefined : [...last, 0];
    }
  }
}

const recordOf = (hub: string, leafId: number): LeafRecord => ({
  hub,
  leafId,
  name: `leaf_${leafId}`,
  zone: "main",
  hardware: "esp32",
  capabilities: ["temperature", "humidity", "illuminance", "co2"],
  standing: "adopted",
  claimedHardware: undefined,
});
