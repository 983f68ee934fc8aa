/** Sends an operator's act to the node and says how it ended. */
import { useState } from "react";
import type { Leaf, LeafAct } from "../../../transports/http/contract.ts";
import { actOnLeaf } from "../api.ts";
import { store } from "../live/live.ts";

export type ActOutcome =
  | { readonly state: "idle" | "busy" }
  | { readonly state: "done" | "failed"; readonly message: string };

export function useLeafAct(hub: string, leafId: number) {
  const [outcome, setOutcome] = useState<ActOutcome>({ state: "idle" });
  const act = async (wanted: LeafAct, doneMessage: (leaf: Leaf) => string): Promise<void> => {
    setOutcome({ state: "busy" });
    const answer = await actOnLeaf(hub, leafId, wanted);
    if (answer.ok) {
      store.putLeaf(answer.value);
      setOutcome({ state: "done", message: doneMessage(answer.value) });
    } else {
      setOutcome({ state: "failed", message: answer.message });
    }
  };
  return { outcome, act };
}
