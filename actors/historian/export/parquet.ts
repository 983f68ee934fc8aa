/**
 * Pages as Parquet: time (ms, UTC), hub, leaf and channel as strings, value (float32). A row group a
 * few pages, written as soon as it is whole; only the list of row groups is kept to the end.
 */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Page } from "./pages.ts";

/** Readers take a group into memory; 12 bytes a row and its names. */
const GROUP_ROWS = 524_288;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
const REQUIRED = { repetition_type: "REQUIRED" } as const;
const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8", ...REQUIRED } as const;
const SCHEMA: Schema = [
  { name: "history", num_children: 5 },
  { name: "time", type: "INT64", converted_type: "TIMESTAMP_MILLIS", ...REQUIRED },
  { name: "hub", ...TEXT },
  { name: "leaf", ...TEXT },
  { name: "channel", ...TEXT },
  { name: "value", type: "FLOAT", ...REQUIRED },
];

export function* parquetOf(pages: Iterable<Page>): Iterable<Uint8Array> {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: SCHEMA, createdBy: "mycel" });
  let group = new Group();
  for (const page of pages) {
    if (group.rows > 0 && group.rows + page.count > GROUP_ROWS) {
      void parquet.write(group.take());
      yield written(writer);
      group = new Group();
    }
    group.add(page);
  }
  if (group.rows > 0) void parquet.write(group.take());
  void parquet.finish();
  yield written(writer);
}

class Group {
  readonly #pages: Page[] = [];
  rows = 0;

  add(page: Page): void {
    this.#pages.push(page);
    this.rows += page.count;
  }

  take(): Parameters<ParquetWriter["write"]>[0] {
    const times = new BigInt64Array(this.rows);
    const values = new Float32Array(this.rows);
    const names = { hub: [] as string[], leaf: [] as string[], channel: [] as string[] };
    let row = 0;
    for (const { series, samples, count } of this.#pages) {
      values.set(samples.values.subarray(0, count), row);
      for (let i = 0; i < count; i++) {
        times[row++] = BigInt(samples.atMs[i] as number);
        names.hub.push(series.hub);
        names.leaf.push(series.leaf);
        names.channel.push(series.name);
      }
    }
    return {
      columnData: [
        { name: "time", data: times, encoding: "DELTA_BINARY_PACKED", offsetIndex: false },
        { name: "hub", data: names.hub, offsetIndex: false },
        { name: "leaf", data: names.leaf, offsetIndex: false },
        { name: "channel", data: names.channel, offsetIndex: false },
        { name: "value", data: values, offsetIndex: false },
      ],
      rowGroupSize: this.rows,
    };
  }
}

/** What the writer has gathered; it goes on counting from there. */
function written(writer: ByteWriter): Uint8Array {
  const bytes = new Uint8Array(writer.buffer.slice(0, writer.index));
  writer.index = 0;
  return bytes;
}
