/**
 * What a WAV says of itself: RIFF chunks, of which `fmt ` and `data` matter. Source: Microsoft, "Multimedia
 * Programming Interface and Data Specifications 1.0", chapter 3.
 *
 *   0      4      8      12     16            20      22        24     28           32     34    …
 *   RIFF   size   WAVE   fmt␣   bytes of fmt  format  channels  rate   bytes/s u32  align  bits  … data  bytes
 */
import { err, ok, type Result } from "../../runtime/result.ts";

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Real files have three or four. */
const CHUNKS_MAX = 64;

/** Seconds of sound; `badAnswer` for what is no whole WAV. */
export function wavSeconds(bytes: Uint8Array): Result<number, "badAnswer"> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || tag(bytes, 0) !== "RIFF" || tag(bytes, 8) !== "WAVE") {
    return err("badAnswer");
  }
  let bytesPerSecond = 0;
  let at = HEADER_BYTES;
  for (let chunk = 0; chunk < CHUNKS_MAX && at + CHUNK_HEADER_BYTES <= bytes.length; chunk++) {
    const name = tag(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + CHUNK_HEADER_BYTES;
    if (body + size > bytes.length) return err("badAnswer");
    if (name === "fmt " && size >= 16) bytesPerSecond = view.getUint32(body + 8, true);
    if (name === "data") return bytesPerSecond === 0 ? err("badAnswer") : ok(size / bytesPerSecond);
    at = body + size + (size % 2); // chunks begin at even places
  }
  return err("badAnswer");
}

const tag = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + 4));
