/**
 * The leaves of our own hubs as `get_swarm_status` tells them, in the seed's shape. Who knows the leaves
 * is the node's board, which it hands over as a `Swarm`.
 */
import type { Leaf } from "../../transports/http/contract.ts";

export interface Swarm {
  /** By id or by name. */
  leaf(hub: string, idOrName: string): SwarmLeaf | undefined;
  /** Of one hub, in the order of their ids. */
  leaves(hub: string): Iterable<Leaf>;
}

export interface SwarmLeaf {
  readonly leafId: number;
  readonly name: string;
  /** It hears only just after it has sent. */
  readonly sleeps: boolean;
}

/** A hub of wire v1 has no more; 256 leaves are some 60 KB, as much as an answer may have. */
const LEAVES_TOLD_MAX = 256;

export function swarmStatus(swarm: Swarm, hub: string, nowMs: number): object {
  const leaves: object[] = [];
  let leafCount = 0;
  for (const leaf of swarm.leaves(hub)) {
    leafCount += 1;
    if (leaves.length < LEAVES_TOLD_MAX) leaves.push(leafStatus(leaf, nowMs));
  }
  return {
    hub_id: hub,
    leaf_count: leafCount,
    ...(leafCount > leaves.length && { leaves_left_out: leafCount - leaves.length }),
    leaves,
  };
}

function leafStatus(leaf: Leaf, nowMs: number): object {
  const { leafId, name, hardware, capabilities, batteryMv, lastSeenMs, online, lowBattery } = leaf;
  return {
    leaf_id: leafId,
    name,
    hw_type: hardware ?? "unknown",
    capabilities,
    battery_mv: batteryMv ?? 0,
    // As in the seed: -1 for one that was never heard.
    last_seen_sec_ago:
      lastSeenMs === 0 ? -1 : Math.max(0, Math.floor((nowMs - lastSeenMs) / 1_000)),
    online,
    ...(lowBattery && { warning: "low_battery" }),
    last_data: Object.fromEntries(
      Object.entries(leaf.readings).map(([channel, { value }]) => [channel, value]),
    ),
  };
}
