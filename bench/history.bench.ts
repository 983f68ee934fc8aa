/**
 * What history costs: bytes a sample on an office's measurements, readings written, spread and sealed a
 * second, and queries of a leaf among 25,000 whose readings are still on their way. What is read back is
 * compared with what was written, bit by bit.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { querySamples, querySteps } from "../actors/historian/history-query.ts";
import { LogWriter, PACE } from "../actors/historian/log-writer.ts";
import { BATCH, RECORD } from "../actors/historian/messages.ts";
import type { Batch } from "../actors/historian/reading-buffer.ts";
import { DAY_MS, HOUR_MS, openTables } from "../actors/historian/tables.ts";
import { invariant } from "../runtime/invariant.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import { MemoryStore } from "../runtime/state/memory-store.ts";
import type { StateStore, Table } from "../runtime/state/state-store.ts";
import { type Bench, type Harness, median } from "./harness.ts";
import { OfficeFrames, READINGS } from "./history/office-frames.ts";

const OFFICE = new URL("../../shared/data/occupancy-training.csv", import.meta.url);
const FULL = { hubs: 98, leavesPerHub: 256, dayFrames: 86_400, yearDays: 365 } as const;
const SMOKE = { hubs: 2, leavesPerHub: 64, dayFrames: 3_600, yearDays: 3 } as const;
const NOW_MS = Date.UTC(2026, 0, 1);
/** A leaf of the first hub. */
const LEAF = { hubNo: 0, leafId: 7, channel: 1 } as const;

