/**
 * Wire v2 (sealed frames): every number that a leaf and a hub must agree on, beside those it has in
 * common with v1 (frame-types.ts: channels, commands, hardware). WIRE.md draws the frame.
 */

export const SEALED = {
  magic: 0x53,
  version: 2,
  /** magic, version, type, key number, length, leaf id, epoch, sequence. */
  headerBytes: 13,
  tagBytes: 8,
  /** Header and tag around no payload. */
  bytesMin: 21,
  /** ESP-NOW's. */
  bytesMax: 250,
  /** 250 less header and tag. */
  payloadBytesMax: 229,
  keyBytes: 16,
  /** Header bytes 2..12 and two zeros: 15 less the two bytes of CCM's length field. */
  nonceBytes: 13,
  /** Of the header, in the nonce: all but magic and version. */
  nonceHeaderBytes: 11,
  /** In a PAIR_REQUEST, in clear before what is sealed. */
  euiBytes: 8,
  challengeBytes: 8,
  /** In the type: from hub to leaf. */
  hubBit: 0x80,
  /** In a leaf's type: the hub is to answer with an ACK. */
  answerBit: 0x40,
  /** Age u32 and count u8 before a group's readings. */
  groupHeaderBytes: 5,
  readingBytes: 5,
  /** (229 - 5) / 5, in one group. */
  readingsMax: 44,
  /** Command id u32 and outcome u8. */
  resultBytes: 5,
  /** 229 / 5. */
  resultsMax: 45,
  /** 229 less hardware, flags, firmware, config version and count. */
  capabilitiesMax: 222,
  /** 229 less the count: leaf ids of two bytes. */
  wokenMax: 114,
  /** 229 less command id, expiry, command and the argument's length. */
  argBytesMax: 221,
  /** The last commands whose outcome a leaf remembers. */
  commandMemory: 16,
  /** An ACK says of this many frames before the answered one whether they were taken. */
  seenFrames: 32,
  /** So that an answered heartbeat's ACK reaches back to the one before it, with frames to spare. */
  heartbeatEveryMax: 30,
  epochMax: 0xffffffff,
  sequenceMax: 0xffff,
} as const;

/** Offsets within a frame; a PAIR_REQUEST's EUI stands where others' payload starts. */
export const SEALED_AT = {
  magic: 0,
  version: 1,
  type: 2,
  keyNo: 3,
  length: 4,
  leafId: 5,
  epoch: 7,
  sequence: 11,
  payload: 13,
} as const;

export const SEALED_TYPES = {
  REPORT: 0x01,
  HEARTBEAT: 0x02,
  WAKE_NOTIFY: 0x03,
  REGISTER: 0x04,
  RESULT: 0x05,
  PAIR_REQUEST: 0x07,
  COMMAND: 0x80,
  CONFIG: 0x81,
  TIME_SYNC: 0x82,
  REKEY: 0x83,
  PAIR_ACCEPT: 0x84,
  ACK: 0x86,
  WAKE: 0xff,
} as const;

/** Bytes that a payload has at least; more are ignored, unless the payload is a list to its end. */
export const SEALED_PAYLOAD_BYTES = {
  REPORT: 0,
  HEARTBEAT: 12,
  WAKE_NOTIFY: 1,
  REGISTER: 7,
  RESULT: 0,
  PAIR_REQUEST: 16,
  COMMAND: 8,
  CONFIG: 2,
  TIME_SYNC: 8,
  REKEY: 17,
  PAIR_ACCEPT: 27,
  ACK: 10,
  WAKE: 0,
} as const satisfies Readonly<Record<SealedTypeName, number>>;

export const REGISTER_FLAGS = {
  /** The leaf sleeps between reports: the hub keeps what it has for it until it is heard. */
  sleeps: 0x01,
} as const;

/** What became of a command on its leaf; all but `applied` say why it was refused. */
export const OUTCOMES = {
  applied: 0,
  unknown_command: 1,
  /** Zero seconds between reports, for one. */
  bad_argument: 2,
  /** A relay that the board has not. */
  not_able: 3,
  /** Its `expiresS` ran out before the leaf could run it. */
  expired: 4,
  /** Older than all that the leaf remembers: run or not, it is not run now. */
  stale: 5,
} as const;

/** `bytes`: the value's width, an unsigned little-endian integer. A leaf skips keys unknown to it. */
export const CONFIG_KEYS = {
  interval_s: { key: 1, bytes: 2 },
  /** Reports from one heartbeat to the next, at most `heartbeatEveryMax`. */
  heartbeat_every: { key: 2, bytes: 2 },
} as const;

/** What an install code encrypts to become the pairing key: 15 letters and a zero. */
export const PAIRING_LABEL = "mycel pairing 2\0";

/** In the order in which a decoder looks for them: the first that applies is the answer. */
export const SEALED_FAULTS = [
  "tooShort",
  "tooLong",
  "badMagic",
  "unsupportedVersion",
  "badLength",
  "badTag",
  "truncatedPayload",
  "badValue",
] as const;

export type SealedTypeName = keyof typeof SEALED_TYPES;
export type ConfigKeyName = keyof typeof CONFIG_KEYS;
export type SealedFault = (typeof SEALED_FAULTS)[number];
