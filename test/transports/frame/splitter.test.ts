import assert from "node:assert/strict";
import { test } from "node:test";
import { STREAM } from "../../../firmware/wire/frame-types.ts";
import { cobsBytesMax, cobsEncode } from "../../../transports/frame/cobs.ts";
import { crc16 } from "../../../transports/frame/crc16.ts";
import { fromHex, toHex } from "../../../transports/frame/hex.ts";
import { Splitter, toStream } from "../../../transports/frame/splitter.ts";
import fc from "../../support/fc.ts";
import { frameVectors } from "./vectors.ts";

/** A splitter and, as hex, the frames that came out of it. */
function collect() {
  const frames: string[] = [];
  const splitter = new Splitter((bytes, start, end) => frames.push(toHex(bytes, start, end)));
  return { splitter, frames };
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const frameBytes = fc.uint8Array({ minLength: 1, maxLength: 250 });
const nothingRefused = { badCrc: 0, tooLong: 0, badCobs: 0, empty: 0 };

test("crc16() has the check value of CRC-16/CCITT-FALSE", () => {
  assert.equal(crc16(Buffer.from("123456789")), STREAM.crcCheck);
  assert.equal(crc16(new Uint8Array(0)), 0xffff);
});

test("crc16() continues where an earlier call ended", () => {
  const bytes = Buffer.from("123456789");
  assert.equal(crc16(bytes, 4, 9, crc16(bytes, 0, 4)), STREAM.crcCheck);
});

/** From the paper and its usual examples; 254 and 255 are where a block is full. */
const run = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    ((from + i) & 0xff).toString(16).padStart(2, "0"),
  ).join("");
const stuffed: readonly (readonly [string, string])[] = [
  ["", "01"],
  ["00", "0101"],
  ["0000", "010101"],
  ["11220033", "0311220233"],
  ["11223344", "0511223344"],
  ["11000000", "0211010101"],
  [run(1, 254), `ff${run(1, 254)}`],
  [`00${run(1, 254)}`, `01ff${run(1, 254)}`],
  [run(1, 255), `ff${run(1, 254)}02ff`],
  [`${run(2, 255)}00`, `ff${run(2, 255)}0101`],
  [`${run(3, 255)}0001`, `fe${run(3, 255)}0201`],
];

for (const [plain, expected] of stuffed) {
  test(`cobsEncode() of ${plain.length / 2} bytes: ${plain.slice(0, 12)}`, () => {
    const source = bytesOf(plain);
    const target = new Uint8Array(cobsBytesMax(source.length));
    const end = cobsEncode(source, 0, source.length, target, 0);
    assert.equal(toHex(target, 0, end), expected);
  });
}

test("toStream() is as drawn in WIRE.md", () => {
  const stream = toStream(bytesOf("5301010101010000b441a7"));
  assert.equal(toHex(stream), "075301010101010106b441a7a65a00");
});

test("Splitter gives back every frame of the vectors, fed whole", () => {
  const { splitter, frames } = collect();
  const sendable = frameVectors.filter(({ hex }) => hex !== "" && hex.length <= 490);
  for (const { hex } of sendable) splitter.feed(toStream(bytesOf(hex)));
  assert.deepEqual(
    frames,
    sendable.map(({ hex }) => hex),
  );
  assert.deepEqual(splitter.refused, nothingRefused);
});

test("Splitter gives back any frames however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(frameBytes, { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (sent, cut) => {
        const { splitter, frames } = collect();
        const stream = Buffer.concat(sent.map(toStream));
        for (let at = 0; at < stream.length; at += cut) {
          splitter.feed(stream, at, Math.min(at + cut, stream.length));
        }
        assert.deepEqual(
          frames,
          sent.map((frame) => toHex(frame)),
        );
        assert.deepEqual(splitter.refused, nothingRefused);
      },
    ),
  );
});

test("Splitter finds the next frame after any bytes and a delimiter, and counts what it refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), frameBytes, (noise, frame) => {
      const { splitter, frames } = collect();
      splitter.feed(noise);
      splitter.feed(Uint8Array.of(0));
      const before = frames.length;
      splitter.feed(toStream(frame));
      assert.deepEqual(frames.slice(before), [toHex(frame)]);
      const delimiters = noise.filter((byte) => byte === 0).length + 1;
      const { badCrc, tooLong, badCobs, empty } = splitter.refused;
      assert.equal(before + badCrc + tooLong + badCobs + empty, delimiters);
    }),
  );
});

