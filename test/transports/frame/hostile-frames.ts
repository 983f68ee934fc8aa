/** Frames of the kinds that hurt decoders, in an order that only the seed decides. */
import { FRAME } from "../../../firmware/wire/frame-types.ts";
import { fromHex } from "../../../transports/frame/hex.ts";
import { frameVectors } from "./vectors.ts";

/** Each is valid until the next one is taken. */
export function* hostileFrames(seed: number, count: number): Generator<Uint8Array> {
  const random = mulberry32(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const sound = frameVectors.map(({ hex }) => fromHex(hex) as Uint8Array);
  for (let index = 0; index < count; index++) {
    switch (below(5)) {
      case 0:
        yield randomBytes(below(4) === 0 ? below(300) : below(40), below);
        break;
      case 1:
        yield sealed(Uint8Array.of(0x53, 1, typeCode(below), ...randomBytes(below(243), below)));
        break;
      case 2:
        yield sealed(
          Uint8Array.of(0x53, 1, typeCode(below), 7, below(4), ...randomBytes(20, below)),
        );
        break;
      default: {
        const vector = sound[below(sound.length)] as Uint8Array;
        const mutant = mutated(vector, below);
        yield below(3) === 0 ? mutant : sealed(mutant);
      }
    }
  }
}

export type Below = (bound: number) => number;

/** Mostly one of the nine types, so that payloads are looked at. */
const typeCode = (below: Below): number =>
  [0x01, 0x02, 0x03, 0x04, 0x80, 0x81, 0x82, 0xfe, 0xff, below(256)][below(10)] as number;

export const randomBytes = (length: number, below: Below): Uint8Array =>
  Uint8Array.from({ length }, () => below(256));

export function mutated(vector: Uint8Array, below: Below): Uint8Array {
  let bytes = Array.from(vector);
  for (let times = 1 + below(3); times > 0 && bytes.length > 0; times--) {
    const at = below(bytes.length);
    switch (below(5)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = [0x00, 0x01, 0x7f, 0x80, 0xff][below(5)] as number;
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes.splice(at, 0, below(256));
        break;
      default:
        bytes.splice(at, below(4));
    }
  }
  return Uint8Array.from(bytes);
}

/** With its last byte made the right checksum: without it nearly nothing gets past the XOR. */
function sealed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < FRAME.bytesMin) return bytes;
  const end = bytes.length - 1;
  bytes[end] = bytes.subarray(0, end).reduce((xor, byte) => xor ^ byte, 0);
  return bytes;
}

/** Tommy Ettinger's mulberry32: 32 bits of state, good enough to choose tests. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
