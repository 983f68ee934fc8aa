/** The vector files that hold every codec of sealed frames, in every language, to the same answers. */
import { readFileSync } from "node:fs";
import type { SealedFault } from "../../../../firmware/wire/sealed-types.ts";
import type { SealedFrame } from "../../../../transports/frame/sealed/sealed-frame.ts";

export interface SealedVector {
  readonly name: string;
  readonly file: string;
  /** Under which it is opened, hex. */
  readonly key: string;
  readonly hex: string;
  readonly frame?: SealedFrame;
  readonly fault?: SealedFault;
  /** What encoding `frame` gives, where bytes on the wire are ignored. */
  readonly canonicalHex?: string;
}

const read = (file: string) =>
  JSON.parse(
    readFileSync(
      new URL(`../../../../firmware/wire/sealed-vectors/${file}`, import.meta.url),
      "utf8",
    ),
  );

export const sealedVectors: readonly SealedVector[] = ["frames.json", "faults.json"].flatMap(
  (file) => read(file).map((vector: SealedVector) => ({ ...vector, file })),
);

/** Of RFC 3610 and NIST's CAVP, those with our 13-byte nonce. `sealed` is text and tag. */
export const ccmVectors: readonly {
  readonly name: string;
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly clear: Buffer;
  readonly text: Buffer;
  readonly sealed: Buffer;
}[] = read("ccm.json").map(({ name, ...fields }: Record<string, string>) => ({
  name,
  ...Object.fromEntries(
    Object.entries(fields).map(([field, hex]) => [field, Buffer.from(hex, "hex")]),
  ),
}));
