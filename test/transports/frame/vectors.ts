/** The vector files that hold every codec, in every language, to the same answers. */
import { readdirSync, readFileSync } from "node:fs";
import type { FrameFault } from "../../../firmware/wire/frame-types.ts";
import type { Frame } from "../../../transports/frame/frame.ts";

export interface FrameVector {
  readonly name: string;
  readonly file: string;
  readonly hex: string;
  readonly frame?: Frame;
  readonly fault?: FrameFault;
  /** What encoding `frame` gives, where bytes on the wire are ignored. */
  readonly canonicalHex?: string;
}

export interface EncodeVector {
  readonly name: string;
  readonly input: unknown;
  readonly hex?: string;
  readonly fault?: "badInput";
  /** The field that the refusal must name. */
  readonly says?: string;
}

const directory = new URL("../../../firmware/wire/vectors/", import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, directory), "utf8"));

export const frameVectors: readonly FrameVector[] = readdirSync(directory)
  .filter((file) => file !== "encode.json")
  .sort()
  .flatMap((file) => read(file).map((vector: FrameVector) => ({ ...vector, file })));

export const encodeVectors: readonly EncodeVector[] = read("encode.json");
