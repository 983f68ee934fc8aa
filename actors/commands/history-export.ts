/**
 * `mycel history export hub/leaf/channel`: samples as a table for other programs, read from the store
 * itself, beside a running node or without one. A page at a time, so that no export is too large.
 */
import { createWriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { MycelError } from "../../runtime/errors.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import { csvOf } from "../historian/export/csv.ts";
import { type Page, pagesOf } from "../historian/export/pages.ts";
import { parquetOf } from "../historian/export/parquet.ts";
import { listSeries, type SeriesPattern } from "../historian/export/series-list.ts";
import { dataOption } from "./node-client.ts";
import { timeFlag } from "./time-flags.ts";

const FORMATS: Readonly<
  Record<"csv" | "parquet", (pages: Iterable<Page>) => Iterable<string | Uint8Array>>
> = { csv: csvOf, parquet: parquetOf };

interface Flags {
  readonly from?: number;
  readonly to?: number;
  readonly format: keyof typeof FORMATS;
  readonly output?: string;
  readonly data: string;
}

export function historyExportCommand(): Command {
  return new Command("export")
    .description(
      "samples as CSV or Parquet, read from the data folder, with or without a running node",
    )
    .argument(
      "<series>",
      "hub/leaf/channel, each a name or *: swarm_hub_01/*/temperature",
      patternFlag,
    )
    .option("--from <time>", "2026-01-31T08:00, ms since 1970, or how long ago: 90m, 2d", timeFlag)
    .option("--to <time>", "the same; rows before it", timeFlag)
    .addOption(
      new Option("--format <format>", "of the output").choices(Object.keys(FORMATS)).default("csv"),
    )
    .option("--output <file>", "default: standard output")
    .addOption(dataOption())
    .action(async (pattern: SeriesPattern, flags: Flags) => {
      const store = openLmdbStore({ dir: join(resolve(flags.data), "store"), readOnly: true });
      try {
        const list = listSeries(store, pattern);
        if (list.length === 0) {
          const { hub, leaf, channel } = pattern;
          const what = `${hub}/${leaf}/${channel}`;
          throw new MycelError("E_INPUT", `No readings of ${what} are stored in ${store.dir}.`, {});
        }
        const range = { fromMs: flags.from ?? 0, toMs: flags.to ?? Number.MAX_SAFE_INTEGER };
        const chunks = FORMATS[flags.format](pagesOf(store, list, range));
        const out = flags.output === undefined ? process.stdout : createWriteStream(flags.output);
        await pipeline(Readable.from(chunks), out);
      } finally {
        await store.close();
      }
    });
}

function patternFlag(text: string): SeriesPattern {
  const [hub, leaf, channel, ...more] = text.split("/");
  if (hub && leaf && channel && more.length === 0) return { hub, leaf, channel };
  throw new InvalidArgumentError("Write hub/leaf/channel, each a name or *.");
}
