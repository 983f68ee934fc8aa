/** Sends an act to the node and says how it ended. */
import { useState } from "react";
import type { Answer } from "../api.ts";

export type ActOutcome =
  | { readonly state: "idle" | "busy" }
  | { readonly state: "done" | "failed"; readonly message: string };

export function useAct() {
  const [outcome, setOutcome] = useState<ActOutcome>({ state: "idle" });
  /** The answer's value, or undefined where it was refused. */
  async function act<T>(
    ask: () => Promise<Answer<T>>,
    doneMessage: (value: T) => string = () => "",
  ): Promise<T | undefined> {
    setOutcome({ state: "busy" });
    const answer = await ask();
    setOutcome(
      answer.ok
        ? { state: "done", message: doneMessage(answer.value) }
        : { state: "failed", message: answer.message },
    );
    return answer.ok ? answer.value : undefined;
  }
  return { outcome, act, isBusy: outcome.state === "busy" };
}
