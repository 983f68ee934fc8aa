import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Chance } from "../../../firmware/emulated/chance.ts";
import { openRecording } from "../../../firmware/emulated/csv-rows.ts";
import { EmulatedLeaf } from "../../../firmware/emulated/emulated-leaf.ts";
import { RecordedBody, type ReplayOptions, replay } from "../../../firmware/emulated/replay.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";

const HEADER = '"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"\n';
const ROWS =
  '"140","2015-02-02 14:19:00",23.7,26.272,585.2,749.2,0.00476,1\n' +
  '"141","2015-02-02 14:19:59",23.718,26.29,578.4,760.4,0.00477,1\n' +
  '"142","2015-02-02 14:21:00",23.73,26.23,572.666666666667,769.666666666667,0.00476,1\n';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mycel-replay-"));
});
after(() => rm(folder, { recursive: true }));

let files = 0;
async function recordingOf(text: string) {
  const path = join(folder, `${files++}.csv`);
  await writeFile(path, text);
  return openRecording(path);
}

async function allRows(text: string) {
  const recording = await recordingOf(text);
  const rows: { atMs: number | undefined; values: number[] }[] = [];
  for await (const { atMs, values } of recording.rows()) rows.push({ atMs, values: [...values] });
  return { rows, channels: recording.channels, skipped: recording.skipped };
}

describe("openRecording()", () => {
  test("reads the UCI file, whose header lacks the column of row numbers", async () => {
    const { rows, channels, skipped } = await allRows(HEADER + ROWS);
    assert.deepEqual(channels, ["temperature", "humidity", "illuminance", "co2"]);
    assert.deepEqual(rows[0], {
      atMs: Date.UTC(2015, 1, 2, 14, 19, 0),
      values: [23.7, 26.272, 585.2, 749.2],
    });
    assert.equal(rows.length, 3);
    assert.equal(skipped, 0);
  });

  test("reads files whose header is complete, in any order and case, with any line ends", async () => {
    const { rows, channels } = await allRows(
      "\ufeffmotion, CO2 ,timestamp\r\n1, 400 ,2024-01-01T00:00:00Z\r\n0,410,2024-01-01T00:00:10Z",
    );
    assert.deepEqual(channels, ["motion", "co2"]);
    assert.deepEqual(
      rows.map(({ values }) => values),
      [
        [1, 400],
        [0, 410],
      ],
    );
    assert.deepEqual(
      rows.map(({ atMs }) => atMs),
      [1_704_067_200_000, 1_704_067_210_000],
    );
  });

  test("keeps a row that lacks a value, and passes over one without any or of another width", async () => {
    const { rows, skipped } = await allRows(
      "date,temperature,co2\n,21,\n,x,y\n,1,2,3,4\n1\n\n,22,500\n",
    );
    assert.deepEqual(
      rows.map(({ values }) => values),
      [
        [21, Number.NaN],
        [22, 500],
      ],
    );
    assert.equal(skipped, 3);
  });

  for (const [what, text, sentence] of [
    ["an empty file", "", /no column to replay/],
    ["a header without channels", "a,b,c\n1,2,3\n", /no column to replay/],
    ["text that is no CSV", '{\n"name": "x", "y\n', /no column to replay|not readable as CSV/],
    ["a line without end", `temperature\n${"1".repeat(200_000)}`, /not readable as CSV/],
    ["a quote without end", 'temperature\n"1\n', /not readable as CSV/],
  ] as const) {
    test(`refuses ${what} with E_INPUT and one sentence`, async () => {
      await assert.rejects(allRows(text), (fault: Error & { code?: string }) => {
        assert.equal(fault.code, "E_INPUT");
        assert.match(fault.message, sentence);
        assert.match(fault.message, /^[^\n]+\.$/);
        return true;
      });
    });
  }

  test("refuses a file that is not there, and a folder", async () => {
    await assert.rejects(openRecording(join(folder, "none.csv")), { code: "E_INPUT" });
    await assert.rejects(openRecording(folder), { code: "E_INPUT" });
  });
});

/** Rings at once and in order: time passes as fast as it is waited for. */
function hurriedClock(): Clock & { waitedMs: number } {
  let nowMs = 0;
  const clock = {
    waitedMs: 0,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs: number, ring: () => void) => {
      const immediate = setImmediate(() => {
        nowMs += delayMs;
        clock.waitedMs += delayMs;
        ring();
      });
      return () => clearImmediate(immediate);
    },
  };
  return clock;
}

