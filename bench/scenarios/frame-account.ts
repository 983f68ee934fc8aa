/** Where the frames of a bench went, over all hubs of a node. */
import type { Hub } from "../../transports/http/contract.ts";

export interface FrameAccount {
  readonly applied: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly lostByKernel: number;
}

export function accountOf(hubs: readonly Hub[]): FrameAccount {
  const refused: Record<string, number> = {};
  let applied = 0;
  let lostByKernel = 0;
  for (const hub of hubs) {
    applied += hub.framesApplied;
    lostByKernel += hub.lostByKernel ?? 0;
    for (const [reason, count] of Object.entries(hub.refused)) {
      refused[reason] = (refused[reason] ?? 0) + count;
    }
  }
  return { applied, refused, lostByKernel };
}

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export const accountedFor = ({ applied, refused, lostByKernel }: FrameAccount): number =>
  applied + sumOf(refused) + lostByKernel;

export function accountLine(
  sent: number,
  { applied, refused, lostByKernel }: FrameAccount,
): string {
  const reasons = Object.entries(refused).map(([reason, count]) => `${reason} ${count}`);
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  return `  sent ${sent} = applied ${applied} + refused ${sumOf(refused)}${why} + lost by kernel ${lostByKernel}`;
}
