/** The page's one source of time and chance, and of what the node's clock says. */

/** Below this, a difference is the HTTP date's resolution (1 s) and the way; above, a wrong clock. */
const SKEW_MS_MIN = 3_000;

let skewMs = 0;

/** Since the page was opened, as animation frames count it: never set back, and small enough for a float32. */
export const pageNowMs = (): number => performance.now();

export const nowMs = (): number => Date.now();

/** Now by the node's clock, which all times in the feed are on. */
export const nodeNowMs = (): number => Date.now() + skewMs;

/** Learns from an answer's `Date` header how far the clocks are apart. */
export function learnClock(date: string | null): void {
  const nodeMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(nodeMs)) return;
  const differenceMs = nodeMs - Date.now();
  skewMs = Math.abs(differenceMs) < SKEW_MS_MIN ? 0 : differenceMs;
}

/** Runs `act` once after `delayMs`; the answer cancels it. */
export function after(delayMs: number, act: () => void): () => void {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
}

/** Runs `act` every `periodMs`; the answer stops it. */
export function every(periodMs: number, act: () => void): () => void {
  const timer = setInterval(act, periodMs);
  return () => clearInterval(timer);
}

/** `delayMs` less up to half by chance, so that many pages do not come back in one instant. */
export const jittered = (delayMs: number): number => delayMs * (0.5 + Math.random() / 2);

/** Of something that the page makes and the node is to tell from all others. */
export const newId = (): string =>
  `page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
