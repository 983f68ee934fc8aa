/** Time: the one source of it, virtual under simulation. */

export interface Clock {
  /** ms since the epoch; may jump when the machine's clock is set. */
  nowMs(): number;
  /** ms since some fixed moment, with fractions; never goes back. */
  monotonicMs(): number;
  /** Calls `ring` once, `delayMs` from now or a little later. Returns how to cancel it. */
  after(delayMs: number, ring: () => void): () => void;
}

/** The longest delay of `setTimeout`, 2^31 - 1 ms; a longer one is begun again by its owner. */
const TIMEOUT_MS_MAX = 0x7fff_ffff;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, ring) {
    const timeout = setTimeout(ring, Math.min(Math.max(delayMs, 0), TIMEOUT_MS_MAX));
    return () => clearTimeout(timeout);
  },
};
