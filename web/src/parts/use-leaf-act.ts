/** Sends an operator's act on a leaf to the node and says how it ended. */
import type { Leaf, LeafAct } from "../../../transports/http/contract.ts";
import { actOnLeaf } from "../api.ts";
import { store } from "../live/live.ts";
import { useAct } from "./use-act.ts";

export function useLeafAct(hub: string, leafId: number) {
  const { outcome, act: send } = useAct();
  const act = async (wanted: LeafAct, doneMessage: (leaf: Leaf) => string): Promise<void> => {
    const leaf = await send(() => actOnLeaf(hub, leafId, wanted), doneMessage);
    if (leaf !== undefined) store.putLeaf(leaf);
  };
  return { outcome, act };
}
