/** Waits for a condition, with a bound, instead of guessing how long something takes. */
import { setTimeout as sleep } from "node:timers/promises";

/** As long as may be: who waits in vain has failed anyway, and a busy machine stands still for seconds. */
const WITHIN_MS = 90_000;

/** Resolves with the first value of `look` that is neither undefined nor false. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  {
    withinMs = WITHIN_MS,
    everyMs = 20,
    what = () => "the condition holds",
  }: { withinMs?: number; everyMs?: number; what?: () => string } = {},
): Promise<T> {
  for (const giveUpAt = Date.now() + withinMs; ; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what()}`);
    await sleep(everyMs);
  }
}
