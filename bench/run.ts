/** Every bench by name, and how its figures are printed. */
import { cpus, loadavg } from "node:os";
import { agentBench } from "./agent.bench.ts";
import { allocation } from "./allocation.bench.ts";
import { crossThread } from "./cross-thread.bench.ts";
import { type Figure, linesOf, rowOf, TABLE_HEAD } from "./figure.ts";
import { frameDecode } from "./frame-decode.bench.ts";
import { type Bench, Harness } from "./harness.ts";
import { history } from "./history.bench.ts";
import { http } from "./http.bench.ts";
import { latency } from "./latency.bench.ts";
import { ledgerBench } from "./ledger.bench.ts";
import { memory } from "./memory.bench.ts";
import { models } from "./models.bench.ts";
import { erlangRelease, NO_ERLANG } from "./peers/erlang.ts";
import { persistence } from "./persistence.bench.ts";
import { ringToRow } from "./ring-to-row.bench.ts";
import { savina } from "./savina.bench.ts";
import { denseLeaves } from "./scenarios/dense-leaves.ts";
import { fiveHundredLeaves } from "./scenarios/five-hundred-leaves.ts";
import { restart } from "./scenarios/restart.ts";
import { sealed } from "./sealed.bench.ts";
import { sealedFlood } from "./sealed-flood.bench.ts";
import { storedElsewhere } from "./stored-elsewhere.bench.ts";
import { tcpStored } from "./tcp-stored.bench.ts";
import { udpRate } from "./udp-rate.bench.ts";

export const BENCHES: readonly Bench[] = [
  frameDecode,
  sealed,
  sealedFlood,
  savina,
  memory,
  latency,
  crossThread,
  ringToRow,
  allocation,
  persistence,
  ledgerBench,
  history,
  http,
  models,
  fiveHundredLeaves,
  denseLeaves,
  restart,
  tcpStored,
  storedElsewhere,
  udpRate,
  agentBench,
];

export interface BenchOptions {
  readonly smoke: boolean;
  readonly format: Format;
}

/** Lines for a person, one JSON object a bench and line, or one table for README.md. */
export type Format = "text" | "json" | "markdown";

export async function runBenches(
  benches: readonly Bench[],
  { smoke, format }: BenchOptions,
  out: (line: string) => void,
): Promise<void> {
  /** What benches say beside their figures comes after the table. */
  const said: string[] = [];
  const say = { text: out, json: () => {}, markdown: (line: string) => void said.push(line) }[
    format
  ];
  if (format === "markdown") for (const line of [...machine(), ...TABLE_HEAD]) out(line);
  for (const bench of benches) {
    if (format === "text") out(`${bench.name}: ${bench.question}`);
    const harness = new Harness({ smoke, say });
    await bench.run(harness);
    const { figures } = harness;
    if (format === "json") out(JSON.stringify({ bench: bench.name, results: figures }));
    else for (const line of figures.flatMap(LINES[format](bench.name))) out(line);
  }
  if (said.length > 0) for (const line of ["", "```", ...said, "```"]) out(line);
}

const LINES = {
  text: () => linesOf,
  markdown: (bench: string) => (figure: Figure) => [rowOf(bench, figure)],
} as const;

function machine(): string[] {
  const [core] = cpus();
  const load = loadavg().map((each) => each.toFixed(1));
  const about = [
    new Date().toISOString().slice(0, 10),
    `Node ${process.versions.node}`,
    NO_ERLANG || `Erlang/OTP ${erlangRelease()}`,
    `${cpus().length} x ${core?.model}`,
    `load before ${load.join(" ")}`,
  ];
  return [`${about.join(", ")}.`, ""];
}
