/** What the devices of each zone multiply a bounty by, asked once and again after a while. */
import { useEffect, useSyncExternalStore } from "react";
import { nowMs } from "./clock.ts";
import { createTopics } from "./live/topics.ts";
import { fetchZoneFactor } from "./office-api.ts";

/** Devices earn their experience over days. */
const KEPT_MS = 5 * 60_000;

const topics = createTopics();
/** One entry a zone that a task names. */
const factors = new Map<string, { factor: number; askedAtMs: number }>();

/** 1 until more is known. */
export function useZoneFactor(zone: string | null): number {
  useEffect(() => {
    if (zone !== null) void learn(zone);
  }, [zone]);
  return useSyncExternalStore(
    (listener) => topics.subscribe(zone ?? "", listener),
    () => factors.get(zone ?? "")?.factor ?? 1,
  );
}

async function learn(zone: string): Promise<void> {
  const known = factors.get(zone);
  if (known !== undefined && nowMs() - known.askedAtMs < KEPT_MS) return;
  factors.set(zone, { factor: known?.factor ?? 1, askedAtMs: nowMs() });
  const answer = await fetchZoneFactor(zone);
  if (!answer.ok) return;
  factors.set(zone, { factor: answer.value.multiplier, askedAtMs: nowMs() });
  topics.publish(new Set([zone]));
}
