/** What a tool does with a call: it answers at once, or asks an actor and reads the answer. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { UntrustedText } from "./safety/guard-types.ts";

export interface ToolOutcome {
  readonly outcome: "done" | "failed";
  /** Code of the failure. */
  readonly reason: string | null;
  /** For the model: `{"success": true, "result": …}` as the seed has it. */
  readonly result: string;
  /** Ids of what it made: `task:17`. */
  readonly made: readonly string[];
  /** Words of others that the result lets the model read; left out: none. */
  readonly heard?: readonly UntrustedText[];
}

/** `Q` and `A` are known where the row is written; the runner only carries them. */
export interface ToolAsk<Q, A> {
  readonly target: ActorRef<Q>;
  readonly request: (replyTo: ActorRef<A>) => Q;
  readonly timeoutMs: number;
  readonly read: (answer: A) => ToolOutcome;
}

export type ToolStep = { readonly answer: ToolOutcome } | { readonly ask: ToolAsk<never, never> };

export const askActor = <Q, A>(ask: ToolAsk<Q, A>): ToolStep => ({
  ask: ask as unknown as ToolAsk<never, never>,
});

export const done = (result: unknown, made: readonly string[] = []): ToolOutcome => ({
  outcome: "done",
  reason: null,
  result: JSON.stringify({ success: true, result }),
  made,
});

export const failed = (reason: string, error: string): ToolOutcome => ({
  outcome: "failed",
  reason,
  result: refusalText(error),
  made: [],
});

/** How the model is told that nothing happened. */
export const refusalText = (error: string): string => JSON.stringify({ success: false, error });
