/**
 * Any bytes are a sound frame or a known refusal. `FUZZ_FRAMES=1000000` for the long run, `SEED=n` to
 * run a failure again.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { FRAME_FAULTS, type FrameFault } from "../../../firmware/wire/frame-types.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";
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
    else if (bytes.length <= 245) sent.add(toHex(bytes));
    splitter.feed(stream, 0, whole ? stream.length : stream.length >> 1);
  }
  assert.ok(right > count / 4, `${right} of ${count} frames arrived`);
  // A 16-bit CRC believes one damaged frame in 65 536; thrice that and 3 is past any bad luck.
  assert.ok(wrong <= 3 + (3 * cut) / 65_536, `${wrong} of ${cut} damaged frames were believed`);
});
