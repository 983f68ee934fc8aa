/**
 * What a user would pick instead for the same work: Mosquitto, PostgreSQL and a program between them, fed with
 * the same reports of the same leaves, to the same end: every reading is committed and was flushed to disk.
 *
 *   leaf_sender ──COBS frames over TCP──▶ node with one worker thread ──▶ LMDB
 *   mosquitto_pub ──JSON, QoS 0──▶ mosquitto ──▶ bus-to-postgres ──▶ PostgreSQL
 *
 * Bytes a reading are those of an office's measurements, one leaf, a minute apart: ours in sealed blocks, theirs
 * in a table with the index that a query by leaf, channel and time needs.
 */
import { openTables } from "../actors/historian/tables.ts";
import { invariant } from "../runtime/invariant.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import { removeDir, temporaryDir } from "../test/support/node-process.ts";
import { type Bench, type Harness, mapValues, type TimedWork } from "./harness.ts";
import { measuredOffice, NO_OFFICE, sealOffice } from "./history.bench.ts";
import { NO_CC } from "./peers/c-program.ts";
import { freeTcpPort, NO_MOSQUITTO } from "./peers/mosquitto.ts";
import { startMosquittoPostgres } from "./peers/mosquitto-postgres.ts";
import { noPostgres, rowOf, withReadingTable } from "./peers/postgres.ts";
import { startBenchNode } from "./rates/bench-node.ts";
import { adoptLeaves } from "./rates/known-leaves.ts";

const LEAVES = 250;
const READINGS = 4;
const RUN_MS = 2_000;
const PEER = "Mosquitto + PostgreSQL";

export const storedElsewhere: Bench = {
  name: "stored-elsewhere",
  question:
    "How does storing readings compare with what a user would build of a broker and a database?",
  run: async (harness) => {
    const withoutPostgres = await noPostgres();
    for (const reason of [NO_CC, NO_MOSQUITTO, withoutPostgres, NO_OFFICE] as const) {
      if (reason !== false) harness.say(reason);
    }
    if (NO_CC === false) {
      if (NO_MOSQUITTO === false && withoutPostgres === false) await ratesBeside(harness);
      else await rates(harness, {});
    }
    if (NO_OFFICE === false) await bytes(harness, withoutPostgres === false);
  },
};

const ratesBeside = (harness: Harness): Promise<void> => {
  const name = `mycel_bench_${process.pid}`;
  return withReadingTable(name, async (table) => {
    const elsewhere = await startMosquittoPostgres(name, LEAVES, READINGS);
    try {
      await rates(harness, { [PEER]: elsewhere.store });
    } finally {
      await elsewhere.stop();
    }
    const { rows, bytesWithIndex } = await table.size();
    harness.say(
      `  ${PEER}: ${rows} rows, ${(bytesWithIndex / rows).toFixed(1)} bytes each with index`,
    );
  });
};

async function rates(harness: Harness, peers: Readonly<Record<string, TimedWork>>): Promise<void> {
  const port = await freeTcpPort();
  const node = await startBenchNode({
    zones: [{ id: "main" }],
    hubs: [
      {
        id: "hub_1",
        zone: "main",
        link: `tcp://127.0.0.1:${port}`,
        adopt: "always",
        framesPerSecondMax: 1_000_000,
      },
    ],
  });
  try {
    const leaves = await adoptLeaves(node, port, { leaves: LEAVES, readings: READINGS });
    await harness.compareTimed({
      name: `message stored, ${READINGS} readings each`,
      unit: "message",
      smoke: 1_000,
      runMs: RUN_MS,
      ours: leaves.store,
      peers,
    });
    for (const figure of harness.figures.slice(-1)) {
      const { value, min, max } = figure;
      harness.figures.push({
        ...figure,
        name: "the same in readings",
        unit: "reading/s",
        value: value * READINGS,
        min: min * READINGS,
        max: max * READINGS,
        peers: mapValues(figure.peers, (messages) => messages * READINGS),
      });
    }
  } finally {
    await node.stop();
  }
}

async function bytes(harness: Harness, hasPostgres: boolean): Promise<void> {
  const frames = measuredOffice();
  const readings = frames.length * READINGS;
  const peers: Record<string, number[]> = {};
  if (hasPostgres) {
    const rows = frames.flatMap(([atMs, values]) => {
      const time = new Date(atMs).toISOString();
      return values.map((value, i) => rowOf(time, { hub: 1, leaf: 7, channel: 1 + i, value }));
    });
    await withReadingTable(`mycel_bench_office_${process.pid}`, async (table) => {
      await table.write(rows.join(""));
      const size = await table.size();
      invariant(size.rows === readings, "every reading has a row");
      peers["PostgreSQL, table and index"] = [size.bytesWithIndex / readings];
      peers["PostgreSQL, table alone"] = [size.bytes / readings];
    });
  }
  const dir = temporaryDir();
  const store = openLmdbStore({ dir });
  try {
    await sealOffice(store, frames);
    harness.compareRounds({
      name: "an office's reading on disk",
      unit: "byte/reading",
      ours: [openTables(store).block.bytes() / readings],
      peers,
    });
  } finally {
    await store.close();
    removeDir(dir);
  }
}
