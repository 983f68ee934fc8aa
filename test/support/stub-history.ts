/** The stub office's history, made of its model when it is asked for. */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { HistoryAnswer, HistoryQuery, Leaf } from "../../transports/http/contract.ts";

const HOUR_MS = 3_600_000;

export interface HistoryParts {
  readonly leaves: readonly Leaf[];
  readonly nowMs: () => number;
  readonly sample: (leaf: Leaf, channel: string, atMs: number) => number;
}

export async function historyOf(
  query: HistoryQuery,
  { leaves, nowMs, sample }: HistoryParts,
): Promise<Result<HistoryAnswer, "leafUnknown" | "channelUnknown">> {
  const leaf = leaves.find(
    (one) =>
      one.hub === query.hub && (one.name === query.leaf || String(one.leafId) === query.leaf),
  );
  if (leaf === undefined) return err("leafUnknown");
  if (!leaf.capabilities.includes(query.channel)) return err("channelUnknown");
  const toMs = query.toMs ?? nowMs();
  const fromMs = query.fromMs ?? toMs - HOUR_MS;
  const stepMs = query.stepMs ?? 1_000;
  const rows: HistoryAnswer["rows"] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs < toMs; atMs += stepMs) {
    if (rows.length >= query.limit) break;
    const at = (share: number) => sample(leaf, query.channel, atMs + share * stepMs);
    if (query.stepMs === undefined) {
      rows.push({ atMs, value: at(0) });
      continue;
    }
    const samples = [0.1, 0.3, 0.5, 0.7, 0.9].map(at);
    rows.push({
      atMs,
      value: samples.reduce((sum, value) => sum + value, 0) / samples.length,
      min: Math.min(...samples),
      max: Math.max(...samples),
      count: Math.round(stepMs / 1_000),
    });
  }
  return ok({
    hub: leaf.hub,
    leafId: leaf.leafId,
    channel: query.channel,
    rows,
    more: rows.length >= query.limit,
  });
}
