/**
 * Reads a wire v2 frame where it lies: no copy, no object, no exception.
 *
 *   bytes ──checkSealed──▶ openFrame (seal.ts) ──▶ header and payload ──checkOpened──▶ readers
 *
 * An opened frame is its header and its payload, without the tag. The header's readers hold for both.
 * Multi-byte fields are little-endian.
 */
import { COMMANDS } from "../../../firmware/wire/frame-types.ts";
import {
  SEALED,
  SEALED_AT,
  SEALED_PAYLOAD_BYTES,
  SEALED_TYPES,
  type SealedFault,
} from "../../../firmware/wire/sealed-types.ts";

const { REPORT, WAKE_NOTIFY, REGISTER, RESULT, PAIR_REQUEST, COMMAND, CONFIG, TIME_SYNC } =
  SEALED_TYPES;

/** Checks, before any key is known, in the order of WIRE.md; undefined: header and tag can be read. */
export function checkSealed(
  bytes: Uint8Array,
  start: number,
  end: number,
): SealedFault | undefined {
  const length = end - start;
  if (length < SEALED.bytesMin) return "tooShort";
  if (length > SEALED.bytesMax) return "tooLong";
  if (bytes[start] !== SEALED.magic) return "badMagic";
  if (bytes[start + SEALED_AT.version] !== SEALED.version) return "unsupportedVersion";
  if (bytes[start + SEALED_AT.length] !== length) return "badLength";
  return length < clearBytes(bytes, start) + SEALED.tagBytes ? "badLength" : undefined;
}

/** Checks an opened frame's payload; undefined means that every field below can be read. */
export function checkOpened(
  bytes: Uint8Array,
  start: number,
  end: number,
): SealedFault | undefined {
  const kind = sealedKind(bytes, start);
  const at = start + SEALED_AT.payload;
  const length = end - at;
  if (length < (PAYLOAD_BYTES[kind] as number)) return "truncatedPayload";
  switch (kind) {
    case REPORT:
      return checkGroups(bytes, at, end);
    case WAKE_NOTIFY:
      return length < 1 + 2 * u8(bytes, at) ? "truncatedPayload" : undefined;
    case REGISTER:
      return length < 7 + u8(bytes, at + 6) ? "truncatedPayload" : undefined;
    case RESULT:
      return length % SEALED.resultBytes !== 0 ? "truncatedPayload" : undefined;
    case COMMAND: {
      const argBytes = u8(bytes, at + 7);
      const needed = ARG_BYTES[u8(bytes, at + 6)] as number;
      return length - 8 < argBytes || argBytes < needed ? "truncatedPayload" : undefined;
    }
    case CONFIG:
      return checkSettings(bytes, at + 2, end);
    case TIME_SYNC:
      // Beyond 2^53 ms a number is no longer exact: the year is 287,396.
      return u32(bytes, at + 4) > 0x1fffff ? "badValue" : undefined;
    default:
      return undefined;
  }
}

function checkGroups(bytes: Uint8Array, from: number, end: number): SealedFault | undefined {
  let fault: SealedFault | undefined;
  for (let group = from; group < end; ) {
    if (end - group < SEALED.groupHeaderBytes) return "truncatedPayload";
    const next = groupEnd(bytes, group);
    if (next > end) return "truncatedPayload";
    for (let at = group + SEALED.groupHeaderBytes; at < next; at += SEALED.readingBytes) {
      // An exponent of all ones is a NaN or an infinity (IEEE 754-2008, 3.4).
      if ((u8(bytes, at + 4) & 0x7f) === 0x7f && u8(bytes, at + 3) >= 0x80) fault = "badValue";
    }
    group = next;
  }
  return fault;
}

function checkSettings(bytes: Uint8Array, from: number, end: number): SealedFault | undefined {
  for (let at = from; at < end; at = settingEnd(bytes, at)) {
    if (end - at < 2 || settingEnd(bytes, at) > end) return "truncatedPayload";
  }
  return undefined;
}

/** By type; 0 for an unknown one, whose payload is opaque. */
const PAYLOAD_BYTES = new Uint8Array(256);
for (const [name, bytes] of Object.entries(SEALED_PAYLOAD_BYTES)) {
  PAYLOAD_BYTES[SEALED_TYPES[name as keyof typeof SEALED_TYPES]] = bytes;
}

