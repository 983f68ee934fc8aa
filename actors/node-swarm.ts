/** The leaves of a node's hubs, from its board, as the devices actor asks for them. */
import type { Config } from "../config/schema.ts";
import type { Board } from "./dashboard/board.ts";
import type { Swarm } from "./device/swarm.ts";

export function nodeSwarm(board: Board, hubs: Config["hubs"]): Swarm {
  const configured = new Map(
    hubs.flatMap(({ id, leaves }) => leaves.map((leaf) => [`${id}/${leaf.id}`, leaf] as const)),
  );
  return {
    leaf: (hub, idOrName) => {
      const record = board.findLeaf(hub, idOrName);
      if (record === undefined) return undefined;
      const { leafId, name } = record;
      const sleeps = record.sleeps ?? configured.get(`${hub}/${leafId}`)?.sleeps ?? false;
      return { leafId, name, sleeps };
    },
    leaves: (hub) => board.leavesOf(hub),
  };
}
