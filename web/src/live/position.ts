/** Where a page goes on after a break, as the node takes it from the feed's address. */
export interface FeedPosition {
  /** Which run of the node the cursors belong to; empty before the first snapshot. */
  readonly run: string;
  readonly cursor: number;
  readonly records: number;
  readonly rows: number;
}

export const joinQuery = (position: FeedPosition, watch: string): string =>
  new URLSearchParams({
    ...(position.run !== "" && {
      run: position.run,
      cursor: String(position.cursor),
      records: String(position.records),
      rows: String(position.rows),
    }),
    watch,
  }).toString();