async function replayed(text: string, options: Partial<ReplayOptions> = {}) {
  const recording = await recordingOf(text);
  const body = new RecordedBody(recording.channels);
  const clock = hurriedClock();
  const leaf = new EmulatedLeaf({
    leafId: 1,
    body,
    everyMs: Number.POSITIVE_INFINITY,
    startMs: 0,
    chance: new Chance(1),
  });
  const types: string[] = [];
  const reports: { atMs: number; values: number[] }[] = [];
  const send = (bytes: Uint8Array, length: number): boolean => {
    const decoded = decodeFrame(bytes.subarray(0, length));
    assert.ok(decoded.ok);
    const frame = decoded.value;
    types.push(String(frame.type));
    if (frame.type === "SENSOR_REPORT") {
      reports.push({ atMs: clock.monotonicMs(), values: frame.readings.map(({ value }) => value) });
    }
    return true;
  };
  const rows = await replay({
    ...{ recording, body, leaf, send, clock },
    speed: "max",
    everyMs: 1000,
    waitingBytes: () => undefined,
    onRow: () => {},
    signal: new AbortController().signal,
    ...options,
  });
  return { rows, types, reports, clock };
}

describe("replay()", () => {
  test("registers, then sends each row as one report, in order", async () => {
    const { rows, types, reports } = await replayed(HEADER + ROWS);
    assert.equal(rows, 3);
    assert.deepEqual(types, [
      "REGISTER",
      "HEARTBEAT",
      "SENSOR_REPORT",
      "SENSOR_REPORT",
      "SENSOR_REPORT",
    ]);
    assert.deepEqual(
      reports.map(({ values }) => values.map(Math.fround)),
      [
        [23.7, 26.272, 585.2, 749.2].map(Math.fround),
        [23.718, 26.29, 578.4, 760.4].map(Math.fround),
        [23.73, 26.23, 572.666666666667, 769.666666666667].map(Math.fround),
      ],
    );
  });

  test("keeps the distance of rows in time, divided by the speed", async () => {
    const real = await replayed(HEADER + ROWS, { speed: 1 });
    assert.deepEqual(
      real.reports.map(({ atMs }) => atMs),
      [0, 59_000, 120_000],
    );
    const fast = await replayed(HEADER + ROWS, { speed: 60 });
    assert.deepEqual(
      fast.reports.map(({ atMs }) => Math.round(atMs)),
      [0, 983, 2000],
    );
  });

  test("keeps --every between rows that tell no time or go back in it", async () => {
    const untimed = await replayed("temperature\n1\n2\n3\n", { speed: 2 });
    assert.deepEqual(
      untimed.reports.map(({ atMs }) => atMs),
      [0, 500, 1000],
    );
    const back = await replayed(
      "date,temperature\n2024-01-01 00:01:00,1\n2024-01-01 00:00:00,2\n2024-01-01 00:00:30,3\n",
      { speed: 1 },
    );
    assert.deepEqual(
      back.reports.map(({ atMs }) => atMs),
      [0, 0, 30_000],
    );
  });

  test("at max speed sends no more than two frames a millisecond and 32 at once", async () => {
    const { reports } = await replayed(`temperature\n${"20\n".repeat(3000)}`);
    assert.equal(reports.length, 3000);
    const perMs = new Map<number, number>();
    for (const { atMs } of reports) perMs.set(atMs, (perMs.get(atMs) ?? 0) + 1);
    assert.ok(Math.max(...perMs.values()) <= 32);
    assert.ok((reports.at(-1)?.atMs ?? 0) >= 1490);
  });

  test("at max speed waits while the receiver has much unread, and loses nothing", async () => {
    let asked = 0;
    const { reports } = await replayed(`temperature\n${"20\n".repeat(100)}`, {
      waitingBytes: () => (asked++ < 500 ? 100_000 : 0),
    });
    assert.equal(reports.length, 100);
    assert.ok((reports[0]?.atMs ?? 0) >= 500, "the first row waited for the receiver");
  });

  test("tries a row again that the link had no room for", async () => {
    let calls = 0;
    const taken: number[] = [];
    const { rows } = await replayed(HEADER + ROWS, {
      send: () => {
        calls += 1;
        if (calls > 2 && calls % 2 === 1) return false;
        taken.push(calls);
        return true;
      },
    });
    assert.equal(rows, 3);
    assert.equal(taken.length, 5);
  });

  test("ends after the row under way when told to", async () => {
    const stop = new AbortController();
    let seen = 0;
    const { rows } = await replayed(HEADER + ROWS, {
      speed: 1,
      onRow: () => {
        if (++seen === 2) stop.abort();
      },
      signal: stop.signal,
    });
    assert.equal(rows, 2);
  });

  const UCI = new URL("../../../../shared/data/occupancy-test1.csv", import.meta.url);
  test("sends every value of occupancy-test1.csv as float32, in order, none missing", {
    skip: existsSync(UCI) ? false : "the data set is not beside this checkout",
  }, async () => {
    const text = await readFile(UCI, "utf8");
    const expected = text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) =>
        line
          .split(",")
          .slice(2, 6)
          .map((cell) => Math.fround(Number(cell))),
      );
    const { reports } = await replayed(text);
    assert.deepEqual(
      reports.map(({ values }) => values.map(Math.fround)),
      expected,
    );
  });
});
