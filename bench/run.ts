/** Every bench by name, and how its figures are printed. */
import { crossThread } from "./cross-thread.bench.ts";
import { linesOf } from "./figure.ts";
import { frameDecode } from "./frame-decode.bench.ts";
import { type Bench, Harness } from "./harness.ts";
import { http } from "./http.bench.ts";
import { latency } from "./latency.bench.ts";
import { memory } from "./memory.bench.ts";
import { ringToRow } from "./ring-to-row.bench.ts";
import { savina } from "./savina.bench.ts";
import { fiveHundredLeaves } from "./scenarios/five-hundred-leaves.ts";

export const BENCHES: readonly Bench[] = [
  frameDecode,
  savina,
  memory,
  latency,
  crossThread,
  ringToRow,
  http,
  fiveHundredLeaves,
];

export interface BenchOptions {
  readonly smoke: boolean;
  readonly json: boolean;
}

/** Prints to `out` one table a bench, or with `json` one object a line. */
export async function runBenches(
  benches: readonly Bench[],
  { smoke, json }: BenchOptions,
  out: (line: string) => void,
): Promise<void> {
  for (const bench of benches) {
    if (!json) out(`${bench.name}: ${bench.question}`);
    const harness = new Harness({ smoke, say: json ? () => {} : out });
    await bench.run(harness);
    if (json) out(JSON.stringify({ bench: bench.name, results: harness.figures }));
    else for (const line of harness.figures.flatMap(linesOf)) out(line);
  }
}
