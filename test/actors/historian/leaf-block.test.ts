import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ByteSink } from "../../../actors/historian/byte-sink.ts";
import {
  BLOCK_FRAMES_MAX,
  BLOCK_SAMPLES_MAX,
  ChannelSamples,
  LeafFrames,
  SHAPES_MAX,
} from "../../../actors/historian/leaf-block.ts";
import fc from "../../support/fc.ts";

interface Frame {
  readonly timeMs: number;
  /** Channel and the value's bits. */
  readonly readings: readonly (readonly [number, number])[];
}

const bytesOf = ({ readings }: Frame): Uint8Array => {
  const bytes = new Uint8Array(5 * readings.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [channel, bits]] of readings.entries()) {
    view.setUint8(5 * i, channel);
    view.setInt32(5 * i + 1, bits, true);
  }
  return bytes;
};

const add = (frames: LeafFrames, frame: Frame): boolean =>
  frames.add(frame.timeMs, bytesOf(frame), 0, frame.readings.length);

function blockOf(frames: readonly Frame[], into = new LeafFrames()): Uint8Array {
  into.clear();
  for (const frame of frames) assert.ok(add(into, frame));
  return written(into);
}

function written(frames: LeafFrames): Uint8Array {
  const sink = new ByteSink();
  frames.write(sink);
  return sink.written().slice();
}

const samples = new ChannelSamples();
function samplesOf(block: Uint8Array, channel: number): [number, number][] {
  samples.read(block, channel);
  return Array.from({ length: samples.count }, (_, i) => [
    samples.timesMs[i] as number,
    samples.bits[i] as number,
  ]);
}

const bitsOf = (value: number): number =>
  new Int32Array(new Float32Array([value]).buffer)[0] as number;

const DAY_MS = 86_400_000;
const timeMs = fc.oneof(
  fc.nat(DAY_MS - 1),
  fc.nat(1_000),
  fc.constantFrom(0, DAY_MS - 1, 60_000, 120_000),
);
const bits = fc.oneof(
  fc.constantFrom(0, bitsOf(-0), bitsOf(22.3), bitsOf(-22.3), bitsOf(3.4e38), bitsOf(-1e-45)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const channel = fc.constantFrom(0, 1, 2, 255);
const frame: fc.Arbitrary<Frame> = fc.record({
  timeMs,
  readings: fc.oneof(
    fc.array(fc.tuple(channel, bits), { minLength: 1, maxLength: 6 }),
    fc.tuple(fc.tuple(fc.constant(1), bits), fc.tuple(fc.constant(2), bits)),
  ),
});
const frames = fc.array(frame, { minLength: 1, maxLength: 60 });

test("LeafFrames writes a block from which every channel's samples come back bit by bit, in order", () => {
  fc.assert(
    fc.property(frames, (frames) => {
      const block = blockOf(frames);
      for (const channel of [0, 1, 2, 255, 7]) {
        const expected = frames.flatMap(({ timeMs, readings }) =>
          readings.filter(([code]) => code === channel).map(([, bits]) => [timeMs, bits]),
        );
        assert.deepEqual(samplesOf(block, channel), expected);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("LeafFrames goes on from a block as if it had never been written", () => {
  fc.assert(
    fc.property(frames, frames, (before, after) => {
      const reopened = new LeafFrames();
      for (const frame of after) add(reopened, frame);
      reopened.read(blockOf(before));
      for (const frame of after) assert.ok(add(reopened, frame));
      assert.deepEqual(written(reopened), blockOf([...before, ...after]));
    }),
    { numRuns: 500 },
  );
});

test("LeafFrames takes no frame beyond its bounds, and keeps what it has", () => {
  const full = new LeafFrames();
  const frame: Frame = { timeMs: 5, readings: [[1, 2]] };
  for (let i = 0; i < BLOCK_FRAMES_MAX; i++) assert.ok(add(full, frame));
  assert.equal(add(full, frame), false);
  assert.equal(samplesOf(written(full), 1).length, BLOCK_FRAMES_MAX);
  const wide = new LeafFrames();
  const readings = Array.from({ length: 255 }, (_, i) => [i, i] as const);
  while (add(wide, { timeMs: 0, readings })) assert.ok(wide.count < BLOCK_SAMPLES_MAX / 255);
  assert.ok(wide.isFull);
  wide.read(written(wide));
  assert.ok(wide.isFull, "also when it was read");
  const many = new LeafFrames();
  for (let i = 0; i < SHAPES_MAX; i++) assert.ok(add(many, { timeMs: i, readings: [[i, 1]] }));
  assert.equal(add(many, { timeMs: 0, readings: [[200, 1]] }), false);
  assert.ok(add(many, { timeMs: 0, readings: [[3, 7]] }), "of a shape that it knows");
  assert.deepEqual(
    samplesOf(written(many), 3).map(([, bits]) => bits),
    [1, 7],
  );
});

test("a block of another version is refused as damage, not read", () => {
  const block = blockOf([{ timeMs: 0, readings: [[1, 1]] }]);
  block[0] = 3;
  assert.throws(() => samples.read(block, 1), { code: "E_STORE_DAMAGED" });
});

const OFFICE = new URL("../../../../shared/data/occupancy-training.csv", import.meta.url);
const skip = existsSync(OFFICE) ? false : "../shared/data/occupancy-training.csv is not here";

test("blocks of an office take at most 3 bytes a sample and give back the measurements bit by bit", {
  skip,
}, () => {
  const rows = readFileSync(OFFICE, "utf8").trim().split("\n").slice(1);
  let late = 1;
  const frames = rows.map((row): Frame => {
    const [, date = "", ...values] = row.replaceAll('"', "").split(",");
    // Arrival: up to 50 ms after the minute's second that the file has, from a seeded generator.
    late = (Math.imul(late, 1_103_515_245) + 12_345) >>> 0;
    const atMs = Date.parse(`${date.replace(" ", "T")}Z`) + ((late >>> 8) % 51);
    const readings = [1, 2, 3, 4].map((code, i) => [code, bitsOf(Number(values[i]))] as const);
    return { timeMs: atMs % DAY_MS, readings };
  });
  assert.equal(frames.length, 8_143);
  let bytes = 0;
  for (let from = 0; from < frames.length; from += 1_024) {
    const some = frames.slice(from, from + 1_024);
    const block = blockOf(some);
    bytes += block.length;
    for (const channel of [1, 2, 3, 4]) {
      const expected = some.map(({ timeMs, readings }) => [timeMs, readings[channel - 1]?.[1]]);
      assert.deepEqual(samplesOf(block, channel), expected);
    }
  }
  assert.ok(bytes / (4 * frames.length) <= 3, `${bytes / (4 * frames.length)} bytes a sample`);
});
