/**
 * Writes wire v2 frames for `sealFrame`, into a buffer of the caller's: `writeHeader` at the frame's
 * start, one of the payloads behind it. Each `write…` begins at `at` and returns where it ended.
 *
 *   const at = writeHeader(frame, 0, SEALED_TYPES.HEARTBEAT, keyNo, leafId, epoch, sequence);
 *   const length = sealFrame(keys, keyAt, frame, 0, writeBeat(frame, at, 3300, 60, 0, 0, 1));
 *
 * 250 bytes are enough, and what does not fit into them is a RangeError: a bug of the caller's.
 */
import { type OUTCOMES, SEALED, SEALED_AT } from "../../../firmware/wire/sealed-types.ts";
import { float32Bits } from "../draft.ts";

/** `type`: one of SEALED_TYPES, a leaf's with `SEALED.answerBit` where the hub is to answer. */
export function writeHeader(
  frame: Uint8Array,
  start: number,
  type: number,
  keyNo: number,
  leafId: number,
  epoch: number,
  sequence: number,
): number {
  frame[start + SEALED_AT.magic] = SEALED.magic;
  frame[start + SEALED_AT.version] = SEALED.version;
  frame[start + SEALED_AT.type] = type;
  frame[start + SEALED_AT.keyNo] = keyNo;
  put16(frame, start + SEALED_AT.leafId, leafId);
  put32(frame, start + SEALED_AT.epoch, epoch);
  put16(frame, start + SEALED_AT.sequence, sequence);
  return start + SEALED_AT.payload;
}

/** One group of a report, finite values only; as many groups as fit follow one another. */
export function writeGroup(
  frame: Uint8Array,
  at: number,
  ageMs: number,
  channels: ArrayLike<number>,
  values: ArrayLike<number>,
  count: number,
): number {
  if (count > SEALED.readingsMax) {
    throw new RangeError(`a group holds ${SEALED.readingsMax} readings`);
  }
  put32(frame, at, ageMs);
  frame[at + 4] = count;
  let reading = at + SEALED.groupHeaderBytes;
  for (let index = 0; index < count; index++, reading += SEALED.readingBytes) {
    frame[reading] = channels[index] as number;
    put32(frame, reading + 1, float32Bits(values[index] as number));
  }
  return reading;
}

export function writeBeat(
  frame: Uint8Array,
  at: number,
  batteryMv: number,
  uptimeS: number,
  waiting: number,
  dropped: number,
  configVersion: number,
): number {
  put16(frame, at, batteryMv);
  put32(frame, at + 2, uptimeS);
  put16(frame, at + 6, waiting);
  put16(frame, at + 8, dropped);
  return put16(frame, at + 10, configVersion);
}

export function writeSealedRegister(
  frame: Uint8Array,
  at: number,
  hardware: number,
  flags: number,
  firmware: number,
  configVersion: number,
  capabilities: ArrayLike<number>,
): number {
  const count = capabilities.length;
  if (count > SEALED.capabilitiesMax) {
    throw new RangeError(`a registration holds ${SEALED.capabilitiesMax} capabilities`);
  }
  frame[at] = hardware;
  frame[at + 1] = flags;
  put16(frame, at + 2, firmware);
  put16(frame, at + 4, configVersion);
  frame[at + 6] = count;
  for (let index = 0; index < count; index++) {
    frame[at + 7 + index] = capabilities[index] as number;
  }
  return at + 7 + count;
}

/** One result; as many as fit follow one another. */
export function writeResult(
  frame: Uint8Array,
  at: number,
  commandId: number,
  outcome: (typeof OUTCOMES)[keyof typeof OUTCOMES],
): number {
  put32(frame, at, commandId);
  frame[at + 4] = outcome;
  return at + SEALED.resultBytes;
}

/** The EUI goes in clear. 8 bytes each. */
export function writePairRequest(
  frame: Uint8Array,
  at: number,
  eui: Uint8Array,
  challenge: Uint8Array,
): number {
  return putBytes(
    frame,
    putBytes(frame, at, eui, SEALED.euiBytes),
    challenge,
    SEALED.challengeBytes,
  );
}

/** What a CONFIG begins with; settings follow one another. */
export const writeConfigVersion = (frame: Uint8Array, at: number, version: number): number =>
  put16(frame, at, version);

export function writeSetting(
  frame: Uint8Array,
  at: number,
  key: number,
  value: number,
  bytes: 1 | 2 | 4,
): number {
  frame[at] = key;
  frame[at + 1] = bytes;
  for (let index = 0; index < bytes; index++) frame[at + 2 + index] = value >>> (8 * index);
  return at + 2 + bytes;
}

export function writeSealedTimeSync(frame: Uint8Array, at: number, unixMs: number): number {
  put32(frame, at, unixMs % 0x100000000);
  return put32(frame, at + 4, Math.floor(unixMs / 0x100000000));
}

export function writeRekey(frame: Uint8Array, at: number, keyNo: number, key: Uint8Array): number {
  frame[at] = keyNo;
  return putBytes(frame, at + 1, key, SEALED.keyBytes);
}

export function writePairAccept(
  frame: Uint8Array,
  at: number,
  challenge: Uint8Array,
  leafId: number,
  keyNo: number,
  key: Uint8Array,
): number {
  const idAt = putBytes(frame, at, challenge, SEALED.challengeBytes);
  return writeRekey(frame, put16(frame, idAt, leafId), keyNo, key);
}

/**
 * `epoch` and `sequence` of the leaf's frame that is answered. `seenBefore`: bit n says that the frame
 * n + 1 counters before it was taken, or that nobody knows (all ones after a restart). The leaf sends the
 * readings of the others again in a new frame, so a hub takes nothing older than what it has answered.
 */
export const writeSealedAck = (
  frame: Uint8Array,
  at: number,
  epoch: number,
  sequence: number,
  seenBefore: number,
): number => put32(frame, put16(frame, put32(frame, at, epoch), sequence), seenBefore);

function put16(frame: Uint8Array, at: number, value: number): number {
  frame[at] = value;
  frame[at + 1] = value >>> 8;
  return at + 2;
}

function put32(frame: Uint8Array, at: number, value: number): number {
  put16(frame, at, value);
  return put16(frame, at + 2, value >>> 16);
}

function putBytes(frame: Uint8Array, at: number, bytes: Uint8Array, length: number): number {
  if (bytes.length !== length) throw new RangeError(`${length} bytes are needed`);
  frame.set(bytes, at);
  return at + length;
}
