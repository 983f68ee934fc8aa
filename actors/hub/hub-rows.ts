/**
 * Which rows of the shared tables are which hub's: one after the other by the hubs' numbers, as many as each
 * may have leaves. Numbers of hubs that are no longer configured have none.
 */

export interface RowSpan {
  /** Row of leaf 0. */
  readonly rowBase: number;
  readonly rowsMax: number;
}

/** Marks of eight rows share a cache line, and no line is to be written by two hubs' threads. */
const ROWS_A_LINE = 8;
const NO_ROWS: RowSpan = { rowBase: 0, rowsMax: 0 };

export class HubRows {
  /** Of all hubs together. */
  readonly rowsMax: number;
  /** Index: the hub's number. */
  readonly #spans: RowSpan[] = [];

  constructor(hubs: readonly { readonly hubNo: number; readonly leavesMax: number }[]) {
    let rowBase = 0;
    for (const { hubNo, leavesMax } of [...hubs].sort((a, b) => a.hubNo - b.hubNo)) {
      this.#spans[hubNo] = { rowBase, rowsMax: leavesMax };
      rowBase += Math.ceil(leavesMax / ROWS_A_LINE) * ROWS_A_LINE;
    }
    this.rowsMax = rowBase;
  }

  of(hubNo: number): RowSpan {
    return this.#spans[hubNo] ?? NO_ROWS;
  }

  /** Undefined for a leaf that has no row: its hub is gone, or takes fewer leaves than it did. */
  rowOf(hubNo: number | undefined, leafId: number): number | undefined {
    const { rowBase, rowsMax } = this.of(hubNo ?? -1);
    return leafId < rowsMax ? rowBase + leafId : undefined;
  }
}