/** Argument width by command id; 0 for an unknown one, whose argument is opaque. */
const ARG_BYTES = new Uint8Array(256);
for (const { id, bytes } of Object.values(COMMANDS)) ARG_BYTES[id] = bytes;

/** Bytes of a frame that are in clear: the header, and a PAIR_REQUEST's EUI. */
export const clearBytes = (bytes: Uint8Array, start: number): number =>
  sealedKind(bytes, start) === PAIR_REQUEST
    ? SEALED.headerBytes + SEALED.euiBytes
    : SEALED.headerBytes;

/** 1 or 2 of a frame for leaves, by which a receiver tells v1 from v2; undefined below two bytes. */
export const wireVersion = (bytes: Uint8Array, start: number, end: number): number | undefined =>
  end - start > SEALED_AT.version ? bytes[start + SEALED_AT.version] : undefined;

/** One of SEALED_TYPES, or an unknown code: the type without a leaf's wish for an answer. */
export function sealedKind(bytes: Uint8Array, start: number): number {
  const type = u8(bytes, start + SEALED_AT.type);
  return type < SEALED.hubBit ? type & ~SEALED.answerBit : type;
}
export const sealedFromHub = (bytes: Uint8Array, start: number): boolean =>
  u8(bytes, start + SEALED_AT.type) >= SEALED.hubBit;
/** A leaf's frame that the hub is to answer with an ACK. */
export const sealedWantsAnswer = (bytes: Uint8Array, start: number): boolean =>
  (u8(bytes, start + SEALED_AT.type) & (SEALED.hubBit | SEALED.answerBit)) === SEALED.answerBit;
export const sealedKeyNo = (bytes: Uint8Array, start: number): number =>
  u8(bytes, start + SEALED_AT.keyNo);
export const sealedLeafId = (bytes: Uint8Array, start: number): number =>
  u16(bytes, start + SEALED_AT.leafId);
export const sealedEpoch = (bytes: Uint8Array, start: number): number =>
  u32(bytes, start + SEALED_AT.epoch);
export const sealedSequence = (bytes: Uint8Array, start: number): number =>
  u16(bytes, start + SEALED_AT.sequence);
/** Epoch and sequence as one number of 48 bits, exact in a double. */
export const sealedCounter = (bytes: Uint8Array, start: number): number =>
  sealedEpoch(bytes, start) * 0x10000 + sealedSequence(bytes, start);

const payload = (start: number): number => start + SEALED_AT.payload;

/**
 * A report's groups lie one behind the other, readings laid out as in v1:
 *
 *   for (let group = firstGroup(start); group < end; group = groupEnd(bytes, group)) …
 */
export const firstGroup = (start: number): number => payload(start);
export const groupEnd = (bytes: Uint8Array, group: number): number =>
  group + SEALED.groupHeaderBytes + groupCount(bytes, group) * SEALED.readingBytes;
/** How long before the frame was sent the readings were taken. */
export const groupAgeMs = (bytes: Uint8Array, group: number): number => u32(bytes, group);
export const groupCount = (bytes: Uint8Array, group: number): number => u8(bytes, group + 4);
/** Where the group's readings begin, 5 bytes each. */
export const groupReadings = (group: number): number => group + SEALED.groupHeaderBytes;
export const groupChannel = (bytes: Uint8Array, group: number, index: number): number =>
  u8(bytes, groupReadings(group) + index * SEALED.readingBytes);
export const groupValue = (bytes: Uint8Array, group: number, index: number): number =>
  f32(bytes, groupReadings(group) + index * SEALED.readingBytes + 1);

export const beatBatteryMv = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start));
export const beatUptimeS = (bytes: Uint8Array, start: number): number =>
  u32(bytes, payload(start) + 2);
/** Readings that the leaf keeps until the hub is there. */
export const beatWaiting = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 6);
/** Readings that it had no room to keep, since its start; stays at 65535. */
export const beatDropped = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 8);
export const beatConfigVersion = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 10);

export const wokenCount = (bytes: Uint8Array, start: number): number => u8(bytes, payload(start));
export const wokenLeafId = (bytes: Uint8Array, start: number, index: number): number =>
  u16(bytes, payload(start) + 1 + 2 * index);

