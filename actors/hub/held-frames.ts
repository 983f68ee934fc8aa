/**
 * Frames that come while a restarted hub waits for its records: copied, since their bytes are valid
 * only until the handler returns, and handled when the records are there.
 */

/** Two frames of each of 256 leaves; 128 KiB at most. The answer takes milliseconds. */
const FRAMES_MAX = 512;

export type FrameHandler = (
  bytes: Uint8Array,
  start: number,
  end: number,
  peer: number,
  atMs: number,
) => void;

export class HeldFrames {
  readonly #frames: { bytes: Uint8Array; peer: number; atMs: number }[] = [];

  /** False when there is no room for another. */
  hold(bytes: Uint8Array, start: number, end: number, peer: number, atMs: number): boolean {
    if (this.#frames.length === FRAMES_MAX) return false;
    this.#frames.push({ bytes: bytes.slice(start, end), peer, atMs });
    return true;
  }

  release(handle: FrameHandler): void {
    for (const { bytes, peer, atMs } of this.#frames.splice(0)) {
      handle(bytes, 0, bytes.length, peer, atMs);
    }
  }
}
