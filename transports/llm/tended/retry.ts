/**
 * Attempts with waits between them, for what may pass by itself: a rate limit, a failing server, a lost
 * connection. The SDKs' own retries are off: they know neither the node's clock nor its chance, so no simulation
 * could replay them; they end where the stream begins; and GGUF has no SDK.
 */
import { err, type Result } from "../../../runtime/result.ts";
import type { ChatAnswer, ModelFault } from "../model-port.ts";
import type { CareDeps } from "./model-care.ts";

/** First wait; twice as long each time, of which chance takes up to a half away. */
const BACKOFF_MS = 500;
/** A server that wants more than this is left to the next model. */
export const RETRY_WAIT_MS_MAX = 20_000;

const PASSING: ReadonlySet<ModelFault["code"]> = new Set([
  "rateLimited",
  "serverError",
  "unreachable",
]);

export interface Attempts {
  readonly retriesMax: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Before each attempt but the first. */
  onRestart(): void;
  attempt(leftMs: number): Promise<Result<ChatAnswer, ModelFault>>;
}

export async function withRetries(
  { retriesMax, deadlineMs, signal, onRestart, attempt }: Attempts,
  { clock, random }: CareDeps,
): Promise<Result<ChatAnswer, ModelFault>> {
  for (let retry = 0; ; retry++) {
    const result = await attempt(deadlineMs - clock.monotonicMs());
    if (result.ok || retry >= retriesMax || !PASSING.has(result.error.code)) return result;
    const waitMs = waitOf(result.error, retry, random.next());
    if (waitMs > RETRY_WAIT_MS_MAX || clock.monotonicMs() + waitMs >= deadlineMs) return result;
    if (!(await pause(waitMs, signal, clock))) {
      return err({ code: "aborted", message: "The call was ended early." });
    }
    onRestart();
  }
}

/** What the server asked for at least, and never all callers in the same moment. */
export function waitOf(fault: ModelFault, retry: number, chance: number): number {
  const backoffMs = BACKOFF_MS * 2 ** retry;
  const jitteredMs = backoffMs * (1 - chance / 2);
  return fault.retryAfterMs === undefined
    ? jitteredMs
    : Math.max(fault.retryAfterMs + backoffMs * (chance / 2), jitteredMs);
}

/** False when the signal ended it. */
const pause = (
  ms: number,
  signal: AbortSignal | undefined,
  clock: CareDeps["clock"],
): Promise<boolean> =>
  new Promise((done) => {
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      done(true);
    });
    const onAbort = (): void => {
      cancel();
      done(false);
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