export const history: Bench = {
  name: "history",
  question: "How small is history, how fast is it written, and how soon found again?",
  run: async (harness) => {
    const dir = mkdtempSync(join(tmpdir(), "mycel-bench-"));
    const store = openLmdbStore({ dir: join(dir, "ours") });
    const peer = openLmdbStore({ dir: join(dir, "peer") });
    try {
      if (NO_OFFICE === false) await bytesASample(harness);
      else harness.say(NO_OFFICE);
      await writing(harness, store, peer);
      await queries(harness, store, peer);
    } finally {
      await store.close();
      await peer.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Writes, and moves on what is due, each in a transaction of its own. */
class Writer {
  readonly #store: StateStore;
  readonly #pace = { ...PACE };
  readonly #log: LogWriter;
  /** ms of the longest transaction that moved readings on. */
  stepMsMax = 0;

  constructor(store: StateStore) {
    this.#store = store;
    this.#log = new LogWriter(openTables(store), NOW_MS, this.#pace);
  }

  async write(batches: readonly Batch[]): Promise<void> {
    await this.#inOne(() => this.#log.write(batches, NOW_MS));
    await this.#moveOn();
  }

  /** Seals all that was written. */
  async sealAll(): Promise<void> {
    Object.assign(this.#pace, { spreadBytes: 1, sealBytes: 1 });
    await this.#moveOn();
    Object.assign(this.#pace, PACE);
  }

  async #moveOn(): Promise<void> {
    for (;;) {
      const due = this.#log.due(NOW_MS);
      if (due === undefined) return;
      const startedAt = performance.now();
      await this.#inOne(due);
      this.stepMsMax = Math.max(this.stepMsMax, performance.now() - startedAt);
    }
  }

  async #inOne(change: () => () => void): Promise<void> {
    let confirm = (): void => {};
    await this.#store.write(() => {
      confirm = change();
    });
    confirm();
  }
}

/** Readings of one leaf, a frame each element. */
function batchOf(leafId: number, frames: readonly OfficeFrame[]): Batch {
  const bytes = frames.reduce<number>(
    (sum, [, values]) => sum + RECORD.headerBytes + values.length * RECORD.readingBytes,
    BATCH.headerBytes,
  );
  const view = new DataView(new ArrayBuffer(bytes));
  let at: number = BATCH.headerBytes;
  let readings = 0;
  for (const [atMs, values] of frames) {
    view.setUint16(at + RECORD.leafId, leafId, true);
    view.setUint8(at + RECORD.count, values.length);
    view.setFloat64(at + RECORD.atMs, atMs, true);
    at += RECORD.headerBytes;
    for (const [i, value] of values.entries()) {
      view.setUint8(at, i + 1);
      view.setFloat32(at + 1, value, true);
      at += RECORD.readingBytes;
    }
    readings += values.length;
  }
  return { view, readings };
}

type OfficeFrame = readonly [atMs: number, values: readonly number[]];

/** Why no measured office can be stored; false where one can. */
export const NO_OFFICE = existsSync(OFFICE)
  ? false
  : "no bytes of a measured office: ../shared/data/occupancy-training.csv is not here";

/** As ../shared/data has them: a minute apart, arriving up to 50 ms late from a seeded generator. */
export function measuredOffice(): readonly OfficeFrame[] {
  const rows = readFileSync(OFFICE, "utf8").trim().split("\n").slice(1);
  let seed = 1;
  return rows.map((row): OfficeFrame => {
    const [, date = "", ...values] = row.replaceAll('"', "").split(",");
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const lateMs = (seed >>> 8) % 51;
    return [Date.parse(`${date.replace(" ", "T")}Z`) + lateMs, values.slice(0, 4).map(Number)];
  });
}

/** One leaf's frames in sealed blocks. */
export async function sealOffice(store: StateStore, frames: readonly OfficeFrame[]): Promise<void> {
  const writer = new Writer(store);
  await writer.write([batchOf(LEAF.leafId, frames)]);
  await writer.sealAll();
}

async function bytesASample(harness: Harness): Promise<void> {
  const frames = measuredOffice();
  const store = new MemoryStore();
  await sealOffice(store, frames);

  const samples = frames.length * 4;
  for (let channel = 1; channel <= 4; channel++) {
    const range = { ...LEAF, channel, fromMs: 0, toMs: 1e15, limit: 1e9 };
    const { count, atMs, values } = querySamples(store, range);
    invariant(count === frames.length, "every sample is there");
    for (const [i, [frameMs, frameValues]] of frames.entries()) {
      const value = Math.fround(frameValues[channel - 1] as number);
      invariant(
        atMs[i] === frameMs && Object.is(values[i], value),
        "and equal to what was measured",
      );
    }
  }
  const times = Buffer.from(Float64Array.from(frames, ([atMs]) => atMs).buffer);
  const columns = [0, 1, 2, 3].map((i) =>
    Buffer.from(Float32Array.from(frames, ([, values]) => values[i] as number).buffer),
  );
  const raw = Buffer.concat([times, ...columns]);
  harness.compareRounds({
    name: "block of an office's samples",
    unit: "byte/sample",
    ours: [openTables(store).block.bytes() / samples],
    peers: {
      "raw arrays, times shared": [raw.length / samples],
      "zstd of those": [zstdCompressSync(raw).length / samples],
    },
    aims: [{ atMost: 3 }],
  });
}

async function writing(harness: Harness, store: StateStore, peer: StateStore): Promise<void> {
  const { hubs, leavesPerHub } = harness.smoke ? SMOKE : FULL;
  const office = new OfficeFrames(1);
  const writer = new Writer(store);
  // One day's seconds over and over, so that sealing has blocks to go on with, and made before.
  const seconds = Array.from({ length: 4 }, (_, second) =>
    Array.from({ length: hubs }, (_, hubNo) =>
      office.batch(hubNo, leavesPerHub, NOW_MS - DAY_MS + second * 1_000),
    ),
  );
  const table = peer.table<readonly number[], Uint8Array>({ name: "row", value: "bytes" });
  /** Of a core at 100,000 readings/s, %. */
  const cpuShares: number[] = [];
  let next = 0;
  let row = 0;
  await harness.compare({
    name: "reading written, spread and sealed",
    unit: "reading",
    smoke: 20_000,
    runMs: 2_000,
    ours: async (readings) => {
      const cpuBefore = process.cpuUsage();
      // As many as 25,000 leaves send in 50 ms.
      const batchesACommit = Math.max(1, Math.ceil(hubs / 20));
      for (let written = 0; written < readings; ) {
        const batches: Batch[] = [];
        for (let i = 0; i < batchesACommit; i++, next++) {
          const second = Math.floor(next / hubs);
          const batch = seconds[second % seconds.length]?.[next % hubs] as Batch;
          batches.push(at(batch, NOW_MS - DAY_MS + (second % 86_400) * 1_000));
          written += batch.readings;
        }
        await writer.write(batches);
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      cpuShares.push((100 * 100_000 * (user + system)) / 1e6 / readings);
    },
    peers: {
      "a row a reading in LMDB": async (readings) => {
        for (let left = readings; left > 0; left -= 5_000) {
          await peer.write(() => {
            for (let i = 0; i < Math.min(left, 5_000); i++, row++) {
              const leaf = row % (hubs * leavesPerHub);
              table.put([leaf, row % READINGS, NOW_MS + row], ROW);
            }
          });
        }
      },
    },
  });
  const shares = cpuShares.slice(-ROUNDS).sort((a, b) => a - b);
  harness.report("CPU of 100,000 readings/s", "% of a core", median(shares), {
    min: shares[0] as number,
    max: shares.at(-1) as number,
    aims: [{ atMost: 20 }],
  });
  await writer.sealAll();
  harness.report("longest step between two commits", "ms", writer.stepMsMax);
}

/** Before them code warms up. */
const ROUNDS = 7;
/** The value's bytes, as short as a row can be. */
const ROW = new Uint8Array(4);

/** The batch with another time. */
function at({ view, readings }: Batch, atMs: number): Batch {
  const copy = new DataView(view.buffer.slice(0));
  for (let record: number = BATCH.headerBytes; record < copy.byteLength; ) {
    const late = copy.getFloat64(record + RECORD.atMs, true) % 1_000;
    copy.setFloat64(record + RECORD.atMs, atMs + late, true);
    record += RECORD.headerBytes + copy.getUint8(record + RECORD.count) * RECORD.readingBytes;
  }
  return { view: copy, readings };
}

async function queries(harness: Harness, store: StateStore, peer: StateStore): Promise<void> {
  const { hubs, leavesPerHub, dayFrames, yearDays } = harness.smoke ? SMOKE : FULL;
  const writer = new Writer(store);
  // A hub of its own, so that its day and year are whole.
  const series = { hubNo: hubs, leafId: LEAF.leafId, channel: 1 };
  const yearMs = NOW_MS - (yearDays + 10) * DAY_MS;
  const day = Array.from({ length: dayFrames }, (_, i): readonly [number, readonly number[]] => [
    NOW_MS - 5 * DAY_MS + i * 1_000 + ((i * 7) % 50),
    [21 + Math.round(100 * Math.sin(i / 5_000) + (i % 7)) / 100, 40, 400, 600 + (i % 13)],
  ]);
  const inHub = (batch: Batch): Batch => {
    batch.view.setUint16(BATCH.hubNo, hubs, true);
    return batch;
  };
  for (let from = 0; from < day.length; from += 10_000) {
    await writer.write([inHub(batchOf(series.leafId, day.slice(from, from + 10_000)))]);
  }
  for (let d = 0; d < yearDays; d++) {
    const frames = Array.from({ length: 144 }, (_, i): readonly [number, readonly number[]] => [
      yearMs + d * DAY_MS + i * 600_000,
      [20 + (i % 10) / 10, d],
    ]);
    await writer.write([inHub(batchOf(series.leafId, frames))]);
  }
  await writer.sealAll();
  // What 25,000 leaves have sent just now lies where every query looks.
  const office = new OfficeFrames(2);
  for (let hubNo = 0; hubNo < hubs / 2; hubNo++) {
    await writer.write([office.batch(hubNo, leavesPerHub, NOW_MS)]);
  }

  const arrays = peer.table<number, Uint8Array>({ name: "array", value: "bytes" });
  await peer.write(() => putArrays(arrays, day));
  const dayRange = { ...series, fromMs: day[0]?.[0] ?? 0, toMs: (day.at(-1)?.[0] ?? 0) + 1 };
  const yearRange = { ...series, fromMs: yearMs, toMs: yearMs + yearDays * DAY_MS };
  const ms = (work: () => number, expected: number) => () => {
    const startedAt = performance.now();
    const found = work();
    const took = performance.now() - startedAt;
    invariant(found === expected, `${found} of ${expected} rows`);
    return took;
  };
  const found = await harness.inTurn(
    {
      day: ms(() => querySamples(store, { ...dayRange, limit: 1e9 }).count, dayFrames),
      arrays: ms(() => readArrays(arrays), dayFrames),
      minutes: ms(
        () => querySteps(store, { ...dayRange, limit: 1e9 }, 60_000).count,
        dayFrames / 60,
      ),
      year: ms(() => querySteps(store, { ...yearRange, limit: 1e9 }, HOUR_MS).count, 24 * yearDays),
    },
    (measure) => {
      measure();
      return measure();
    },
    31,
  );
  const {
    day: dayMs = [],
    arrays: arraysMs = [],
    minutes: minutesMs = [],
    year: yearsMs = [],
  } = found;
  harness.compareRounds({
    name: "a day of 1 Hz samples",
    unit: "ms",
    ours: dayMs,
    peers: { "raw arrays in LMDB": arraysMs },
    aims: [{ atMost: 3 }],
  });
  harness.compareRounds({ name: "that day by the minute", unit: "ms", ours: minutesMs });
  harness.compareRounds({
    name: "a year by the hour",
    unit: "ms",
    ours: yearsMs,
    aims: [{ atMost: 20 }],
  });
}

/** An hour's times and values each row. */
function putArrays(
  table: Table<number, Uint8Array>,
  frames: readonly (readonly [number, readonly number[]])[],
): void {
  for (let from = 0; from < frames.length; from += 3_600) {
    const some = frames.slice(from, from + 3_600);
    const times = Float64Array.from(some, ([atMs]) => atMs);
    const values = Float32Array.from(some, ([, [value]]) => value as number);
    table.put(from, Buffer.concat([Buffer.from(times.buffer), Buffer.from(values.buffer)]));
  }
}

function readArrays(table: Table<number, Uint8Array>): number {
  const times: number[] = [];
  const values: number[] = [];
  for (const { value } of table.range({})) {
    const bytes = value.slice();
    const count = bytes.length / 12;
    for (const atMs of new Float64Array(bytes.buffer, 0, count)) times.push(atMs);
    for (const sample of new Float32Array(bytes.buffer, 8 * count, count)) values.push(sample);
  }
  return Math.min(times.length, values.length);
}
