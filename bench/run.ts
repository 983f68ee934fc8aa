/** Every bench by name, and how its figures are printed. */
import { crossThread } from "./cross-thread.bench.ts";
import { frameDecode } from "./frame-decode.bench.ts";
import { type Bench, type Figure, Harness } from "./harness.ts";
import { http } from "./http.bench.ts";
import { kernelTell } from "./kernel-tell.bench.ts";
import { ringToRow } from "./ring-to-row.bench.ts";
import { fiveHundredLeaves } from "./scenarios/five-hundred-leaves.ts";

export const BENCHES: readonly Bench[] = [
  frameDecode,
  kernelTell,
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
    else for (const figure of harness.figures) out(lineOf(figure));
  }
}

function lineOf({ name, unit, value, min, max, peers, ratios }: Figure): string {
  const against = Object.entries(ratios).map(
    ([peer, ratio]) =>
      `\n      ${ratio.toPrecision(3)} x ${peer} (${rate(peers[peer] ?? Number.NaN)} ${unit})`,
  );
  const spread = min === max ? "" : ` (${rate(min)} to ${rate(max)})`;
  return `  ${name}: ${rate(value)} ${unit}${spread}${against.join("")}`;
}

/** Three digits and a thousands' letter: `12.3 M`. */
function rate(value: number): string {
  const [scale, letter] = value >= 1e6 ? [1e6, " M"] : value >= 1e3 ? [1e3, " k"] : [1, ""];
  return `${(value / scale).toPrecision(3)}${letter}`;
}
