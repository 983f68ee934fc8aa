/** How frames lie on a byte stream: as WIRE.md has it, or bare, as old leaves send them on a UART. */
import { STREAM } from "../../firmware/wire/frame-types.ts";
import { noResyncFaults, type ResyncFault, ResyncReader } from "./resync-reader.ts";
import {
  type FrameRange,
  noFaults,
  Splitter,
  type StreamFault,
  type StreamReader,
  toStream,
} from "./splitter.ts";

export type Framing = "cobs" | "resync";

export interface StreamCodec {
  /** What its readers refuse, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** For one connection or line. */
  reader(receiver: FrameRange): StreamReader;
  toStream(frame: Uint8Array): Uint8Array;
  /** Sent first: ends whatever noise the line made while nobody spoke, so that it costs no frame. */
  readonly opening: Uint8Array;
}

/** For one link; `frameBytesMax` of what `cobs` may receive. */
export function streamCodec(framing: Framing, frameBytesMax: number): StreamCodec {
  if (framing === "resync") {
    const refused: Record<ResyncFault, number> = noResyncFaults();
    return {
      refused,
      reader: (receiver) => new ResyncReader(receiver, refused),
      toStream: (frame) => Uint8Array.from(frame),
      opening: new Uint8Array(0),
    };
  }
  const refused: Record<StreamFault, number> = noFaults();
  return {
    refused,
    reader: (receiver) => new Splitter(receiver, frameBytesMax, refused),
    toStream,
    opening: Uint8Array.of(STREAM.delimiter),
  };
}
