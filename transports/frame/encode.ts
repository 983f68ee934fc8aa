/**
 * Makes wire v1 frames: `encodeFrame` from an object, refusing what the wire cannot carry, and
 * `write…` for the hot path, into a buffer of the caller's (245 bytes are always enough), from
 * offset 0. Each `write…` returns the frame's length.
 *
 *   0     1        2     3       4          length-1
 *   0x53  version  type  leafId  payload…   XOR of all bytes before it
 */
import { AT, COMMANDS, FRAME, MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { Draft, type EncodeFault, float32Bits, isWhole } from "./draft.ts";
import type { Command, Frame } from "./frame.ts";
import { capabilityCode, channelCode, hardwareCode } from "./names.ts";

export type { EncodeFault };

export function encodeFrame(frame: Frame): Result<Uint8Array, EncodeFault> {
  const draft = new Draft(FRAME.headerBytes, FRAME.payloadBytesMax, FRAME.bytesMax);
  putPayload(draft, frame);
  if (draft.fault !== undefined) return err(draft.fault);

  const type = typeof frame.type === "number" ? frame.type : MESSAGE_TYPES[frame.type];
  if (!isWhole(frame.leafId, 0xff) || !isWhole(type, 0xff)) return err("outOfRange");
  const length = finish(draft.bytes, type, frame.leafId, draft.at - FRAME.headerBytes);
  return ok(draft.bytes.slice(0, length));
}

function putPayload(draft: Draft, frame: Frame): void {
  switch (frame.type) {
    case "SENSOR_REPORT":
      draft.whole(frame.readings.length, 1);
      for (const { channel, value } of frame.readings) {
        draft.code(channelCode(channel));
        draft.float32(value);
      }
      return;
    case "HEARTBEAT":
      draft.whole(frame.batteryMv, 2);
      draft.whole(frame.uptimeS, 4);
      return;
    case "WAKE_NOTIFY":
      draft.whole(frame.wokenLeafId, 1);
      return;
    case "REGISTER":
      draft.code(hardwareCode(frame.hardware));
      draft.whole(frame.capabilities.length, 1);
      for (const capability of frame.capabilities) draft.code(capabilityCode(capability));
      return;
    case "COMMAND":
      putCommand(draft, frame);
      return;
    case "TIME_SYNC":
      draft.whole(frame.unixS, 4);
      return;
    case "ACK":
    case "WAKE":
      return;
    default:
      draft.hex(frame.payloadHex);
  }
}

function putCommand(draft: Draft, frame: Command): void {
  if ("argsHex" in frame) {
    draft.whole(frame.command, 1);
    draft.whole(frame.argsHex.replace(/[\s:]+/g, "").length >> 1, 1);
    draft.hex(frame.argsHex);
    return;
  }
  const { id, bytes, field } = COMMANDS[frame.command];
  draft.whole(id, 1);
  draft.whole(bytes, 1);
  if (field !== undefined) {
    draft.whole(Number((frame.args as Readonly<Record<string, number | boolean>>)[field]), bytes);
  }
}

/** At most 47 readings; the values must be finite, or the receiver refuses the frame. */
export function writeReport(
  buffer: Uint8Array,
  leafId: number,
  channels: ArrayLike<number>,
  values: ArrayLike<number>,
  count: number,
): number {
  if (count > FRAME.readingsMax)
    throw new RangeError(`a report holds ${FRAME.readingsMax} readings`);
  buffer[AT.payload] = count;
  let at = AT.payload + 1;
  for (let index = 0; index < count; index++, at += FRAME.readingBytes) {
    buffer[at] = channels[index] as number;
    put32(buffer, at + 1, float32Bits(values[index] as number));
  }
  return finish(buffer, MESSAGE_TYPES.SENSOR_REPORT, leafId, at - AT.payload);
}

export function writeHeartbeat(
  buffer: Uint8Array,
  leafId: number,
  batteryMv: number,
  uptimeS: number,
): number {
  put16(buffer, AT.payload, batteryMv);
  put32(buffer, AT.payload + 2, uptimeS);
  return finish(buffer, MESSAGE_TYPES.HEARTBEAT, leafId, 6);
}

export function writeWakeNotify(buffer: Uint8Array, leafId: number, wokenLeafId: number): number {
  buffer[AT.payload] = wokenLeafId;
  return finish(buffer, MESSAGE_TYPES.WAKE_NOTIFY, leafId, 1);
}

/** At most 238 capabilities. */
export function writeRegister(
  buffer: Uint8Array,
  leafId: number,
  hardware: number,
  capabilities: ArrayLike<number>,
): number {
  const count = capabilities.length;
  if (count > FRAME.capabilitiesMax) {
    throw new RangeError(`a registration holds ${FRAME.capabilitiesMax} capabilities`);
  }
  buffer[AT.payload] = hardware;
  buffer[AT.payload + 1] = count;
  for (let index = 0; index < count; index++) {
    buffer[AT.payload + 2 + index] = capabilities[index] as number;
  }
  return finish(buffer, MESSAGE_TYPES.REGISTER, leafId, 2 + count);
}

/** A command by name; `arg` is its argument as the number it is on the wire, 0 for none. */
export function writeCommand(
  buffer: Uint8Array,
  leafId: number,
  command: keyof typeof COMMANDS,
  arg: number,
): number {
  const { id, bytes } = COMMANDS[command];
  buffer[AT.payload] = id;
  buffer[AT.payload + 1] = bytes;
  for (let index = 0; index < bytes; index++) {
    buffer[AT.payload + 2 + index] = arg >>> (8 * index);
  }
  return finish(buffer, MESSAGE_TYPES.COMMAND, leafId, 2 + bytes);
}

export function writeTimeSync(buffer: Uint8Array, leafId: number, unixS: number): number {
  put32(buffer, AT.payload, unixS);
  return finish(buffer, MESSAGE_TYPES.TIME_SYNC, leafId, 4);
}

export const writeAck = (buffer: Uint8Array, leafId: number): number =>
  finish(buffer, MESSAGE_TYPES.ACK, leafId, 0);

export const writeWake = (buffer: Uint8Array, leafId: number): number =>
  finish(buffer, MESSAGE_TYPES.WAKE, leafId, 0);

/** A frame of its own around any payload of at most 240 bytes. */
export function writeFrame(type: number, leafId: number, payload: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(FRAME.headerBytes + payload.length + FRAME.checksumBytes);
  buffer.set(payload, AT.payload);
  finish(buffer, type, leafId, payload.length);
  return buffer;
}

/** Header and checksum around a payload that is in place already. */
function finish(buffer: Uint8Array, type: number, leafId: number, payloadBytes: number): number {
  buffer[AT.magic] = FRAME.magic;
  buffer[AT.version] = FRAME.version;
  buffer[AT.type] = type;
  buffer[AT.leafId] = leafId;
  const checksumAt = FRAME.headerBytes + payloadBytes;
  let xor = 0;
  for (let at = 0; at < checksumAt; at++) xor ^= buffer[at] as number;
  buffer[checksumAt] = xor;
  return checksumAt + FRAME.checksumBytes;
}

function put16(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
}

function put32(buffer: Uint8Array, at: number, value: number): void {
  put16(buffer, at, value);
  put16(buffer, at + 2, value >>> 16);
}
