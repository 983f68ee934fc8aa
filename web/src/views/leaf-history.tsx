/** What the store remembers of one channel, by range; the shortest one goes on live. */
import { lazy, Suspense, useEffect, useState } from "react";
import type { Leaf } from "../../../transports/http/contract.ts";
import { fetchHistory } from "../api.ts";
import { channelTitle } from "../channels.ts";
import { nodeNowMs } from "../clock.ts";
import { formatValue } from "../format.ts";
import type { PlotRow } from "../parts/plot.tsx";
import { t } from "../strings.ts";

/** Loaded when the first leaf is opened: a fifth of the page's code. */
const Plot = lazy(async () => ({ default: (await import("../parts/plot.tsx")).Plot }));

/** Steps keep every range at a few hundred rows: as many as a plot has pixels to show. */
const RANGES = {
  "15min": { spanMs: 15 * 60_000, stepMs: undefined },
  "1h": { spanMs: 3_600_000, stepMs: 10_000 },
  "24h": { spanMs: 86_400_000, stepMs: 5 * 60_000 },
  "7d": { spanMs: 7 * 86_400_000, stepMs: 30 * 60_000 },
} as const;
type Range = keyof typeof RANGES;
const RANGE_NAMES = Object.keys(RANGES) as Range[];

/** Live rows kept beyond what was fetched: 15 minutes at four a second. */
const LIVE_ROWS_MAX = 3_600;

type Loaded =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly message: string }
  | { readonly state: "loaded"; readonly rows: readonly PlotRow[] };

export function LeafHistory({ leaf, channel }: { leaf: Leaf; channel: string }) {
  const [range, setRange] = useState<Range>("15min");
  const { spanMs } = RANGES[range];
  const loaded = useHistory(leaf, channel, range);
  return (
    <section aria-label={t("leaf.history", { channel: channelTitle(channel) })}>
      <div className="panel rounded-xl px-3 pt-3 pb-1">
        <fieldset className="mb-1 flex justify-end">
          <legend className="sr-only">{t("leaf.range")}</legend>
          {RANGE_NAMES.map((name) => (
            <label
              key={name}
              className="cursor-pointer rounded-lg px-2.5 py-1 text-ink-3 text-xs hover:text-ink has-checked:bg-raised has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="range"
                className="sr-only"
                checked={name === range}
                onChange={() => setRange(name)}
              />
              {t(`leaf.range.${name}`)}
            </label>
          ))}
        </fieldset>
        <div className="h-56" data-history={loaded.state}>
          {loaded.state === "loaded" && loaded.rows.length > 0 ? (
            <Suspense>
              <Plot channel={channel} rows={loaded.rows} spanMs={spanMs} />
            </Suspense>
          ) : (
            <p className="grid h-full place-items-center text-ink-3" role="status">
              {loaded.state === "loading" && t("api.loading")}
              {loaded.state === "failed" && loaded.message}
              {loaded.state === "loaded" && t("leaf.noHistory")}
            </p>
          )}
        </div>
        {loaded.state === "loaded" && loaded.rows.length > 0 && (
          <Summary channel={channel} rows={loaded.rows} />
        )}
      </div>
    </section>
  );
}

function Summary({ channel, rows }: { channel: string; rows: readonly PlotRow[] }) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const row of rows) {
    min = Math.min(min, row.min ?? row.value);
    max = Math.max(max, row.max ?? row.value);
    sum += row.value;
  }
  const facts = [
    ["leaf.min", min],
    ["leaf.mean", sum / rows.length],
    ["leaf.max", max],
  ] as const;
  return (
    <dl className="flex justify-end gap-4 px-1 pb-2 text-xs">
      {facts.map(([title, value]) => (
        <div key={title} className="flex gap-1.5">
          <dt className="text-ink-3">{t(title)}</dt>
          <dd>{formatValue(channel, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function useHistory(leaf: Leaf, channel: string, range: Range): Loaded {
  const { hub, leafId } = leaf;
  const [loaded, setLoaded] = useState<Loaded>({ state: "loading" });
  const newest = leaf.readings[channel];

  useEffect(() => {
    const abort = new AbortController();
    const { spanMs, stepMs } = RANGES[range];
    setLoaded({ state: "loading" });
    void fetchHistory(
      { hub, leafId, channel, stepMs, fromMs: nodeNowMs() - spanMs, toMs: nodeNowMs() },
      abort.signal,
    ).then((answer) => {
      if (abort.signal.aborted) return;
      setLoaded(
        answer.ok
          ? { state: "loaded", rows: answer.value.rows }
          : { state: "failed", message: answer.message },
      );
    });
    return () => abort.abort();
  }, [hub, leafId, channel, range]);

  useEffect(() => {
    if (newest === undefined || RANGES[range].stepMs !== undefined) return;
    setLoaded((before) => {
      if (before.state !== "loaded") return before;
      const last = before.rows.at(-1);
      if (last !== undefined && newest.atMs <= last.atMs) return before;
      return { state: "loaded", rows: [...before.rows, newest].slice(-LIVE_ROWS_MAX) };
    });
  }, [newest, range]);

  return loaded;
}
