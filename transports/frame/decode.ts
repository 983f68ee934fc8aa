/**
 * Reads a wire v1 frame where it lies: no copy, no object, no exception. `checkFrame` says whether
 * `bytes[start, end)` is a sound frame; after that the readers below may be used on it.
 *
 *   0     1        2     3       4          end-1
 *   0x53  version  type  leafId  payload…   XOR of all bytes before it
 *
 * The bytes may belong to a ring in shared memory. Multi-byte fields are little-endian.
 */
import {
  AT,
  COMMANDS,
  FRAME,
  type FrameFault,
  MESSAGE_TYPES,
} from "../../firmware/wire/frame-types.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { shortestFloat32 } from "./float32.ts";
import type { Frame } from "./frame.ts";
import { toHex } from "./hex.ts";
import {
  capabilityName,
  channelName,
  commandName,
  hardwareName,
  messageTypeName,
} from "./names.ts";

export type { FrameFault };

const { SENSOR_REPORT, HEARTBEAT, WAKE_NOTIFY, REGISTER, COMMAND, TIME_SYNC } = MESSAGE_TYPES;
// V8 folds a module's own constants into its code; an imported one is read anew at each use.
const { readingBytes: READING_BYTES, bytesMin: BYTES_MIN, bytesMax: BYTES_MAX } = FRAME;
const { version: VERSION_AT, type: TYPE_AT, leafId: LEAF_ID_AT, payload: PAYLOAD_AT } = AT;
/** A report's channels and values follow the count of them. */
const READINGS_AT = PAYLOAD_AT + 1;
const CHECKSUM_BYTES = FRAME.checksumBytes;

/** Checks in the order of WIRE.md; undefined means that every field below can be read. */
export function checkFrame(bytes: Uint8Array, start: number, end: number): FrameFault | undefined {
  const length = end - start;
  const isLong = length >= TWO_READINGS_BYTES && length <= BYTES_MAX;
  if (isLong && bytes === seen.bytes && isSoundReport(seen.view, start, end)) return undefined;
  return checkAnyFrame(bytes, start, end);
}

const TWO_READINGS_BYTES = READINGS_AT + 2 * READING_BYTES + CHECKSUM_BYTES;
/** Magic, version and type of a report, as the word that its first three bytes make. */
const REPORT_HEAD = FRAME.magic | (FRAME.version << 8) | (SENSOR_REPORT << 16);
/** Larger than any buffer: tells the compiler that a sum with an offset needs no look at its sign. */
const OFFSET_MASK = 0x3fff_ffff;
/** An exponent of all ones is a NaN or an infinity (IEEE 754-2008, 3.4). */
const EXPONENT = 0x7f80_0000;
/** Added to an exponent of all ones it carries into the sign's bit, and else does not. */
const EXPONENT_ONE = 0x0080_0000;
const SIGN = 0x8000_0000;

/**
 * The short way for nearly all that comes, a sound report of two readings or more without a byte too
 * many: each word is loaded once, for checksum and values alike. False says nothing yet.
 *
 *   at  0             4        6            11           16
 *       head          count ch value        ch value     (ch value)… XOR
 *       └── word ──┘  └── word ──┘└── word ──┘└── word ──┘ 5 bytes each
 */
function isSoundReport(view: DataView, start: number, end: number): boolean {
  const at = start & OFFSET_MASK;
  const head = view.getInt32(at, true);
  const second = view.getInt32(at + 4, true);
  const count = second & 0xff;
  if ((head & 0xff_ffff) !== REPORT_HEAD || count < 2) return false;
  if (at + READINGS_AT + count * READING_BYTES + CHECKSUM_BYTES !== end) return false;
  const third = view.getInt32(at + 8, true);
  const fourth = view.getInt32(at + 12, true);
  let xor = head ^ second ^ third ^ fourth;
  // The first value ends in the third word's low half, the second a byte further in the fourth.
  let special = (((third << 16) & EXPONENT) + EXPONENT_ONE) & SIGN;
  special |= (((fourth << 8) & EXPONENT) + EXPONENT_ONE) & SIGN;
  for (let value = at + 16; value + 4 < end; value += READING_BYTES) {
    const bits = view.getInt32(value, true);
    xor ^= bits ^ view.getUint8(value + 4);
    special |= ((bits & EXPONENT) + EXPONENT_ONE) & SIGN;
  }
  xor ^= xor >>> 16;
  return (((xor ^ (xor >>> 8)) & 0xff) | special) === 0;
}

