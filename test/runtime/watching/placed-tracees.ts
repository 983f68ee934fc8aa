/** Behaviors of the tracing tests, placed on threads by module and name. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import {
  type Behavior,
  movable,
  receive,
  same,
  setup,
  unhandled,
} from "../../../runtime/behavior.ts";

export interface Question {
  readonly type: "Question";
  readonly replyTo: ActorRef<{ type: "Answer" }>;
}
type Asked = Question | { readonly type: "Riddle" };
type Worked = { readonly type: "Work" | "Late" | "Piped" | "Answered" | "Silent" };

/** Answers questions, and leaves the rest unhandled. */
export const oracle = (): Behavior<Asked> =>
  receive<Asked>((message) => {
    if (message.type === "Riddle") return unhandled;
    message.replyTo.tell({ type: "Answer" });
    return same;
  });

/** On bytes: tells itself, sets a timer, pipes a promise, asks, and asks one who never answers. */
export const worker = ({
  oracle: wise,
  sink,
}: {
  oracle: ActorRef<Asked>;
  sink: ActorRef<Worked>;
}): Behavior<Worked> =>
  setup((ctx) =>
    receive(
      (message) => {
        if (message.type === "Work") {
          ctx.startTimer("late", { type: "Late" }, 20);
          ctx.pipeToSelf(
            Promise.resolve(),
            () => ({ type: "Piped" }),
            () => ({ type: "Silent" }),
          );
          const answered = (): Worked => ({ type: "Answered" });
          const silent = (): Worked => ({ type: "Silent" });
          ctx.ask<Asked, { type: "Answer" }>(
            wise,
            (replyTo) => ({ type: "Question", replyTo }),
            1_000,
            answered,
            silent,
          );
          wise.tell({ type: "Riddle" });
        } else sink.tell(message);
        return same;
      },
      {
        onBytes: () => {
          ctx.self.tell({ type: "Work" });
          return same;
        },
      },
    ),
  );

/** Throws at what comes from a timer; what else comes it tells to whoever is at a path. */
export const sink = ({ path }: { path: string }): Behavior<Worked> =>
  setup((ctx) =>
    receive((message) => {
      if (message.type === "Late") throw new Error("too late");
      ctx.refAt<Worked>(path).tell(message);
      return same;
    }),
  );

/** Tells the other number `n - 1` until there is nothing left. */
export const pinger = (): Behavior<number | { readonly to: ActorRef<number> }> =>
  movable(
    (): { to: ActorRef<number> | undefined } => ({ to: undefined }),
    (_ctx, state) =>
      receive((message) => {
        if (typeof message === "object") state.to = message.to;
        else if (message > 0) state.to?.tell(message - 1);
        return same;
      }),
  );
