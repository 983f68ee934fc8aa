/** Which of the agent's calls were about a zone: those whose arguments name it. Pure. */
import type { CycleItem } from "./live/office-items.ts";

export interface Decision {
  readonly tool: string;
  readonly outcome: CycleItem["calls"][number]["outcome"];
  readonly atMs: number;
}

/** Tools that only look decide nothing. */
const LOOKING: ReadonlySet<string> = new Set(["get_zone_status", "get_active_tasks"]);

/** `cycles`: the newest first. */
export function lastDecision(
  zone: string,
  cycles: readonly CycleItem[],
  tool?: string,
): Decision | undefined {
  for (const cycle of cycles) {
    const call = cycle.calls.findLast(
      (one) =>
        (tool === undefined ? !LOOKING.has(one.tool) : one.tool === tool) &&
        one.outcome !== "skipped" &&
        zoneOf(one.argumentsText) === zone,
    );
    if (call !== undefined) {
      return { tool: call.tool, outcome: call.outcome, atMs: call.startedAtMs };
    }
  }
  return undefined;
}

function zoneOf(argumentsText: string): string | undefined {
  // Most cycles call nothing; the rest is small and parsed as it is looked at.
  try {
    const given = JSON.parse(argumentsText) as { zone?: unknown } | null;
    return typeof given?.zone === "string" ? given.zone : undefined;
  } catch {
    return undefined;
  }
}