export const sealedRegisterHardware = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start));
/** REGISTER_FLAGS. */
export const sealedRegisterFlags = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start) + 1);
export const sealedRegisterFirmware = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 2);
export const sealedRegisterConfigVersion = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 4);
export const sealedRegisterCapabilityCount = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start) + 6);
export const sealedRegisterCapability = (bytes: Uint8Array, start: number, index: number): number =>
  u8(bytes, payload(start) + 7 + index);

export const resultCount = (start: number, end: number): number =>
  (end - payload(start)) / SEALED.resultBytes;
export const resultCommandId = (bytes: Uint8Array, start: number, index: number): number =>
  u32(bytes, payload(start) + index * SEALED.resultBytes);
/** One of OUTCOMES, or a reason unknown to us. */
export const resultOutcome = (bytes: Uint8Array, start: number, index: number): number =>
  u8(bytes, payload(start) + index * SEALED.resultBytes + 4);

/** Where a PAIR_REQUEST's EUI lies (8 bytes), also before it is opened. */
export const pairRequestEuiAt = (start: number): number => payload(start);
/** Where its challenge lies (8 bytes). */
export const pairRequestChallengeAt = (start: number): number => payload(start) + SEALED.euiBytes;

export const sealedCommandId = (bytes: Uint8Array, start: number): number =>
  u32(bytes, payload(start));
/** Seconds that were left to it when it was sent; 0: it never expires. */
export const sealedCommandExpiresS = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 4);
export const sealedCommandCode = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start) + 6);
export const sealedCommandArgBytes = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start) + 7);
export const sealedCommandArgAt = (start: number): number => payload(start) + 8;
/** The argument of a known command as the number it is on the wire; 0 for one that has none. */
export function sealedCommandArg(bytes: Uint8Array, start: number): number {
  const at = sealedCommandArgAt(start);
  switch (ARG_BYTES[sealedCommandCode(bytes, start)]) {
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

export const configVersion = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start));
/** Settings lie one behind the other, as groups do. */
export const firstSetting = (start: number): number => payload(start) + 2;
export const settingKey = (bytes: Uint8Array, at: number): number => u8(bytes, at);
export const settingBytes = (bytes: Uint8Array, at: number): number => u8(bytes, at + 1);
export const settingValueAt = (at: number): number => at + 2;
export const settingEnd = (bytes: Uint8Array, at: number): number =>
  at + 2 + settingBytes(bytes, at);

export const timeSyncUnixMs = (bytes: Uint8Array, start: number): number =>
  u32(bytes, payload(start)) + u32(bytes, payload(start) + 4) * 0x100000000;

export const rekeyKeyNo = (bytes: Uint8Array, start: number): number => u8(bytes, payload(start));
export const rekeyKeyAt = (start: number): number => payload(start) + 1;

export const pairAcceptChallengeAt = (start: number): number => payload(start);
export const pairAcceptLeafId = (bytes: Uint8Array, start: number): number =>
  u16(bytes, payload(start) + 8);
export const pairAcceptKeyNo = (bytes: Uint8Array, start: number): number =>
  u8(bytes, payload(start) + 10);
export const pairAcceptKeyAt = (start: number): number => payload(start) + 11;

/** Epoch and sequence of the leaf's frame that is answered, as one number. */
export const ackCounter = (bytes: Uint8Array, start: number): number =>
  u32(bytes, payload(start)) * 0x10000 + u16(bytes, payload(start) + 4);
/** Bit n: the frame n + 1 counters before the answered one was taken, or nobody knows. */
export const ackSeenBefore = (bytes: Uint8Array, start: number): number =>
  u32(bytes, payload(start) + 6);

/** In range by the checks: typed arrays have no other way to say so. */
const u8 = (bytes: Uint8Array, at: number): number => bytes[at] as number;
const u16 = (bytes: Uint8Array, at: number): number => u8(bytes, at) | (u8(bytes, at + 1) << 8);
const u32 = (bytes: Uint8Array, at: number): number =>
  (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
function f32(bytes: Uint8Array, at: number): number {
  bits[0] = u32(bytes, at);
  return float[0] as number;
}
