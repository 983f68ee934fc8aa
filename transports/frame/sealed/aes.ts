/**
 * AES-128, encryption of single blocks only, which is all that CCM needs in both directions (FIPS 197).
 * Ours for its garbage: a block costs 80 ns and no byte, where node:crypto costs microseconds a call and
 * a library an object a block (docs/decisions/0016). Tests hold it to node:crypto.
 *
 * Words are little-endian, as are all machines that Node runs Mycel on. The tables' cache lines can tell
 * the key to another program that runs on the same core: a hub's machine is trusted.
 */

/** An expanded key's 32-bit words: 11 round keys of 16 bytes. 25,000 leaves' keys take 4.4 MB. */
export const ROUND_KEY_WORDS = 44;

const KEY_WORDS = 4;
const LAST_ROUND = 40;

const SBOX = makeSbox();
/** SubBytes, ShiftRows and MixColumns of a column at once (Daemen and Rijmen, section 5.2.1). */
const T0 = makeTable(0);
const T1 = makeTable(8);
const T2 = makeTable(16);
const T3 = makeTable(24);

/** Expands `key[start, start + 16)` into 44 words of `into`, from `at`. */
export function expandKey(
  key: Uint8Array,
  start = 0,
  into = new Int32Array(ROUND_KEY_WORDS),
  at = 0,
): Int32Array {
  for (let word = 0; word < KEY_WORDS; word++) {
    const from = start + 4 * word;
    into[at + word] =
      u8(key, from) |
      (u8(key, from + 1) << 8) |
      (u8(key, from + 2) << 16) |
      (u8(key, from + 3) << 24);
  }
  let roundConstant = 1;
  for (let word = at + KEY_WORDS; word < at + ROUND_KEY_WORDS; word++) {
    let mixed = into[word - 1] as number;
    if ((word - at) % KEY_WORDS === 0) {
      const turned = (mixed >>> 8) | (mixed << 24);
      mixed = substituted(turned, turned, turned, turned) ^ roundConstant;
      roundConstant = timesTwo(roundConstant);
    }
    into[word] = (into[word - KEY_WORDS] as number) ^ mixed;
  }
  return into;
}

/** Encrypts the four words of `from` into `to`, which may be the same. */
export function encryptBlock(
  keys: Int32Array,
  keyAt: number,
  from: Int32Array,
  to: Int32Array,
): void {
  let a = (from[0] as number) ^ (keys[keyAt] as number);
  let b = (from[1] as number) ^ (keys[keyAt + 1] as number);
  let c = (from[2] as number) ^ (keys[keyAt + 2] as number);
  let d = (from[3] as number) ^ (keys[keyAt + 3] as number);
  let k = keyAt + 4;
  for (const last = keyAt + LAST_ROUND; k < last; k += 4) {
    const e = (keys[k] as number) ^ column(a, b, c, d);
    const f = (keys[k + 1] as number) ^ column(b, c, d, a);
    const g = (keys[k + 2] as number) ^ column(c, d, a, b);
    d = (keys[k + 3] as number) ^ column(d, a, b, c);
    a = e;
    b = f;
    c = g;
  }
  to[0] = (keys[k] as number) ^ substituted(a, b, c, d);
  to[1] = (keys[k + 1] as number) ^ substituted(b, c, d, a);
  to[2] = (keys[k + 2] as number) ^ substituted(c, d, a, b);
  to[3] = (keys[k + 3] as number) ^ substituted(d, a, b, c);
}

function column(a: number, b: number, c: number, d: number): number {
  return (
    (T0[a & 0xff] as number) ^
    (T1[(b >>> 8) & 0xff] as number) ^
    (T2[(c >>> 16) & 0xff] as number) ^
    (T3[d >>> 24] as number)
  );
}

function substituted(a: number, b: number, c: number, d: number): number {
  return (
    u8(SBOX, a & 0xff) |
    (u8(SBOX, (b >>> 8) & 0xff) << 8) |
    (u8(SBOX, (c >>> 16) & 0xff) << 16) |
    (u8(SBOX, d >>> 24) << 24)
  );
}

/** In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2). */
function timesTwo(value: number): number {
  return ((value << 1) ^ (value & 0x80 ? 0x1b : 0)) & 0xff;
}

/** Inverses, found by walking the field by powers of 3, then the affine map (FIPS 197, 5.1.1). */
function makeSbox(): Uint8Array {
  const powers = new Uint8Array(256);
  let power = 1;
  for (let exponent = 0; exponent < 256; exponent++) {
    powers[exponent] = power;
    power ^= timesTwo(power);
  }
  const sbox = new Uint8Array(256);
  sbox[0] = 0x63;
  for (let exponent = 0; exponent < 255; exponent++) {
    const inverse = u8(powers, 255 - exponent);
    const twice = inverse | (inverse << 8);
    const mapped = twice ^ (twice >>> 4) ^ (twice >>> 5) ^ (twice >>> 6) ^ (twice >>> 7);
    sbox[u8(powers, exponent)] = mapped ^ 0x63;
  }
  return sbox;
}

function makeTable(turnBits: number): Int32Array {
  return Int32Array.from(SBOX, (once) => {
    const twice = timesTwo(once);
    const word = twice | (once << 8) | (once << 16) | ((twice ^ once) << 24);
    return turnBits === 0 ? word : (word << turnBits) | (word >>> (32 - turnBits));
  });
}

/** In range by construction: typed arrays have no other way to say so. */
function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
