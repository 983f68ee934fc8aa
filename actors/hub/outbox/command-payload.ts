/**
 * A command as the payload of a COMMAND frame, little-endian:
 *
 *   v1   command u8   argBytes u8   argument
 *   v2   commandId u32   expiresS u16   command u8   argBytes u8   argument
 *
 * `expiresS` counts from the frame's arrival at the leaf, 0 for ever.
 */
import { AT, FRAME } from "../../../firmware/wire/frame-types.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import { parseFrame } from "../../../transports/frame/frame-json.ts";
import type { CommandOrder, CommandRecord } from "./messages.ts";

type Words = Pick<CommandOrder, "command" | "args" | "argsHex">;

/** The refusal is a sentence that says what does not fit. */
export function payloadV1({ command, args, argsHex }: Words): Result<Uint8Array, string> {
  const words = typeof command === "number" ? { argsHex: argsHex ?? "" } : { args };
  if (typeof command === "string" && argsHex !== undefined) {
    return err("argsHex belongs to a command given as a number.");
  }
  const frame = parseFrame({ type: "COMMAND", leafId: 0, command, ...words });
  if (!frame.ok) return frame;
  const bytes = encodeFrame(frame.value);
  if (!bytes.ok) return err(`The command cannot be encoded: ${bytes.error}.`);
  return ok(bytes.value.subarray(AT.payload, bytes.value.length - FRAME.checksumBytes));
}

const EXPIRES_S_MAX = 0xffff;
const HEAD_BYTES = 6;

/** Of a record, whose words have been checked. */
export function payloadV2(record: CommandRecord, nowMs: number): Result<Uint8Array, string> {
  const words = payloadV1(record);
  if (!words.ok) return words;
  const payload = new Uint8Array(HEAD_BYTES + words.value.length);
  const view = new DataView(payload.buffer);
  const leftS = Math.ceil((record.expiresAtMs - nowMs) / 1_000);
  view.setUint32(0, record.commandId, true);
  view.setUint16(4, Math.min(Math.max(leftS, 1), EXPIRES_S_MAX), true);
  payload.set(words.value, HEAD_BYTES);
  return ok(payload);
}
