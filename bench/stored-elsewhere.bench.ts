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
import { type Bench, type Harness, mapValues, type TimedWork } from "./harness.ts";
import { measuredOffice, sealedOffice } from "./history.bench.ts";
import { NO_CC } from "./peers/c-program.ts";
import { freeTcpPort, NO_MOSQUITTO } from "./peers/mosquitto.ts";
import { type MosquittoPostgres, startMosquittoPostgres } from "./peers/mosquitto-postgres.ts";
import { createReadingTable, dropReadingTable, noPostgres, rowOf } from "./peers/postgres.ts";
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
    for (const reason of [NO_CC, NO_MOSQUITTO, withoutPostgres] as const) {
      if (reason !== false) harness.say(reason);
    }
    if (NO_CC === false) {
      const elsewhere =
        NO_MOSQUITTO === false && withoutPostgres === false
          ? await startMosquittoPostgres(LEAVES, READINGS)
          : undefined;
      try {
        await rates(harness, elsewhere);
      } finally {
        await elsewhere?.stop();
      }
    }
    await bytes(harness, withoutPostgres === false);
  },
};

async function rates(harness: Harness, elsewhere: MosquittoPostgres | undefined): Promise<void> {
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
    const peers: Readonly<Record<string, TimedWork>> =
      elsewhere === undefined ? {} : { [PEER]: elsewhere.store };
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
  if (elsewhere === undefined) return;
  const { rows, bytesWithIndex } = await elsewhere.size();
  harness.say(
    `  ${PEER}: ${rows} rows, ${(bytesWithIndex / rows).toFixed(1)} bytes each with index`,
  );
}

async function bytes(harness: Harness, hasPostgres: boolean): Promise<void> {
  const frames = measuredOffice();
  const readings = frames.length * READINGS;
  const peers: Record<string, number[]> = {};
  if (hasPostgres) {
    const name = `mycel_bench_office_${process.pid}`;
    const table = await createReadingTable(name);
    try {
      await table.write(
        frames
          .flatMap(([atMs, values]) =>
            values.map((value, i) =>
              rowOf(new Date(atMs).toISOString(), { hub: 1, leaf: 7, channel: 1 + i, value }),
            ),
          )
          .join(""),
      );
      const size = await table.size();
      if (size.rows !== readings) throw new Error(`${size.rows} of ${readings} rows are there`);
      peers["PostgreSQL, table and index"] = [size.bytesWithIndex / readings];
      peers["PostgreSQL, table alone"] = [size.bytes / readings];
    } finally {
      await table.close();
      await dropReadingTable(name);
    }
  }
  const store = await sealedOffice(frames);
  harness.compareRounds({
    name: "an office's reading",
    unit: "byte/reading",
    ours: [openTables(store).block.bytes() / readings],
    peers,
  });
}
