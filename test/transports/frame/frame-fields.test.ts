import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import {
  type FrameField,
  frameFields,
  openedFields,
} from "../../../transports/frame/frame-fields.ts";
import { fromHex } from "../../../transports/frame/hex.ts";
import fc from "../../support/fc.ts";

const bytesOf = (frame: Frame): Uint8Array => {
  const encoded = encodeFrame(frame);
  assert.ok(encoded.ok);
  return encoded.value;
};
const lines = (fields: readonly FrameField[]) =>
  fields.map(({ at, bytes, name, value }) => `${at}+${bytes} ${name}: ${value}`);

test("frameFields() names each byte of a report", () => {
  const bytes = bytesOf({
    version: 1,
    type: "SENSOR_REPORT",
    leafId: 12,
    readings: [
      { channel: "temperature", value: 21.5 },
      { channel: "unknown_0x3f", value: -0.1 },
    ],
  });
  assert.deepEqual(lines(frameFields(bytes)), [
    "0+1 magic: 'S'",
    "1+1 version: 1",
    "2+1 type: SENSOR_REPORT",
    "3+1 leaf: 12",
    "4+1 readings: 2",
    "5+1 channel: temperature",
    "6+4 value: 21.5",
    "10+1 channel: unknown_0x3f",
    "11+4 value: -0.1",
    "15+1 checksum: right",
  ]);
  bytes[6] = (bytes[6] as number) ^ 1;
  assert.equal(lines(frameFields(bytes)).at(-1), "15+1 checksum: wrong");
});

test("frameFields() of other v1 types says what they say", () => {
  const beat = bytesOf({ version: 1, type: "HEARTBEAT", leafId: 1, batteryMv: 2_950, uptimeS: 60 });
  assert.deepEqual(lines(frameFields(beat)).slice(4, 6), [
    "4+2 battery: 2950 mV",
    "6+4 up for: 60 s",
  ]);
  const register = bytesOf({
    ...{ version: 1, type: "REGISTER", leafId: 1 },
    hardware: "esp32",
    capabilities: ["temperature", "relay"],
  });
  assert.deepEqual(lines(frameFields(register)).slice(4, 8), [
    "4+1 hardware: esp32",
    "5+1 capabilities: 2",
    "6+1 capability: temperature",
    "7+1 capability: relay",
  ]);
});

test("frameFields() of a sealed frame has what is in clear, openedFields() what was sealed", () => {
  const head = "53024201220c0007000000ff00";
  const sealed = fromHex(`${head}${"ab".repeat(13)}${"cd".repeat(8)}`);
  assert.ok(sealed);
  assert.deepEqual(lines(frameFields(sealed)), [
    "0+1 magic: 'S'",
    "1+1 version: 2",
    "2+1 type: HEARTBEAT, to be answered",
    "3+1 key generation: 1",
    "4+1 length: 34 bytes",
    "5+2 leaf: 12",
    "7+4 epoch: 7",
    "11+2 sequence: 255",
    "13+13 sealed: AES-128-CCM",
    "26+8 tag: cdcdcdcdcdcdcdcd",
  ]);
  const opened = fromHex(
    `${head.replace("5302420122", "5302010122")}e803000002010000ac41040000c842`,
  );
  assert.ok(opened);
  assert.deepEqual(lines(openedFields(opened)), [
    "13+4 age: 1 s before",
    "17+1 readings: 2",
    "18+1 channel: temperature",
    "19+4 value: 21.5",
    "23+1 channel: co2",
    "24+4 value: 100",
  ]);
});

test("frameFields() and openedFields() name every byte of anything once, in order", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255 }), fc.constantFrom(0, 1, 2), (bytes, version) => {
      if (version > 0) bytes.set([0x53, version].slice(0, bytes.length));
      for (const [fields, from] of [
        [frameFields(bytes), 0],
        [openedFields(bytes), Math.min(13, bytes.length)],
      ] as const) {
        let at: number = from;
        for (const field of fields) {
          assert.equal(field.at, at);
          assert.ok(field.bytes > 0);
          at += field.bytes;
        }
        assert.equal(at, bytes.length);
      }
    }),
  );
});
