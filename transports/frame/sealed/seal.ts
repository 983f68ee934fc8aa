/**
 * Seals and opens wire v2 frames, and derives the keys of pairing. WIRE.md draws the frame:
 *
 *   0     1     2     3      4       5       7      11        13         length-8
 *   0x53  0x02  type  keyNo  length  leafId  epoch  sequence  payload…   tag
 *               └──────────── nonce, and two zeros ────────┘
 *   └──────────────── in clear, but proved ────────────────┘  sealed
 *
 * A key is 44 words of a table at `keyAt`: `expandKey` makes them, once a key. Nothing is allocated a
 * frame.
 */
import { PAIRING_LABEL, SEALED, SEALED_AT } from "../../../firmware/wire/sealed-types.ts";
import { encryptBlock, expandKey } from "./aes.ts";
import { ccmOpen, ccmSeal } from "./ccm.ts";
import { clearBytes } from "./read.ts";

/** Its last two bytes stay zero. */
const nonce = new Uint8Array(SEALED.nonceBytes);

/**
 * Seals `frame[start, payloadEnd)`, header (`writeHeader`) and payload, where it lies; there is room for
 * 8 more bytes. Returns the frame's length. The caller's promise: under one key and in one direction
 * (epoch, sequence) never comes twice.
 */
export function sealFrame(
  keys: Int32Array,
  keyAt: number,
  frame: Uint8Array,
  start: number,
  payloadEnd: number,
): number {
  const length = payloadEnd - start + SEALED.tagBytes;
  if (length > SEALED.bytesMax) {
    throw new RangeError(`a sealed frame holds ${SEALED.payloadBytesMax} bytes of payload`);
  }
  frame[start + SEALED_AT.length] = length;
  takeNonce(frame, start);
  const textFrom = start + clearBytes(frame, start);
  ccmSeal(keys, keyAt, nonce, frame, start, textFrom, payloadEnd, SEALED.tagBytes);
  return length;
}

/**
 * Opens `bytes[start, end)`, sound by `checkSealed`, into `out`, from `outAt`: header and payload as
 * they were, without the tag. Returns their length, or 0 for a tag that is not right under this key.
 */
export function openFrame(
  keys: Int32Array,
  keyAt: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outAt: number,
): number {
  takeNonce(bytes, start);
  const clear = clearBytes(bytes, start);
  const textTo = end - SEALED.tagBytes;
  const text = start + clear;
  const textAt = outAt + clear;
  if (!ccmOpen(keys, keyAt, nonce, bytes, start, text, textTo, SEALED.tagBytes, out, textAt))
    return 0;
  for (let n = 0; n < clear; n++) out[outAt + n] = bytes[start + n] as number;
  return textTo - start;
}

function takeNonce(bytes: Uint8Array, start: number): void {
  for (let n = 0; n < SEALED.nonceHeaderBytes; n++) {
    nonce[n] = bytes[start + SEALED_AT.type + n] as number;
  }
}

/** Of a device: what its install code (16 bytes) makes of the label. */
export const pairingKey = (installCode: Uint8Array): Uint8Array =>
  encrypted(installCode, Buffer.from(PAIRING_LABEL, "latin1"));

/** Of the device with this EUI (8 bytes), where a whole fleet's codes come from one secret of 16 bytes. */
export function fleetInstallCode(fleetSecret: Uint8Array, eui: Uint8Array): Uint8Array {
  const block = new Uint8Array(SEALED.keyBytes);
  block.set(eui.subarray(0, SEALED.euiBytes));
  return encrypted(fleetSecret, block);
}

function encrypted(key: Uint8Array, block: Uint8Array): Uint8Array {
  const words = new Int32Array(new Uint8Array(block).buffer);
  encryptBlock(expandKey(key), 0, words, words);
  return new Uint8Array(words.buffer);
}
