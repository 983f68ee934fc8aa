import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANNELS, COMMANDS } from "../../../firmware/wire/frame-types.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";
import {
  encodeFrame,
  writeAck,
  writeCommand,
  writeHeartbeat,
  writeRegister,
  writeReport,
  writeTimeSync,
  writeWake,
  writeWakeNotify,
} from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import { frameLine, parseFrame } from "../../../transports/frame/frame-json.ts";
import { toHex } from "../../../transports/frame/hex.ts";
import { encodeVectors, frameVectors } from "./vectors.ts";

for (const { name, file, hex, frame, canonicalHex } of frameVectors) {
  if (frame === undefined) continue;
  test(`encodeFrame() of ${file}: ${name}`, () => {
    const encoded = encodeFrame(frame);
    assert.ok(encoded.ok);
    assert.equal(toHex(encoded.value), canonicalHex ?? hex);
  });
}

test("parseFrame() reads back every line that frameLine() prints", () => {
  for (const { frame } of frameVectors) {
    if (frame === undefined) continue;
    assert.deepEqual(parseFrame(JSON.parse(frameLine(frame))), { ok: true, value: frame });
  }
});

for (const { name, input, hex, says } of encodeVectors) {
  test(`parseFrame() of ${name}`, () => {
    const parsed = parseFrame(input);
    if (parsed.ok) {
      const encoded = encodeFrame(parsed.value);
      assert.equal(encoded.ok && toHex(encoded.value), hex);
    } else {
      assert.equal(hex, undefined, parsed.error);
      assert.match(parsed.error, /^[^\n]+\.$/);
      assert.ok(parsed.error.startsWith(says ?? "?"), `${parsed.error} does not name ${says}`);
    }
  });
}

/** What TypeScript's types let through. */
const unsendable: readonly (readonly [string, Frame])[] = [
  ["outOfRange", { version: 1, type: "ACK", leafId: 256 }],
  ["outOfRange", { version: 1, type: 256, leafId: 0, payloadHex: "" }],
  ["outOfRange", { version: 1, type: "HEARTBEAT", leafId: 1, batteryMv: 65_536, uptimeS: 0 }],
  ["outOfRange", { version: 1, type: "TIME_SYNC", leafId: 1, unixS: 0.5 }],
  [
    "outOfRange",
    { version: 1, type: "COMMAND", leafId: 1, command: "set_pwm", args: { duty: -1 } },
  ],
  ["badValue", report([{ channel: "co2", value: Number.NaN }])],
  ["badValue", report([{ channel: "co2", value: 1e39 }])],
  ["unknownName", report([{ channel: "temp", value: 1 }])],
  ["tooLong", report(Array(48).fill({ channel: "co2", value: 1 }))],
  ["badHex", { version: 1, type: "CONFIG", leafId: 1, payloadHex: "0" }],
  ["tooLong", { version: 1, type: 16, leafId: 1, payloadHex: "00".repeat(241) }],
];

function report(readings: readonly { channel: string; value: number }[]): Frame {
  return { version: 1, type: "SENSOR_REPORT", leafId: 1, readings };
}

for (const [fault, frame] of unsendable) {
  test(`encodeFrame() refuses ${JSON.stringify(frame).slice(0, 90)} as ${fault}`, () => {
    assert.deepEqual(encodeFrame(frame), { ok: false, error: fault });
  });
}

test("write…() make the frames that encodeFrame() makes", () => {
  const head = { version: 1, leafId: 200 } as const;
  const { temperature, door } = CHANNELS;
  const cases: readonly (readonly [Frame, (buffer: Uint8Array) => number])[] = [
    [
      {
        ...head,
        type: "SENSOR_REPORT",
        readings: [
          { channel: "temperature", value: -1.25 },
          { channel: "door", value: 1 },
        ],
      },
      (b) => writeReport(b, 200, [temperature.code, door.code], Float64Array.of(-1.25, 1), 2),
    ],
    [
      { ...head, type: "HEARTBEAT", batteryMv: 3301, uptimeS: 4_000_000_000 },
      (b) => writeHeartbeat(b, 200, 3301, 4_000_000_000),
    ],
    [{ ...head, type: "WAKE_NOTIFY", wokenLeafId: 9 }, (b) => writeWakeNotify(b, 200, 9)],
    [
      { ...head, type: "REGISTER", hardware: "pico", capabilities: ["co2", "relay"] },
      (b) => writeRegister(b, 200, 4, [4, 0x80]),
    ],
    [
      { ...head, type: "TIME_SYNC", unixS: 4_294_967_295 },
      (b) => writeTimeSync(b, 200, 4_294_967_295),
    ],
    [{ ...head, type: "ACK" }, (b) => writeAck(b, 200)],
    [{ ...head, type: "WAKE" }, (b) => writeWake(b, 200)],
    [
      { ...head, type: "COMMAND", command: "deep_sleep", args: { sleepMs: 4_000_000_000 } },
      (b) => writeCommand(b, 200, "deep_sleep", 4_000_000_000),
    ],
  ];
  const buffer = new Uint8Array(245).fill(0xee);
  for (const [frame, write] of cases) {
    const written = buffer.subarray(0, write(buffer));
    const encoded = encodeFrame(frame);
    assert.equal(toHex(written), encoded.ok && toHex(encoded.value));
  }
});

test("writeCommand() knows every command of the table", () => {
  const buffer = new Uint8Array(245);
  for (const command of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    const decoded = decodeFrame(buffer, 0, writeCommand(buffer, 1, command, 1));
    assert.equal(decoded.ok && "command" in decoded.value && decoded.value.command, command);
  }
});

test("writeReport() and writeRegister() throw on more than a frame holds: a bug of the caller", () => {
  const buffer = new Uint8Array(245);
  assert.throws(
    () => writeReport(buffer, 1, new Uint8Array(48), new Uint8Array(48), 48),
    RangeError,
  );
  assert.throws(() => writeRegister(buffer, 1, 1, new Uint8Array(239)), RangeError);
});
