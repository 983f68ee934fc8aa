/**
 * Gives the sparklines a past when the page opens. The node keeps history by leaf, not by zone, so
 * the mean of a few of a zone's leaves stands in for the fused value until live values replace it.
 */
import type { Leaf } from "../../../transports/http/contract.ts";
import { fetchHistory, fetchLeaves } from "../api.ts";
import { CHANNELS } from "../channels.ts";
import { nodeNowMs } from "../clock.ts";
import { store } from "./live.ts";
import { TRAIL_POINTS_MAX, TRAIL_STEP_MS, type Trail } from "./trails.ts";

const STEP_MS = 3 * TRAIL_STEP_MS;
/** A page must not question a large building to death: beyond this, sparklines simply grow. */
const ZONES_MAX = 12;
const LEAVES_PER_TRAIL = 3;
/** Among so many of a zone some have any channel that the zone has. */
const LEAVES_ASKED = 32;
const REQUESTS_AT_ONCE = 4;

/** Asked once a zone, for all its channels: at most `ZONES_MAX`. */
const leavesOf = new Map<string, ReturnType<typeof fetchLeaves>>();

interface Wanted {
  readonly zone: string;
  readonly channel: string;
}

/** Runs once, when the first snapshot is there. */
export function seedTrails(): void {
  const stop = store.subscribe("message", () => {
    stop();
    const wanted = wantedTrails();
    for (let i = 0; i < REQUESTS_AT_ONCE; i += 1) void work(wanted);
  });
}

async function work(wanted: Wanted[]): Promise<void> {
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    store.putPast(next.zone, next.channel, await pastOf(next));
  }
}

function wantedTrails(): Wanted[] {
  const plotted = Object.entries(CHANNELS).filter(([, look]) => look.plottedOnFloor);
  return store
    .zoneNames()
    .slice(0, ZONES_MAX)
    .flatMap((zone) =>
      plotted
        .filter(([channel]) => store.zone(zone)?.readings[channel] !== undefined)
        .map(([channel]) => ({ zone, channel })),
    )
    .reverse();
}

/** Some of a zone's leaves that have this channel: they are asked for, since the feed does not say it. */
async function leavesWith(zone: string, channel: string): Promise<readonly Leaf[]> {
  const asked = leavesOf.get(zone) ?? fetchLeaves({ zone, limit: LEAVES_ASKED });
  leavesOf.set(zone, asked);
  const answer = await asked;
  if (!answer.ok) return [];
  return answer.value
    .filter((leaf) => leaf.standing === "adopted" && leaf.readings[channel])
    .slice(0, LEAVES_PER_TRAIL);
}

async function pastOf({ zone, channel }: Wanted): Promise<Trail> {
  const leaves = await leavesWith(zone, channel);
  const toMs = nodeNowMs();
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { hub, leafId } of leaves) {
    const answer = await fetchHistory({
      hub,
      leafId,
      channel,
      fromMs: toMs - TRAIL_POINTS_MAX * TRAIL_STEP_MS,
      toMs,
      stepMs: STEP_MS,
    });
    // Without a past the sparkline grows from now on; nobody needs to be told.
    if (!answer.ok) continue;
    for (const { atMs, value } of answer.value.rows) {
      const slot = Math.floor(atMs / STEP_MS) * STEP_MS;
      const { sum, count } = sums.get(slot) ?? { sum: 0, count: 0 };
      sums.set(slot, { sum: sum + value, count: count + 1 });
    }
  }
  return [...sums]
    .map(([atMs, { sum, count }]) => ({ atMs, value: sum / count }))
    .sort((a, b) => a.atMs - b.atMs);
}
