/** A recording, sent as fast as the link takes it, is in the leaf's history value for value. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  historyOf,
  metricsOf,
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const OCCUPANCY = fileURLToPath(
  new URL("../../../shared/data/occupancy-test1.csv", import.meta.url),
);
const HUB = "swarm_hub_01";
const CHANNELS = ["temperature", "humidity", "illuminance", "co2"] as const;
type Recording = Readonly<Record<(typeof CHANNELS)[number], readonly number[]>>;

/** Values no sensor would give beside those it would: zero, negative, tiny, the largest float32. */
const ODD = [0, -40, 1e-38, 3.402_823e38, 0.1, 16_777_217, 1 / 3];

function generated(rows: number): { readonly csv: string; readonly values: Recording } {
  const values = { temperature: [], humidity: [], illuminance: [], co2: [] } as Record<
    (typeof CHANNELS)[number],
    number[]
  >;
  const lines = ['"Temperature","Humidity","Light","CO2"'];
  for (let row = 0; row < rows; row++) {
    const line = CHANNELS.map((channel, at) => {
      const value = ODD[row * 4 + at] ?? 20 + row / 7 + at * 100;
      values[channel].push(value);
      return value;
    });
    lines.push(line.join(","));
  }
  return { csv: `${lines.join("\n")}\n`, values };
}

/** Of the UCI occupancy data: a row number, the date, then the columns its header names. */
function occupancy(): Recording {
  const rows = readFileSync(OCCUPANCY, "utf8").trim().split("\n").slice(1);
  const column = (at: number) => rows.map((row) => Number(row.split(",")[at]));
  return { temperature: column(2), humidity: column(3), illuminance: column(4), co2: column(5) };
}

describe("mycel leaf --replay --speed max", () => {
  const dir = temporaryDir();
  let node: NodeProcess;

  before(async () => {
    node = await startNodeProcess(dir, {
      threads: 2,
      zones: [{ id: "main" }],
      hubs: [
        {
          id: HUB,
          zone: "main",
          leaves: [
            { id: 1, framesPerSecondMax: null },
            { id: 2, framesPerSecondMax: null },
          ],
        },
      ],
    });
  });
  after(async () => {
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  async function assertReplayed(leafId: number, file: string, values: Recording): Promise<void> {
    const address = node.file.hubs[HUB] ?? "";
    const args = ["--replay", file, "--speed", "max", "--first-id", `${leafId}`];
    const { status, stdout, stderr } = await runMycel(["leaf", "--hub", address, ...args]);
    assert.equal(status, 0, stderr);
    const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    assert.equal(summary.rows, values.temperature.length);
    assert.equal(summary.rowsSkipped, 0);

    for (const channel of CHANNELS) {
      const series = { hub: HUB, leaf: `${leafId}`, channel };
      const wanted = values[channel].map(Math.fround);
      await until(async () => (await historyOf(node, series)).length >= wanted.length, {
        what: () => `${wanted.length} rows of ${channel}`,
      });
      // Pages smaller than the whole, so that `more` has to be right.
      const rows = await historyOf(node, series, 500);
      assert.deepEqual(
        rows.map((row) => row.value),
        wanted,
      );
      assert.ok(rows.every((row, i) => row.atMs >= (rows[i - 1]?.atMs ?? 0)));
    }
  }

  test("every value of a small recording is stored as float32, in order, none missing", async () => {
    const { csv, values } = generated(1_500);
    const file = join(dir, "generated.csv");
    writeFileSync(file, csv);
    await assertReplayed(1, file, values);
  });

  test(
    "so is every value of the UCI occupancy recording",
    {
      skip: existsSync(OCCUPANCY) ? false : "../shared/data/occupancy-test1.csv is not here",
    },
    () => assertReplayed(2, OCCUPANCY, occupancy()),
  );

  test("no frame was refused or lost on the way", async () => {
    // The link tells its counters once a second.
    await until(async () => {
      const metrics = await metricsOf(node);
      const of = (name: string) => metrics.get(`mycel_frames_${name}_total{hub="${HUB}"}`);
      assert.equal(of("lost_by_kernel") ?? 0, 0);
      return (of("applied") ?? 0) > 1_500 && of("received") === of("applied");
    });
  });
});
