/** Samples of many series, page after page, so that no more than a page is in memory. */
import type { StateStore } from "../../../runtime/state/state-store.ts";
import { querySamples } from "../history-query.ts";
import type { Samples } from "../samples.ts";
import type { NamedSeries } from "./series-list.ts";

/** Those from `count` on do not count. */
export interface Page {
  readonly series: NamedSeries;
  readonly samples: Samples;
  readonly count: number;
}

/** A megabyte or two; a page decodes its first day from the start, so it should not be short. */
const PAGE_ROWS = 131_072;

export function* pagesOf(
  store: StateStore,
  list: readonly NamedSeries[],
  range: { readonly fromMs: number; readonly toMs: number },
  pageRows: number = PAGE_ROWS,
): Iterable<Page> {
  for (const series of list) {
    let { fromMs } = range;
    let limit = pageRows;
    for (;;) {
      const samples = querySamples(store, { ...series, fromMs, toMs: range.toMs, limit });
      if (samples.count < limit) {
        if (samples.count > 0) yield { series, samples, count: samples.count };
        break;
      }
      // It may end among samples of one time: those are for the next page.
      const lastMs = samples.atMs[samples.count - 1] as number;
      let count = samples.count;
      while (count > 0 && samples.atMs[count - 1] === lastMs) count -= 1;
      if (count > 0) yield { series, samples, count };
      limit = count > 0 ? pageRows : 2 * limit;
      fromMs = lastMs;
    }
  }
}
