/** How long a page's scripts ran in each frame of the screen, from Chromium's own trace. */
import type { Browser, Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs */
  readonly ts: number;
  readonly dur?: number;
  /** Of the thread's own time, without what others took from it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface ScriptTimes {
  readonly frames: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Everything that runs the page's code. Those within others are part of them. */
const SCRIPT: ReadonlySet<string> = new Set([
  "FunctionCall",
  "EvaluateScript",
  "FireAnimationFrame",
  "TimerFire",
  "RunMicrotasks",
  "MinorGC",
  "MajorGC",
]);
/** The first of them pay for what begins with the trace itself. */
const WARM_UP_MS = 1_000;
/** What the main thread made goes to the screen. */
const FRAME = "Commit";

export async function scriptTimes(
  browser: Browser,
  page: Page,
  act: () => Promise<unknown>,
): Promise<ScriptTimes> {
  await browser.startTracing(page, {
    categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "__metadata"],
  });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  return timesOf(trace.traceEvents);
}

function timesOf(events: readonly TraceEvent[]): ScriptTimes {
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const frameCounts = new Map<string, number>();
  for (const event of events) {
    if (event.name !== FRAME) continue;
    frameCounts.set(threadOf(event), (frameCounts.get(threadOf(event)) ?? 0) + 1);
  }
  // The page's main thread is the one that makes its frames.
  const [main] = [...frameCounts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const all = events.filter((event) => threadOf(event) === main && event.ts > 0);
  const fromUs =
    all.reduce((first, { ts }) => Math.min(first, ts), Number.POSITIVE_INFINITY) +
    WARM_UP_MS * 1_000;
  const own = all.filter(({ ts }) => ts > fromUs).sort((a, b) => a.ts - b.ts);
  const spent: number[] = [];
  let endOfOuter = 0;
  for (const { name, ph, ts, dur = 0, tdur } of own) {
    if (name === FRAME) spent.push(0);
    if (ph !== "X" || !SCRIPT.has(name) || ts < endOfOuter || spent.length === 0) continue;
    endOfOuter = ts + dur;
    spent[spent.length - 1] = (spent.at(-1) as number) + (tdur ?? dur) / 1_000;
  }
  spent.sort((a, b) => a - b);
  const at = (share: number) => spent[Math.min(spent.length - 1, Math.floor(share * spent.length))];
  return {
    frames: spent.length,
    meanMs: spent.reduce((sum, ms) => sum + ms, 0) / spent.length,
    p50Ms: at(0.5) ?? Number.NaN,
    p99Ms: at(0.99) ?? Number.NaN,
    maxMs: spent.at(-1) ?? Number.NaN,
  };
}
