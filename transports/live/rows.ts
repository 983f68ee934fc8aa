/**
 * A batch of leaf rows on the live feed, written by the node and read by the page. Little-endian columns, so
 * that both sides work on typed arrays and no row becomes an object:
 *
 *   0       4       8        16       24        28
 *   "MROW"  count   cursor   atMs     watchNo   whole   header, 32 bytes
 *   row u32 × count │ age u32 × count │ value f32 × count │ flags u16 × count │ battery u16 × count
 *
 * - `whole`: 1 where the batch holds all there is, 0 where it holds what changed.
 * - `age`: ms since the leaf was last heard, before `atMs`; `NEVER` if it never was.
 * - `value`: of the channel that the `Watch` with this number names; NaN where the leaf has none.
 * - `flags`: `ROW_FLAG`. `battery`: mV, 0 where it has not been told.
 */
export const ROWS_MAGIC = 0x574f_524d; // "MROW"
export const ROWS_HEADER_BYTES = 32;
export const ROW_BYTES = 16;
export const NEVER = 0xffff_ffff;

/** Leaves that a page is told of whole: more than fit on a large screen at once. */
export const WATCH_FOCUS_MAX = 512;

/** As in the leaf table (actors/leaf/leaf-row.ts); a test compares them. */
export const ROW_FLAG = {
  present: 0x01,
  online: 0x02,
  lowBattery: 0x04,
  quarantined: 0x08,
  standing: 0x30,
  stranger: 0x10,
  adopted: 0x20,
  disputed: 0x30,
} as const;

/** Typed arrays over one batch: for the node to fill, for the page to read. */
export interface RowColumns {
  readonly rows: Uint32Array;
  readonly ages: Uint32Array;
  readonly values: Float32Array;
  readonly flags: Uint16Array;
  readonly battery: Uint16Array;
}

export interface RowsHead {
  readonly cursor: number;
  /** The node's clock. */
  readonly atMs: number;
  readonly watchNo: number;
  readonly isWhole: boolean;
}

export const columnsOf = (buffer: ArrayBuffer, count: number): RowColumns => {
  let at = ROWS_HEADER_BYTES;
  const place = (bytes: number): number => {
    const start = at;
    at += bytes * count;
    return start;
  };
  return {
    rows: new Uint32Array(buffer, place(4), count),
    ages: new Uint32Array(buffer, place(4), count),
    values: new Float32Array(buffer, place(4), count),
    flags: new Uint16Array(buffer, place(2), count),
    battery: new Uint16Array(buffer, place(2), count),
  };
};

export function writeHead(buffer: ArrayBuffer, count: number, head: RowsHead): void {
  const view = new DataView(buffer);
  view.setUint32(0, ROWS_MAGIC, true);
  view.setUint32(4, count, true);
  view.setFloat64(8, head.cursor, true);
  view.setFloat64(16, head.atMs, true);
  view.setUint32(24, head.watchNo, true);
  view.setUint32(28, head.isWhole ? 1 : 0, true);
}

/** Undefined where this is no batch of rows. */
export function readRows(buffer: ArrayBuffer): (RowsHead & RowColumns) | undefined {
  if (buffer.byteLength < ROWS_HEADER_BYTES) return undefined;
  const view = new DataView(buffer);
  const count = view.getUint32(4, true);
  if (view.getUint32(0, true) !== ROWS_MAGIC) return undefined;
  if (buffer.byteLength !== ROWS_HEADER_BYTES + count * ROW_BYTES) return undefined;
  return {
    cursor: view.getFloat64(8, true),
    atMs: view.getFloat64(16, true),
    watchNo: view.getUint32(24, true),
    isWhole: view.getUint32(28, true) === 1,
    ...columnsOf(buffer, count),
  };
}
