/** `mycel history hub/leaf/channel`: what a running node has stored, a row each sample or step. */
import { Command, InvalidArgumentError } from "commander";
import { shortestFloat32 } from "../../transports/frame/float32.ts";
import type { HistoryAnswer } from "../../transports/http/contract.ts";
import { historyExportCommand } from "./history-export.ts";
import {
  dataOption,
  type NodeAccess,
  type NodeClient,
  nodeClient,
  urlOption,
} from "./node-client.ts";
import { stepFlag, timeFlag } from "./time-flags.ts";

type Row = HistoryAnswer["rows"][number];

interface Flags extends NodeAccess {
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
  readonly json?: true;
  readonly csv?: true;
}

export function historyCommand(): Command {
  return (
    new Command("history")
      .description("stored readings of a leaf's channel, oldest first")
      .argument("<series>", "hub/leaf/channel, such as swarm_hub_01/leaf_3/temperature", seriesFlag)
      .option(
        "--from <time>",
        "2026-01-31T08:00, ms since 1970, or how long ago: 90m, 2d",
        timeFlag,
      )
      .option("--to <time>", "the same; rows before it", timeFlag)
      .option("--step <duration>", "means of steps: 10s, 1m, 1h, 1d; without it samples", stepFlag)
      .option("--json", "one JSON array")
      .option("--csv", "with a header line")
      .addCommand(historyExportCommand())
      // Its options have names of ours.
      .enablePositionalOptions()
      .addOption(dataOption())
      .addOption(urlOption())
      .action(async (series: Series, flags: Flags) => {
        const node = nodeClient(flags);
        let written = 0;
        if (flags.json) process.stdout.write("[");
        if (flags.csv) process.stdout.write("time,atMs,value,min,max,count\n");
        for await (const row of rowsOf(node, series, flags)) {
          const text = flags.json
            ? (written === 0 ? "\n" : ",\n") + JSON.stringify(rowAsPrinted(row))
            : `${flags.csv ? asCsv(row) : asLine(row)}\n`;
          written += 1;
          if (!process.stdout.write(text))
            await new Promise((go) => process.stdout.once("drain", go));
        }
        if (flags.json) process.stdout.write(written === 0 ? "]\n" : "\n]\n");
        else if (written === 0) process.stderr.write("mycel: no rows in that time.\n");
      })
  );
}

interface Series {
  readonly hub: string;
  readonly leaf: string;
  readonly channel: string;
}

/** Asks page by page. A page may end among rows of one time: those are asked for again. */
async function* rowsOf(node: NodeClient, series: Series, flags: Flags): AsyncIterable<Row> {
  let fromMs = flags.from;
  for (;;) {
    const query = new URLSearchParams({ ...series, limit: String(PAGE_ROWS) });
    if (fromMs !== undefined) query.set("fromMs", String(fromMs));
    if (flags.to !== undefined) query.set("toMs", String(flags.to));
    if (flags.step !== undefined) query.set("stepMs", String(flags.step));
    const { rows, more } = (await node.get(`/api/history?${query}`)) as HistoryAnswer;
    const lastMs = rows.at(-1)?.atMs;
    if (!more || lastMs === undefined) {
      yield* rows;
      return;
    }
    const whole = rows.filter((row) => row.atMs < lastMs);
    if (whole.length === 0) throw new Error(`more than ${PAGE_ROWS} rows of the time ${lastMs}`);
    yield* whole;
    fromMs = lastMs;
  }
}

/** The API's most. */
const PAGE_ROWS = 100_000;

/** A sample is a float32; a mean of many is not. */
const rowAsPrinted = (row: Row): Row =>
  row.count === undefined ? { ...row, value: shortestFloat32(row.value) } : row;

function asCsv(row: Row): string {
  const { atMs, value, min = "", max = "", count = "" } = rowAsPrinted(row);
  return [new Date(atMs).toISOString(), atMs, value, min, max, count].join(",");
}

function asLine(row: Row): string {
  const { atMs, value, min, max, count } = rowAsPrinted(row);
  const time = new Date(atMs).toISOString();
  return count === undefined
    ? `${time}  ${value}`
    : `${time}  ${round(value)}  min ${round(min)}  max ${round(max)}  n ${count}`;
}

/** As many digits as a float32 has. */
const round = (value = Number.NaN): number => Number(value.toPrecision(7));

function seriesFlag(text: string): Series {
  const [hub, leaf, channel, ...more] = text.split("/");
  if (hub && leaf && channel && more.length === 0) return { hub, leaf, channel };
  throw new InvalidArgumentError(
    "Write hub/leaf/channel, such as swarm_hub_01/leaf_3/temperature.",
  );
}