const NO_BYTES = new Uint8Array(0);
/**
 * A view of bytes that came twice in turn: frames come from few buffers, each for many. For one that
 * never comes again, a view would cost more than it saves.
 */
const seen: { bytes: Uint8Array; view: DataView; last: Uint8Array } = {
  bytes: NO_BYTES,
  view: new DataView(NO_BYTES.buffer),
  last: NO_BYTES,
};

/** Each frame of any kind and length, and what is wrong with it. */
function checkAnyFrame(bytes: Uint8Array, start: number, end: number): FrameFault | undefined {
  if (bytes === seen.last && bytes !== seen.bytes) {
    seen.bytes = bytes;
    seen.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  seen.last = bytes;
  const length = end - start;
  if (length < BYTES_MIN) return "tooShort";
  if (length > BYTES_MAX) return "tooLong";
  if (bytes[start] !== FRAME.magic) return "badMagic";
  if (bytes[start + VERSION_AT] !== FRAME.version) return "unsupportedVersion";
  if (xorOf(bytes, start, end) !== 0) return "badChecksum";
  return checkPayload(bytes, start, end - CHECKSUM_BYTES);
}

/** 0 for a sound frame, checksum included. Unrolled: 1.5 times as fast on a report of 14 readings. */
function xorOf(bytes: Uint8Array, start: number, end: number): number {
  let xor = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    xor ^= u8(bytes, at) ^ u8(bytes, at + 1) ^ u8(bytes, at + 2) ^ u8(bytes, at + 3);
  }
  for (; at < end; at++) xor ^= u8(bytes, at);
  return xor;
}

/** Bytes after the last field are ignored, as deployed leaves send them. */
function checkPayload(
  bytes: Uint8Array,
  start: number,
  payloadEnd: number,
): FrameFault | undefined {
  const at = start + PAYLOAD_AT;
  const length = payloadEnd - at;
  switch (bytes[start + TYPE_AT]) {
    case SENSOR_REPORT: {
      if (length < 1) return "truncatedPayload";
      const readingsEnd = at + 1 + u8(bytes, at) * READING_BYTES;
      if (readingsEnd > payloadEnd) return "truncatedPayload";
      for (let reading = at + 1; reading < readingsEnd; reading += READING_BYTES) {
        // As `EXPONENT` says, of two bytes.
        if ((u8(bytes, reading + 4) & 0x7f) === 0x7f && u8(bytes, reading + 3) >= 0x80) {
          return "badValue";
        }
      }
      return undefined;
    }
    case HEARTBEAT:
      return length < 6 ? "truncatedPayload" : undefined;
    case WAKE_NOTIFY:
      return length < 1 ? "truncatedPayload" : undefined;
    case REGISTER:
      return length < 2 || length - 2 < u8(bytes, at + 1) ? "truncatedPayload" : undefined;
    case COMMAND: {
      if (length < 2) return "truncatedPayload";
      const argBytes = u8(bytes, at + 1);
      const needed = ARG_BYTES[u8(bytes, at)] as number;
      return length - 2 < argBytes || argBytes < needed ? "truncatedPayload" : undefined;
    }
    case TIME_SYNC:
      return length < 4 ? "truncatedPayload" : undefined;
    default:
      return undefined;
  }
}

/** Argument width by command id; 0 for an unknown one, whose argument is opaque. */
const ARG_BYTES = new Uint8Array(256);
for (const { id, bytes } of Object.values(COMMANDS)) ARG_BYTES[id] = bytes;

