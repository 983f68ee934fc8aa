/** Sealed frames of the kinds that hurt decoders, in an order that only the seed decides. */
import { SEALED, SEALED_TYPES } from "../../../../firmware/wire/sealed-types.ts";
import { expandKey } from "../../../../transports/frame/sealed/aes.ts";
import { openFrame, sealFrame } from "../../../../transports/frame/sealed/seal.ts";
import { writeHeader } from "../../../../transports/frame/sealed/write.ts";
import { type Below, mulberry32, mutated, randomBytes } from "../hostile-frames.ts";
import { sealedVectors } from "./sealed-vectors.ts";

/** Most of them carry the right tag: without it nothing gets past the seal. */
export function* hostileSealed(
  seed: number,
  count: number,
): Generator<{ readonly key: Uint8Array; readonly bytes: Uint8Array }> {
  const random = mulberry32(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  for (let index = 0; index < count; index++) {
    const vector = VECTORS[below(VECTORS.length)];
    if (vector === undefined) return;
    const { key, hex, type, payload } = vector;
    switch (below(6)) {
      case 0:
        yield { key, bytes: randomBytes(below(4) === 0 ? below(300) : below(60), below) };
        break;
      case 1:
        yield { key, bytes: mutated(hex, below) };
        break;
      case 2:
        yield { key, bytes: sealed(key, anyType(below), randomBytes(below(60), below)) };
        break;
      case 3:
        yield { key, bytes: sealed(key, anyType(below), payload) };
        break;
      default:
        yield { key, bytes: sealed(key, type, mutated(payload, below)) };
    }
  }
}

const VECTORS = sealedVectors.flatMap(({ key: keyHex, hex, frame }) => {
  if (frame === undefined) return [];
  const key = new Uint8Array(Buffer.from(keyHex, "hex"));
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  const opened = new Uint8Array(SEALED.bytesMax);
  const length = openFrame(expandKey(key), 0, bytes, 0, bytes.length, opened, 0);
  const payload = opened.slice(SEALED.headerBytes, length);
  return [{ key, hex: bytes, type: opened[2] as number, payload }];
});

/** Mostly one that has a name, so that payloads are looked at. */
const TYPES: readonly number[] = [...Object.values(SEALED_TYPES), 0x41, 0x45];
const anyType = (below: Below): number =>
  below(8) === 0 ? below(256) : (TYPES[below(TYPES.length)] as number);

function sealed(rawKey: Uint8Array, type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(SEALED.bytesMax + 16);
  const at = writeHeader(frame, 0, type, 1, 300, 7, 12);
  const fitting = payload.subarray(0, SEALED.payloadBytesMax);
  frame.set(fitting, at);
  // A PAIR_REQUEST without its EUI cannot be sealed.
  const end = Math.max(at + fitting.length, at + SEALED.euiBytes);
  return frame.slice(0, sealFrame(expandKey(rawKey), 0, frame, 0, end));
}
