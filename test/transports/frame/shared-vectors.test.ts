/**
 * The original implementation's own frames, where they lie beside the checkout. We answer as it did
 * but for what `differs` names.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeFrame } from "../../../transports/frame/decode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import { fromHex } from "../../../transports/frame/hex.ts";
import { messageTypeName } from "../../../transports/frame/names.ts";

interface Original {
  readonly name: string;
  readonly frame_hex: string;
  readonly frame_ok: boolean;
  readonly error?: string;
  readonly leaf_id: number;
  readonly msg_type: number;
  readonly payload_ok?: boolean;
  /** As the original's payload decoder gave it; its shape depends on the type. */
  readonly payload?: unknown;
}

/** Name → our answer, and why it is another. */
const differs: Readonly<Record<string, string>> = {
  // The original decodes infinities.
  "sensor_report/infinity": "badValue",
  // It returns what is there when an argument is shorter than its length says.
  "command/arglen_overrun": "truncatedPayload",
  // It has no upper bound when decoding.
  "oversize/246_bytes_decodes": "tooLong",
};

const faultOf: Readonly<Record<string, string>> = {
  "frame too short": "tooShort",
  "bad magic": "badMagic",
  "unsupported version": "unsupportedVersion",
  "checksum mismatch": "badChecksum",
};

const path = new URL("../../../../shared/data/swarm-vectors.json", import.meta.url);
const skip = existsSync(path) ? false : "no swarm-vectors.json beside the checkout";
const originals: readonly Original[] = skip ? [] : JSON.parse(readFileSync(path, "utf8")).frames;

test("the original implementation's frames are here to compare with", { skip }, () => {
  assert.ok(originals.length >= 60);
  for (const name of Object.keys(differs)) assert.ok(originals.some((one) => one.name === name));
});

for (const original of originals) {
  test(`decodeFrame() of the original's ${original.name}`, () => {
    const decoded = decodeFrame(fromHex(original.frame_hex) as Uint8Array);
    const fault = decoded.ok ? undefined : decoded.error;
    assert.equal(fault, expectedFault(original));
    if (!decoded.ok) return;
    const frame = decoded.value;
    assert.equal(frame.leafId, original.leaf_id);
    assert.equal(frame.type, messageTypeName(original.msg_type) ?? original.msg_type);
    if (original.payload !== undefined) assert.deepEqual(asOriginal(frame), original.payload);
  });
}

function expectedFault({ name, frame_ok, payload_ok, error }: Original): string | undefined {
  if (name in differs) return differs[name];
  if (!frame_ok) return faultOf[error ?? ""];
  return payload_ok === false ? "truncatedPayload" : undefined;
}

/** The original's shape: a map of channels, later ones over earlier, float32 to four places. */
function asOriginal(frame: Frame): unknown {
  switch (frame.type) {
    case "SENSOR_REPORT":
      return Object.fromEntries(
        frame.readings.map(({ channel, value }) => [
          channel,
          Math.round(Math.fround(value) * 1e4) / 1e4,
        ]),
      );
    case "HEARTBEAT":
      return { battery_mv: frame.batteryMv, uptime_sec: frame.uptimeS };
    case "WAKE_NOTIFY":
      return frame.wokenLeafId;
    case "REGISTER":
      return { hw_type: frame.hardware, capabilities: frame.capabilities };
    case "COMMAND":
      return commandAsOriginal(frame);
    case "TIME_SYNC":
      return frame.unixS;
    default:
      return undefined;
  }
}

/** Argument bytes as hex, of the commands and with the widths that its frames have. */
function commandAsOriginal(frame: Extract<Frame, { type: "COMMAND" }>): unknown {
  const little = (value: number, bytes: number) =>
    Buffer.from(Uint32Array.of(value).buffer).toString("hex", 0, bytes);
  switch (frame.command) {
    case "set_state":
      // One of its frames carries two bytes that set_state does not use.
      return frame.args.on ? { cmd_id: 1, args: "010203" } : { cmd_id: 1, args: "00" };
    case "set_pwm":
      return { cmd_id: 2, args: little(frame.args.duty, 2) };
    case "set_interval":
      return { cmd_id: 4, args: little(frame.args.intervalS, 2) };
    case "deep_sleep":
      return { cmd_id: 5, args: little(frame.args.sleepMs, 4) };
    default:
      return undefined;
  }
}