/** The frame as an object: for people and rare frames, since it allocates. */
export function decodeFrame(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Result<Frame, FrameFault> {
  const fault = checkFrame(bytes, start, end);
  if (fault !== undefined) return err(fault);

  const version = FRAME.version;
  const leafId = frameLeafId(bytes, start);
  const code = frameType(bytes, start);
  const type = messageTypeName(code);
  switch (type) {
    case "SENSOR_REPORT": {
      const readings = Array.from({ length: reportCount(bytes, start) }, (_, index) => ({
        channel: channelName(reportChannel(bytes, start, index)),
        value: shortestFloat32(reportValue(bytes, start, index)),
      }));
      return ok({ version, type, leafId, readings });
    }
    case "HEARTBEAT": {
      const batteryMv = heartbeatBatteryMv(bytes, start);
      return ok({ version, type, leafId, batteryMv, uptimeS: heartbeatUptimeS(bytes, start) });
    }
    case "WAKE_NOTIFY":
      return ok({ version, type, leafId, wokenLeafId: wakeNotifyLeafId(bytes, start) });
    case "REGISTER": {
      const hardware = hardwareName(registerHardware(bytes, start));
      const capabilities = Array.from(
        { length: registerCapabilityCount(bytes, start) },
        (_, index) => capabilityName(registerCapability(bytes, start, index)),
      );
      return ok({ version, type, leafId, hardware, capabilities });
    }
    case "COMMAND":
      return ok({ version, type, leafId, ...commandOf(bytes, start) });
    case "TIME_SYNC":
      return ok({ version, type, leafId, unixS: timeSyncUnixS(bytes, start) });
    case "ACK":
    case "WAKE":
      return ok({ version, type, leafId });
    case "CONFIG":
    case undefined: {
      const payloadHex = toHex(bytes, start + PAYLOAD_AT, end - CHECKSUM_BYTES);
      return ok({ version, type: type ?? code, leafId, payloadHex });
    }
  }
}

function commandOf(bytes: Uint8Array, start: number) {
  const id = commandId(bytes, start);
  const command = commandName(id);
  const arg = commandArg(bytes, start);
  switch (command) {
    case "set_state":
      return { command, args: { on: arg !== 0 } };
    case "set_pwm":
      return { command, args: { duty: arg } };
    case "set_interval":
      return { command, args: { intervalS: arg } };
    case "deep_sleep":
      return { command, args: { sleepMs: arg } };
    case "read_now":
    case "reset":
      return { command, args: {} };
    case undefined: {
      const at = start + PAYLOAD_AT + 2;
      return { command: id, argsHex: toHex(bytes, at, at + commandArgBytes(bytes, start)) };
    }
  }
}

export const frameType = (bytes: Uint8Array, start: number): number => u8(bytes, start + TYPE_AT);
export const frameLeafId = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + LEAF_ID_AT);

export const reportCount = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT);
/** Where the readings begin: a byte of channel and a float32 each. */
export const reportReadingsAt = (start: number): number => start + READINGS_AT;
/** Of the reading at `at`. */
export const readingChannel = (bytes: Uint8Array, at: number): number => u8(bytes, at);
export const readingValue = (bytes: Uint8Array, at: number): number => f32(bytes, at + 1);
export const reportChannel = (bytes: Uint8Array, start: number, index: number): number =>
  u8(bytes, start + READINGS_AT + index * READING_BYTES);
export const reportValue = (bytes: Uint8Array, start: number, index: number): number =>
  f32(bytes, start + READINGS_AT + 1 + index * READING_BYTES);

export const heartbeatBatteryMv = (bytes: Uint8Array, start: number): number =>
  u16(bytes, start + PAYLOAD_AT);
export const heartbeatUptimeS = (bytes: Uint8Array, start: number): number =>
  u32(bytes, start + PAYLOAD_AT + 2);

export const wakeNotifyLeafId = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT);

export const registerHardware = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT);
export const registerCapabilityCount = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT + 1);
export const registerCapability = (bytes: Uint8Array, start: number, index: number): number =>
  u8(bytes, start + PAYLOAD_AT + 2 + index);

export const commandId = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT);
export const commandArgBytes = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + PAYLOAD_AT + 1);
/** The argument of a known command as the number it is on the wire; 0 for one that has none. */
export function commandArg(bytes: Uint8Array, start: number): number {
  const at = start + PAYLOAD_AT + 2;
  switch (ARG_BYTES[commandId(bytes, start)]) {
    case 1:
      return u8(bytes, at);
    case 2:
      return u16(bytes, at);
    case 4:
      return u32(bytes, at);
    default:
      return 0;
  }
}

export const timeSyncUnixS = (bytes: Uint8Array, start: number): number =>
  u32(bytes, start + PAYLOAD_AT);

/** In range by `checkFrame`: typed arrays have no other way to say so. */
const u8 = (bytes: Uint8Array, at: number): number => bytes[at] as number;
const u16 = (bytes: Uint8Array, at: number): number => u8(bytes, at) | (u8(bytes, at + 1) << 8);
const u32 = (bytes: Uint8Array, at: number): number =>
  (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;

/** Two views of four bytes, for where there is none of all. */
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
function f32(bytes: Uint8Array, at: number): number {
  if (bytes === seen.bytes) return seen.view.getFloat32(at & OFFSET_MASK, true);
  bits[0] = u32(bytes, at);
  return float[0] as number;
}
