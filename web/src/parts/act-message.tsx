/** How an act ended, next to the button that asked for it. */
import type { ActOutcome } from "./use-act.ts";

export function ActMessage({ outcome }: { outcome: ActOutcome }) {
  return (
    <p
      role="status"
      data-outcome={outcome.state}
      className={`text-xs empty:hidden ${outcome.state === "failed" ? "text-bad" : "text-ink-2"}`}
    >
      {"message" in outcome ? outcome.message : null}
    </p>
  );
}
