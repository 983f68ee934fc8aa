/**
 * A frame byte by byte, for people: each field with its place, its name and what it says. Whatever the bytes are,
 * all of them are named: what makes no sense is called by what it is.
 */
import { AT, FRAME, MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import { shortestFloat32 } from "./float32.ts";
import { toHex } from "./hex.ts";
import {
  capabilityName,
  channelName,
  commandName,
  hardwareName,
  messageTypeName,
  outcomeName,
  sealedTypeName,
} from "./names.ts";
import { clearBytes, sealedKind, wireVersion } from "./sealed/read.ts";

export interface FrameField {
  readonly at: number;
  readonly bytes: number;
  readonly name: string;
  readonly value: string;
}

/** The frame as it came: of v2 what is in clear, and how much is sealed. */
export function frameFields(bytes: Uint8Array): FrameField[] {
  const fields = new Fields(bytes, bytes.length);
  if (wireVersion(bytes, 0, bytes.length) === SEALED.version) {
    sealedHead(fields);
    const tagAt = bytes.length - SEALED.tagBytes;
    if (fields.left >= SEALED.tagBytes && clearBytes(bytes, 0) > SEALED.headerBytes) {
      fields.hex("EUI", SEALED.euiBytes);
    }
    if (tagAt > fields.at) fields.say("sealed", tagAt - fields.at, "AES-128-CCM");
    fields.rest("tag");
    return fields.all;
  }
  fields.byte("magic", (value) => (value === FRAME.magic ? "'S'" : "not a frame's"));
  fields.byte("version", String);
  fields.byte("type", (code) => messageTypeName(code) ?? unknown(code));
  fields.byte("leaf", String);
  const end = Math.max(fields.at, bytes.length - FRAME.checksumBytes);
  v1Payload(fields.within(end), bytes[AT.type] ?? -1);
  fields.at = end;
  const isRight = bytes.reduce((xor, byte) => xor ^ byte, 0) === 0;
  fields.byte("checksum", () => (isRight ? "right" : "wrong"));
  return fields.all;
}

/** What was sealed, once its hub opened it: the bytes are header and payload. */
export function openedFields(bytes: Uint8Array): FrameField[] {
  const fields = new Fields(bytes, bytes.length);
  fields.at = Math.min(SEALED.headerBytes, bytes.length);
  sealedPayload(fields, sealedKind(bytes, 0));
  fields.rest("more");
  return fields.all;
}

function sealedHead(fields: Fields): void {
  fields.byte("magic", (value) => (value === SEALED.magic ? "'S'" : "not a frame's"));
  fields.byte("version", String);
  fields.byte("type", (code) => {
    const kind = code < SEALED.hubBit ? code & ~SEALED.answerBit : code;
    const name = sealedTypeName(kind) ?? unknown(kind);
    return kind === code ? name : `${name}, to be answered`;
  });
  fields.byte("key generation", String);
  fields.byte("length", (value) => `${value} bytes`);
  fields.u16("leaf", String);
  fields.u32("epoch", String);
  fields.u16("sequence", String);
}

function v1Payload(fields: Fields, type: number): void {
  switch (type) {
    case MESSAGE_TYPES.SENSOR_REPORT:
      readings(fields, fields.byte("readings", String));
      break;
    case MESSAGE_TYPES.HEARTBEAT:
      fields.u16("battery", (mv) => `${mv} mV`);
      fields.u32("up for", (seconds) => `${seconds} s`);
      break;
    case MESSAGE_TYPES.WAKE_NOTIFY:
      fields.byte("woken leaf", String);
      break;
    case MESSAGE_TYPES.REGISTER:
      fields.byte("hardware", hardwareName);
      capabilities(fields);
      break;
    case MESSAGE_TYPES.COMMAND:
      fields.byte("command", (code) => commandName(code) ?? unknown(code));
      fields.byte("argument bytes", String);
      fields.rest("argument");
      break;
    case MESSAGE_TYPES.TIME_SYNC:
      fields.u32("time", (seconds) => new Date(seconds * 1_000).toISOString());
      break;
  }
  fields.rest("more");
}

function sealedPayload(fields: Fields, kind: number): void {
  switch (kind) {
    case SEALED_TYPES.REPORT:
      while (fields.left > 0) {
        fields.u32("age", (ms) => (ms === 0 ? "now" : `${ms / 1_000} s before`));
        readings(fields, fields.byte("readings", String));
      }
      break;
    case SEALED_TYPES.HEARTBEAT:
      fields.u16("battery", (mv) => `${mv} mV`);
      fields.u32("up for", (seconds) => `${seconds} s`);
      fields.u16("waiting readings", String);
      fields.u16("dropped readings", String);
      fields.u16("config version", String);
      break;
    case SEALED_TYPES.WAKE_NOTIFY:
      for (let count = fields.byte("leaves", String); count > 0 && fields.left > 0; count--)
        fields.u16("woken leaf", String);
      break;
    case SEALED_TYPES.REGISTER:
      fields.byte("hardware", hardwareName);
      fields.byte("flags", (flags) => ((flags & 1) !== 0 ? "sleeps" : "awake"));
      fields.u16("firmware", String);
      fields.u16("config version", String);
      capabilities(fields);
      break;
    case SEALED_TYPES.RESULT:
      while (fields.left > 0) {
        fields.u32("command", String);
        fields.byte("outcome", (code) => outcomeName(code) ?? unknown(code));
      }
      break;
    case SEALED_TYPES.PAIR_REQUEST:
      fields.hex("EUI", SEALED.euiBytes);
      fields.hex("challenge", SEALED.challengeBytes);
      break;
  }
}

function readings(fields: Fields, count: number): void {
  for (let i = 0; i < count && fields.left > 0; i++) {
    fields.byte("channel", channelName);
    fields.f32("value");
  }
}

function capabilities(fields: Fields): void {
  for (let count = fields.byte("capabilities", String); count > 0 && fields.left > 0; count--)
    fields.byte("capability", capabilityName);
}

const unknown = (code: number): string => `unknown 0x${code.toString(16).padStart(2, "0")}`;

/** Walks along the bytes; a field that they end in is called cut off, and nothing is read beyond. */
class Fields {
  at = 0;
  readonly all: FrameField[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;

  constructor(bytes: Uint8Array, end: number, all: FrameField[] = []) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = end;
    this.all = all;
  }

  /** The same walk up to an earlier end. */
  within(end: number): Fields {
    const inner = new Fields(this.#bytes, end, this.all);
    inner.at = this.at;
    return inner;
  }

  get left(): number {
    return this.#end - this.at;
  }

  byte(name: string, value: (raw: number) => string): number {
    return this.#number(name, 1, (at) => this.#view.getUint8(at), value);
  }
  u16(name: string, value: (raw: number) => string): number {
    return this.#number(name, 2, (at) => this.#view.getUint16(at, true), value);
  }
  u32(name: string, value: (raw: number) => string): number {
    return this.#number(name, 4, (at) => this.#view.getUint32(at, true), value);
  }
  f32(name: string): void {
    const text = (value: number) => String(shortestFloat32(value));
    this.#number(name, 4, (at) => this.#view.getFloat32(at, true), text);
  }

  hex(name: string, bytes: number): void {
    const shown = Math.min(bytes, this.left);
    if (shown > 0) this.say(name, shown, toHex(this.#bytes, this.at, this.at + shown));
  }

  /** All that is left, if anything is. */
  rest(name: string): void {
    this.hex(name, this.left);
  }

  say(name: string, bytes: number, value: string): void {
    this.all.push({ at: this.at, bytes, name, value });
    this.at += bytes;
  }

  #number(
    name: string,
    bytes: number,
    read: (at: number) => number,
    value: (raw: number) => string,
  ): number {
    if (this.left < bytes) {
      if (this.left > 0) this.say(name, this.left, "cut off");
      return 0;
    }
    const raw = read(this.at);
    this.say(name, bytes, value(raw));
    return raw;
  }
}
