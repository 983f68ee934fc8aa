/** Looks at a process while it works: a line for each look, and what they come to. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ProcessUse, readProcessUse } from "./process-use.ts";

export interface Look extends ProcessUse {
  readonly atS: number;
}

export async function watchProcess(
  pid: number,
  { forMs, lookEveryMs }: { readonly forMs: number; readonly lookEveryMs: number },
  say: (line: string) => void,
): Promise<readonly Look[]> {
  const startedAt = performance.now();
  const looks: Look[] = [];
  say("       s   CPU s   CPU %   RSS MB   anonymous MB");
  for (;;) {
    const atS = (performance.now() - startedAt) / 1_000;
    const look = { atS, ...readProcessUse(pid) };
    const before = looks.at(-1);
    const share = before && shareOf(before, look);
    looks.push(look);
    say(
      [
        atS.toFixed(1).padStart(8),
        look.cpuS.toFixed(2).padStart(7),
        (share?.toFixed(1) ?? "").padStart(7),
        look.residentMb.toFixed(0).padStart(8),
        look.anonymousMb.toFixed(0).padStart(14),
      ].join(" "),
    );
    if (atS * 1_000 >= forMs) return looks;
    await sleep(Math.min(lookEveryMs, forMs - atS * 1_000 + 1));
  }
}

/** % of a core: over all looks, and the least and most between two of them. */
export function cpuOf(looks: readonly Look[]): {
  readonly share: number;
  readonly min: number;
  readonly max: number;
} {
  const shares = looks.slice(1).map((look, index) => shareOf(looks[index] as Look, look));
  return { share: shareOf(looks[0] as Look, looks.at(-1) as Look), ...spreadOf(shares) };
}

export const spreadOf = (values: readonly number[]) => ({
  min: Math.min(...values),
  max: Math.max(...values),
});

const shareOf = (before: Look, after: Look): number =>
  (100 * (after.cpuS - before.cpuS)) / (after.atS - before.atS);
