/**
 * The hops of traces as lines, a trace at a time: each hop below the one whose handler sent it.
 *
 *   12:00:00.120 links/hub_01 ──▶ hubs/hub_01: Bytes   worker 1, waited 84.0 µs, took 31.0 µs
 *     └▶ hubs/hub_01/leaf_3: Bytes   worker 1, waited 5.00 µs, took 22.0 µs
 *        └▶ zones/main: Bytes   worker 2, …
 *
 * Hops come from all threads in no order, so a trace is drawn when nothing has been added to it for a while.
 */
import type { TraceHop } from "../../transports/http/contract.ts";
import { duration, shortName, threadName } from "./actor-names.ts";

/** Threads are asked for their hops ten times a second: three times that. */
const QUIET_MS = 300;
/** A trace that goes on and on is drawn in parts. */
const OPEN_MS_MAX = 2_000;

interface OpenTrace {
  readonly hops: TraceHop[];
  readonly sinceMs: number;
  quietSinceMs: number;
}

export class TraceLines {
  /** In order of their beginning; each is drawn, and forgotten, after `OPEN_MS_MAX` at the latest. */
  readonly #open = new Map<number, OpenTrace>();

  add(hops: readonly TraceHop[], nowMs: number): void {
    for (const hop of hops) {
      const trace = this.#open.get(hop.trace) ?? { hops: [], sinceMs: nowMs, quietSinceMs: nowMs };
      trace.hops.push(hop);
      trace.quietSinceMs = nowMs;
      this.#open.set(hop.trace, trace);
    }
  }

  /** Of the traces that are over, or of all. */
  due(nowMs: number, all = false): string[] {
    const lines: string[] = [];
    for (const [id, { hops, sinceMs, quietSinceMs }] of this.#open) {
      if (!all && nowMs - quietSinceMs < QUIET_MS && nowMs - sinceMs < OPEN_MS_MAX) continue;
      this.#open.delete(id);
      lines.push(...drawn(hops));
    }
    return lines;
  }
}

function drawn(hops: readonly TraceHop[]): string[] {
  const lines: string[] = [];
  const byParent = Map.groupBy(
    hops.toSorted((a, b) => a.sentMs - b.sentMs || a.hop - b.hop),
    (hop) => hop.parent,
  );
  const known = new Set(hops.map(({ hop }) => hop));
  const draw = (hop: TraceHop, depth: number): void => {
    lines.push(depth === 0 ? beginning(hop) : `${"   ".repeat(depth - 1)}  └▶ ${arrival(hop)}`);
    for (const next of byParent.get(hop.hop) ?? []) draw(next, depth + 1);
  };
  for (const [parent, siblings] of byParent) {
    if (parent !== null && known.has(parent)) continue;
    for (const hop of siblings) draw(hop, 0);
  }
  return lines;
}

/** `…` where what led to it was drawn before. */
function beginning(hop: TraceHop): string {
  const time = new Date(hop.sentMs).toISOString().slice(11, 23);
  const from = hop.from === null ? "outside" : shortName(hop.from);
  return `${time} ${hop.parent === null ? "" : "… "}${from} ──▶ ${arrival(hop)}`;
}

function arrival({ to, type, thread, waitMs, handlerMs, outcome }: TraceHop): string {
  const took = outcome === "handled" || outcome === "failed" || outcome === "unhandled";
  const how = [
    threadName(thread),
    `waited ${duration(waitMs)}`,
    ...(took ? [`took ${duration(handlerMs)}`] : []),
    ...(outcome === "handled" ? [] : [outcome]),
  ];
  return `${shortName(to)}: ${type}   ${how.join(", ")}`;
}
