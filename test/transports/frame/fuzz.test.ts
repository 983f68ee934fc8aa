/**
 * Any bytes are a sound frame or a known refusal. `FUZZ_FRAMES=1000000` for the long run, `SEED=n` to
 * run a failure again.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import {
  FRAME,
  FRAME_FAULTS,
  type FrameFault,
  MESSAGE_TYPES,
} from "../../../firmware/wire/frame-types.ts";
import { checkFrame, decodeFrame } from "../../../transports/frame/decode.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import { frameLine, parseFrame } from "../../../transports/frame/frame-json.ts";
import { toHex } from "../../../transports/frame/hex.ts";
import { Splitter, toStream } from "../../../transports/frame/splitter.ts";
import { hostileFrames } from "./hostile-frames.ts";

const count = Number(process.env["FUZZ_FRAMES"] ?? 20_000);
const seed = Number(process.env["SEED"] ?? randomInt(1_000_000));

test(`decodeFrame() of ${count} hostile frames gives a frame or a known fault (SEED=${seed})`, () => {
  const seen = new Map<FrameFault | "sound", number>();
  for (const bytes of hostileFrames(seed, count)) {
    const decoded = decodeFrame(bytes);
    const outcome = decoded.ok ? "sound" : decoded.error;
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    if (decoded.ok) assertRoundTrip(bytes, decoded.value);
  }
  assert.deepEqual(new Set(seen.keys()), new Set([...FRAME_FAULTS, "sound"]));
});

test(`checkFrame() says of ${count} hostile frames in one ring what it says of each alone (SEED=${seed})`, () => {
  // Only bytes that come again and again are looked at word by word.
  const ring = new Uint8Array(new SharedArrayBuffer(512));
  for (const bytes of [...everyReport(), ...copiesOf(hostileFrames(seed, count))]) {
    const expected = checkFrame(bytes, 0, bytes.length);
    const start = bytes.length & 3;
    const ends = [start + bytes.length, ring.length];
    for (const end of ends) {
      ring.fill(0xff);
      ring.set(bytes, end - bytes.length);
      const found = [1, 2, 3].map(() => checkFrame(ring, end - bytes.length, end));
      assert.deepEqual(found, [expected, expected, expected], `${toHex(bytes)} up to ${end}`);
    }
  }
});

/** Of each number of readings: sound, a reading that is no number, a bit too many, a byte too many. */
function* everyReport(): Generator<Uint8Array> {
  for (let readings = 0; readings <= FRAME.readingsMax; readings++) {
    const frame = Uint8Array.from({ length: 6 + readings * 5 }, (_, at) => (at * 37) & 0x3f);
    frame.set([FRAME.magic, FRAME.version, MESSAGE_TYPES.SENSOR_REPORT, 7, readings]);
    yield sealed(frame);
    for (let reading = 0; reading < readings; reading++) {
      for (const sign of [0x7f, 0xff]) {
        const damaged = Uint8Array.from(frame);
        damaged.set([0x80, sign], 8 + reading * 5);
        yield sealed(damaged);
      }
    }
    for (let bit = 0; bit < frame.length * 8; bit += 7) {
      const damaged = sealed(Uint8Array.from(frame));
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      yield damaged;
    }
    yield sealed(Uint8Array.of(...frame, 0));
  }
}

function sealed(frame: Uint8Array): Uint8Array {
  const last = frame.length - 1;
  frame[last] = frame.subarray(0, last).reduce((xor, byte) => xor ^ byte, 0);
  return frame;
}

const copiesOf = (frames: Iterable<Uint8Array>): Uint8Array[] =>
  Array.from(frames, (bytes) => Uint8Array.from(bytes)).filter(({ length }) => length <= 500);

/** Encoded again it is the same bytes, but for those that are ignored and for how `on` is said. */
function assertRoundTrip(bytes: Uint8Array, frame: Parameters<typeof encodeFrame>[0]): void {
  const encoded = encodeFrame(frame);
  assert.ok(encoded.ok, `${toHex(bytes)} cannot be encoded again`);
  const again = decodeFrame(encoded.value);
  assert.deepEqual(again, { ok: true, value: frame }, toHex(bytes));
  assert.deepEqual(parseFrame(JSON.parse(frameLine(frame))), again, toHex(bytes));
  if (frame.type === "COMMAND") return;
  const payloadEnd = encoded.value.length - 1;
  assert.equal(toHex(bytes, 0, payloadEnd), toHex(encoded.value, 0, payloadEnd));
  if (bytes.length === encoded.value.length) assert.equal(toHex(bytes), toHex(encoded.value));
}

test(`Splitter, fed ${count} frames, a third of them cut, is right but for 1 in 65 536 (SEED=${seed})`, () => {
  const sent = new Set<string>();
  let right = 0;
  let wrong = 0;
  const splitter = new Splitter((bytes, start, end) => {
    if (sent.has(toHex(bytes, start, end))) right++;
    else wrong++;
  });
  let cut = 0;
  let index = 0;
  for (const bytes of hostileFrames(seed, count)) {
    if (bytes.length === 0) continue;
    const stream = toStream(bytes);
    // A cut frame's rest runs into the next one.
    const whole = index++ % 3 !== 0;
    if (!whole) cut++;
    else if (bytes.length <= 250) sent.add(toHex(bytes));
    splitter.feed(stream, 0, whole ? stream.length : stream.length >> 1);
  }
  assert.ok(right > count / 4, `${right} of ${count} frames arrived`);
  // A 16-bit CRC believes one damaged frame in 65 536; thrice that and 3 is past any bad luck.
  assert.ok(wrong <= 3 + (3 * cut) / 65_536, `${wrong} of ${cut} damaged frames were believed`);
});
