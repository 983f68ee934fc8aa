/** What a restart brings back from the records: the agent's own acts, the guard's memory, when it thought last. */
import { ACTION_MS_MAX, type World } from "../inbox/world.ts";
import { UNKNOWN_OUTCOME } from "../records/cycle-store.ts";
import type { CycleStore, Guard } from "../safety/guard-types.ts";
import { readArguments, toolNamed } from "../tools.ts";

/** Cycles that are looked through for the last one that thought: calls from outside lie between. */
const CYCLES_LOOKED_AT = 50;

/** Reasons of calls of which nobody knows whether they were done: the guard counts them. */
const MAYBE_DONE = new Set([UNKNOWN_OUTCOME, "timeout"]);

export function recall(parts: {
  readonly store: CycleStore;
  readonly guard: Guard;
  readonly world: World;
  readonly nowMs: number;
  readonly hubZones: Readonly<Record<string, string>>;
}): number | undefined {
  const { store, guard, world, nowMs, hubZones } = parts;
  for (const action of store.callsSince(nowMs - ACTION_MS_MAX)) {
    const { call } = action;
    const row = toolNamed(call.tool);
    if (row?.tells === undefined) continue;
    world.acted(action);
    const args = readArguments(row, call.argumentsText);
    const isDone = call.outcome === "done" || MAYBE_DONE.has(call.reason ?? "");
    if (!isDone) continue;
    // Cut for its length, it was made all the same.
    const [given, zone] = args.ok
      ? [args.value, row.zoneOf(args.value, (device) => hubZones[device])]
      : [{}, call.warrant?.zone ?? null];
    const guarded = { tool: call.tool, args: given, zone, by: "model" } as const;
    guard.did(guarded, call.endedAtMs ?? call.startedAtMs);
  }
  const last = store.list({ limit: CYCLES_LOOKED_AT }).find(({ trigger }) => trigger !== "call");
  // A clock that was set back must not keep the agent from thinking.
  return last === undefined || last.startedAtMs > nowMs ? undefined : last.startedAtMs;
}
