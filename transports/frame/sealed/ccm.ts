/**
 * AES-CCM (SP 800-38C, RFC 3610) with a 13-byte nonce, so a length field of two bytes:
 *
 *   bytes   aadFrom      textFrom        textTo
 *           │ in clear   │ sealed        │ tag
 *
 *   MAC  = CBC-MAC( B0, length of what is in clear, what is in clear, text )
 *   text ^= AES( 01, nonce, 1.. )        tag = MAC ^ AES( 01, nonce, 0 )
 *
 * Nothing is allocated: two blocks of state serve every frame of the thread.
 */
import { encryptBlock } from "./aes.ts";

const BLOCK_BYTES = 16;
const NONCE_BYTES = 13;
/** B0's flags: bit 6 says that something is in clear, bits 3..5 (tag - 2) / 2, the rest 2 - 1. */
const CLEAR_FLAG = 0x40;
const LENGTH_FLAG = 0x01;

const mac = new Int32Array(4);
const macBytes = new Uint8Array(mac.buffer);
const counter = new Int32Array(4);
const counterBytes = new Uint8Array(counter.buffer);
const stream = new Int32Array(4);
const streamBytes = new Uint8Array(stream.buffer);

/** Seals `bytes[textFrom, textTo)` where it lies and puts the tag behind it. */
export function ccmSeal(
  keys: Int32Array,
  keyAt: number,
  nonce: Uint8Array,
  bytes: Uint8Array,
  aadFrom: number,
  textFrom: number,
  textTo: number,
  tagBytes: number,
): void {
  startMac(keys, keyAt, nonce, textTo - textFrom, textFrom - aadFrom, tagBytes);
  absorbClear(keys, keyAt, bytes, aadFrom, textFrom);
  absorb(keys, keyAt, bytes, textFrom, textTo);
  startStream(nonce);
  addStream(keys, keyAt, bytes, textFrom, textTo, bytes, textFrom);
  finishMac(keys, keyAt);
  for (let n = 0; n < tagBytes; n++) bytes[textTo + n] = macBytes[n] as number;
}

/**
 * Opens `bytes[textFrom, textTo)` into `out`, from `outAt`. False when the tag behind it is not the
 * right one; `out` then holds zeros. It may be the same bytes, which are lost then.
 */
export function ccmOpen(
  keys: Int32Array,
  keyAt: number,
  nonce: Uint8Array,
  bytes: Uint8Array,
  aadFrom: number,
  textFrom: number,
  textTo: number,
  tagBytes: number,
  out: Uint8Array,
  outAt: number,
): boolean {
  const length = textTo - textFrom;
  startMac(keys, keyAt, nonce, length, textFrom - aadFrom, tagBytes);
  absorbClear(keys, keyAt, bytes, aadFrom, textFrom);
  startStream(nonce);
  addStream(keys, keyAt, bytes, textFrom, textTo, out, outAt);
  absorb(keys, keyAt, out, outAt, outAt + length);
  finishMac(keys, keyAt);
  // All of them are looked at, so that the time tells nothing of the right tag.
  let wrong = 0;
  for (let n = 0; n < tagBytes; n++)
    wrong |= (bytes[textTo + n] as number) ^ (macBytes[n] as number);
  if (wrong === 0) return true;
  out.fill(0, outAt, outAt + length);
  return false;
}

function startMac(
  keys: Int32Array,
  keyAt: number,
  nonce: Uint8Array,
  textBytes: number,
  clearBytes: number,
  tagBytes: number,
): void {
  macBytes[0] = (clearBytes > 0 ? CLEAR_FLAG : 0) | (((tagBytes - 2) / 2) << 3) | LENGTH_FLAG;
  for (let n = 0; n < NONCE_BYTES; n++) macBytes[1 + n] = nonce[n] as number;
  macBytes[14] = textBytes >>> 8;
  macBytes[15] = textBytes;
  encryptBlock(keys, keyAt, mac, mac);
}

/** Less than 0xff00 bytes: their number then takes two bytes, high one first (RFC 3610, 2.2). */
function absorbClear(
  keys: Int32Array,
  keyAt: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const length = to - from;
  if (length === 0) return;
  macBytes[0] = (macBytes[0] as number) ^ (length >>> 8);
  macBytes[1] = (macBytes[1] as number) ^ length;
  const first = Math.min(to, from + BLOCK_BYTES - 2);
  for (let at = from, n = 2; at < first; at++, n++) {
    macBytes[n] = (macBytes[n] as number) ^ (bytes[at] as number);
  }
  encryptBlock(keys, keyAt, mac, mac);
  absorb(keys, keyAt, bytes, first, to);
}

/** The last block is filled up with zeros, which change nothing. */
function absorb(
  keys: Int32Array,
  keyAt: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; ) {
    const blockEnd = Math.min(to, at + BLOCK_BYTES);
    for (let n = 0; at < blockEnd; at++, n++) {
      macBytes[n] = (macBytes[n] as number) ^ (bytes[at] as number);
    }
    encryptBlock(keys, keyAt, mac, mac);
  }
}

function startStream(nonce: Uint8Array): void {
  counterBytes[0] = LENGTH_FLAG;
  for (let n = 0; n < NONCE_BYTES; n++) counterBytes[1 + n] = nonce[n] as number;
}

function addStream(
  keys: Int32Array,
  keyAt: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  outAt: number,
): void {
  let at = from;
  for (let block = 1; at < to; block++) {
    counterBytes[14] = block >>> 8;
    counterBytes[15] = block;
    encryptBlock(keys, keyAt, counter, stream);
    const blockEnd = Math.min(to, at + BLOCK_BYTES);
    for (let n = 0; at < blockEnd; at++, n++) {
      out[outAt + at - from] = (bytes[at] as number) ^ (streamBytes[n] as number);
    }
  }
}

function finishMac(keys: Int32Array, keyAt: number): void {
  counterBytes[14] = 0;
  counterBytes[15] = 0;
  encryptBlock(keys, keyAt, counter, stream);
  for (let n = 0; n < 4; n++) mac[n] = (mac[n] as number) ^ (stream[n] as number);
}