test("Splitter loses one frame to one damaged byte, two if it was the delimiter", () => {
  const [first, second, third] = ["5301fe01ad", "5301fe02ae", "5301fe03af"].map(bytesOf) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const length = toStream(first).length;
  for (let at = 0; at < length; at++) {
    for (const mask of [0x01, 0x10, 0xff]) {
      const { splitter, frames } = collect();
      const stream = Buffer.concat([first, second, third].map(toStream));
      stream[at] = (stream[at] as number) ^ mask;
      splitter.feed(stream);
      const lost = at === length - 1 ? [toHex(third)] : [toHex(second), toHex(third)];
      assert.deepEqual(frames.slice(-lost.length), lost, `byte ${at}`);
      assert.equal(frames.includes(toHex(first)), false, `byte ${at}`);
    }
  }
});

const refusals: readonly (readonly [string, string, Partial<typeof nothingRefused>])[] = [
  ["two delimiters in a row", "0000", { empty: 2 }],
  ["the CRC of no frame", "03ffff00", { empty: 1 }],
  ["a code that points past the end", "05112200", { badCobs: 1 }],
  ["a code alone", "0500", { badCobs: 1 }],
  ["one byte, too few for a CRC", "021100", { badCrc: 1 }],
  ["a wrong CRC", "0611223344aa00", { badCrc: 1 }],
  ["253 bytes", `fe${"11".repeat(253)}00`, { tooLong: 1 }],
  ["10 000 bytes, counted once", `${`ff${"11".repeat(254)}`.repeat(40)}00`, { tooLong: 1 }],
  ["no end: nothing to count yet", "0311", {}],
];

for (const [what, hex, counts] of refusals) {
  test(`Splitter refuses ${what}`, () => {
    const { splitter, frames } = collect();
    splitter.feed(bytesOf(hex));
    assert.deepEqual(splitter.refused, { ...nothingRefused, ...counts });
    assert.deepEqual(frames, []);
  });
}

test("Splitter goes on with the next frame when its receiver throws", () => {
  let calls = 0;
  const splitter = new Splitter(() => {
    if (++calls === 1) throw new Error("receiver's own fault");
  });
  assert.throws(() => splitter.feed(toStream(bytesOf("5301fe01ad"))));
  splitter.feed(toStream(bytesOf("5301fe02ae")));
  assert.equal(calls, 2);
});

test("Splitter made for longer frames gives back any of them, blocks of 254 bytes included", () => {
  const long = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 1_400 }),
    fc.uint8Array({ minLength: 1, maxLength: 1_400, min: 1 }),
    fc.integer({ min: 250, max: 770 }).map((size) => new Uint8Array(size).fill(7)),
  );
  fc.assert(
    fc.property(fc.array(long, { maxLength: 5 }), fc.integer({ min: 1, max: 999 }), (sent, cut) => {
      const frames: string[] = [];
      const splitter = new Splitter(
        (bytes, start, end) => frames.push(toHex(bytes, start, end)),
        1_400,
      );
      const stream = Buffer.concat([...sent, new Uint8Array(1_401).fill(1)].map(toStream));
      for (let at = 0; at < stream.length; at += cut) {
        splitter.feed(stream, at, Math.min(at + cut, stream.length));
      }
      assert.deepEqual(
        frames,
        sent.map((frame) => toHex(frame)),
      );
      assert.deepEqual(splitter.refused, { ...nothingRefused, tooLong: 1 });
    }),
  );
});

test("Splitter stops at a frame that its receiver has no room for, and offers it again", () => {
  fc.assert(
    fc.property(
      fc.array(frameBytes, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 99 }),
      fc.infiniteStream(fc.boolean()),
      (sent, cut, hasRoom) => {
        const frames: string[] = [];
        const splitter = new Splitter((bytes, start, end) => {
          if (hasRoom.next().value !== true) return false;
          frames.push(toHex(bytes, start, end));
          return true;
        });
        const stream = Buffer.concat(sent.map(toStream));
        for (let from = 0; from < stream.length; from += cut) {
          const end = Math.min(from + cut, stream.length);
          for (let at = from; at < end; ) at = splitter.feed(stream, at, end);
        }
        assert.deepEqual(
          frames,
          sent.map((frame) => toHex(frame)),
        );
        assert.deepEqual(splitter.refused, nothingRefused);
      },
    ),
  );
});
