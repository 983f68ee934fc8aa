/** A periodic timer on a clock that only knows single ones. */
import type { Clock } from "../runtime/clock.ts";

/** Calls `tick` every `periodMs`, late ticks merged, until the returned function is called. */
export function every(clock: Pick<Clock, "after">, periodMs: number, tick: () => void): () => void {
  let cancel = clock.after(periodMs, ring);
  function ring(): void {
    // Armed first, so that `tick` may stop the timer.
    cancel = clock.after(periodMs, ring);
    tick();
  }
  return () => cancel();
}
