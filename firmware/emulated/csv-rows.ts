/**
 * Reads recorded rooms: CSV with a header, one row a report. Columns are found by name: channels of
 * the wire, and the names that the UCI occupancy data set uses ("Light" is illuminance). Its header
 * lacks the column of row numbers that each of its rows begins with.
 *
 *   "date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"
 *   "140","2015-02-02 14:19:00",23.7,26.272,585.2,749.2,0.00476416302416414,1
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CsvError, parse } from "csv-parse";
import { MycelError } from "../../runtime/errors.ts";
import { CHANNELS, type ChannelName } from "../wire/frame-types.ts";

interface RecordedRow {
  /** ms since the epoch, taking the file's times for UTC; undefined where the row tells none. */
  readonly atMs: number | undefined;
  /** A value for each channel of the file, NaN where the row has none. */
  readonly values: Float64Array;
  /** From a column of that name with 0 and 1; undefined without one. */
  readonly isOccupied: boolean | undefined;
  /** How far into the file this row ends. */
  readonly bytesRead: number;
}

export interface Recording {
  readonly channels: readonly ChannelName[];
  readonly bytes: number;
  /** The rows in order; to be walked once. */
  rows(): AsyncGenerator<RecordedRow>;
  /** Rows passed over so far: another number of columns than the header, or no value at all. */
  readonly skipped: number;
}

/** Longer lines are no measurements; keeps a file without line ends out of memory. */
const LINE_BYTES_MAX = 65_536;
const OTHER_NAMES: Readonly<Record<string, ChannelName>> = { light: "illuminance" };

/** Throws a `MycelError` E_INPUT for a file that is not there or holds nothing to replay. */
export async function openRecording(path: string): Promise<Recording> {
  const bytes = await fileBytes(path);
  const parser = createReadStream(path)
    .on("error", (fault) => parser.destroy(fault))
    .pipe(
      parse({
        bom: true,
        info: true,
        max_record_size: LINE_BYTES_MAX,
        relax_column_count: true,
        skip_empty_lines: true,
        trim: true,
      }),
    );
  const records: AsyncIterator<{ record: string[]; info: { bytes: number } }> =
    parser[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return await records.next();
    } catch (cause) {
      throw unreadable(path, cause);
    }
  };

  const first = await next();
  const header = first.done === true ? [] : first.value.record;
  const columns = channelColumns(header);
  if (columns.length === 0) {
    parser.destroy();
    throw new MycelError(
      "E_INPUT",
      `${path} has no column to replay: its first line must name channels such as Temperature or CO2.`,
      { path },
    );
  }
  const dateColumn = header.findIndex((name) => /^(date|time|timestamp|datetime)$/i.test(name));
  const occupancyColumn = header.findIndex((name) => /^occupancy$/i.test(name));

  let skipped = 0;
  async function* rows(): AsyncGenerator<RecordedRow> {
    try {
      for (let row = await next(); row.done !== true; row = await next()) {
        const { record, info } = row.value;
        // A row longer than the header by one begins with its number.
        const shift = record.length - header.length;
        const values = valuesOf(record, columns, shift);
        if ((shift !== 0 && shift !== 1) || values.every(Number.isNaN)) {
          skipped += 1;
          continue;
        }
        const date = dateColumn < 0 ? undefined : record[dateColumn + shift];
        const occupancy = occupancyColumn < 0 ? undefined : record[occupancyColumn + shift];
        const isOccupied = occupancy === undefined ? undefined : Number(occupancy) > 0;
        yield { atMs: timeOf(date), values, isOccupied, bytesRead: info.bytes };
      }
    } finally {
      parser.destroy();
    }
  }
  return {
    channels: columns.map(({ channel }) => channel),
    bytes,
    rows,
    get skipped() {
      return skipped;
    },
  };
}

interface Column {
  readonly channel: ChannelName;
  readonly at: number;
}

function channelColumns(header: readonly string[]): Column[] {
  const columns: Column[] = [];
  for (const [at, title] of header.entries()) {
    const name = title.toLowerCase().replaceAll(" ", "_");
    const channel = Object.hasOwn(CHANNELS, name) ? (name as ChannelName) : OTHER_NAMES[name];
    const taken = columns.some((column) => column.channel === channel);
    if (channel !== undefined && !taken) columns.push({ channel, at });
  }
  return columns;
}

function valuesOf(
  record: readonly string[],
  columns: readonly Column[],
  shift: number,
): Float64Array {
  return Float64Array.from(columns, ({ at }) => {
    const text = record[at + shift] ?? "";
    return text === "" ? Number.NaN : Number(text);
  });
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const iso = /^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)
    ? `${text.replace(" ", "T")}Z`
    : text;
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? undefined : atMs;
}

async function fileBytes(path: string): Promise<number> {
  try {
    const file = await stat(path);
    if (file.isFile()) return file.size;
  } catch (cause) {
    throw new MycelError("E_INPUT", `There is no file ${path} to replay.`, { path }, cause);
  }
  throw new MycelError("E_INPUT", `${path} is not a file: name a CSV file to replay.`, { path });
}

function unreadable(path: string, cause: unknown): MycelError {
  const why = cause instanceof CsvError ? cause.message : "it could not be read to its end";
  return new MycelError(
    "E_INPUT",
    `${path} is not readable as CSV: ${why.replace(/\.$/, "")}.`,
    { path },
    cause,
  );
}
