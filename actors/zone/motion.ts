/**
 * Motion is an event, not a quantity: a zone is in motion while any source has reported it within
 * the last 300 s (SOMS v1's window). A report of 0 does not end it; people sit still between moves.
 */
import type { FusedValue } from "./messages.ts";

export const MOTION_WINDOW_MS = 300_000;

export class Motion {
  /** source → last report, and last report of motion. Bounded by the zone's bound on sources. */
  readonly #sources = new Map<string, { heardMs: number; movedMs: number }>();

  accept(source: string, isMoving: boolean, atMs: number): void {
    const known = this.#sources.get(source);
    if (known === undefined) {
      this.#sources.set(source, { heardMs: atMs, movedMs: isMoving ? atMs : -Infinity });
      return;
    }
    known.heardMs = Math.max(known.heardMs, atMs);
    if (isMoving) known.movedMs = Math.max(known.movedMs, atMs);
  }

  forget(source: string): void {
    this.#sources.delete(source);
  }

  isActive(nowMs: number): boolean {
    for (const { movedMs } of this.#sources.values()) {
      if (nowMs - movedMs < MOTION_WINDOW_MS) return true;
    }
    return false;
  }

  /** Who moved last, and when. */
  newest(): { readonly source: string; readonly atMs: number } | undefined {
    let newest: { readonly source: string; readonly atMs: number } | undefined;
    for (const [source, { movedMs: atMs }] of this.#sources) {
      if (atMs > (newest?.atMs ?? -Infinity)) newest = { source, atMs };
    }
    return newest;
  }

  /** 1 or 0 with the number of motion sensors; undefined without any. */
  value(nowMs: number): FusedValue | undefined {
    if (this.#sources.size === 0) return undefined;
    let atMs = 0;
    for (const { heardMs } of this.#sources.values()) atMs = Math.max(atMs, heardMs);
    return { value: this.isActive(nowMs) ? 1 : 0, atMs, sources: this.#sources.size };
  }
}
