/** Actors that move between threads in tests, and those that write to them. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import {
  type Behavior,
  movable,
  receive,
  same,
  setup,
  stopped,
} from "../../../runtime/behavior.ts";

export type TallyCommand =
  | { readonly type: "Note"; readonly from: string; readonly n: number }
  | { readonly type: "AnswerTo"; readonly n: number; readonly replyTo: ActorRef<Seen> }
  | { readonly type: "TickEvery"; readonly ms: number }
  | { readonly type: "Watch"; readonly ref: ActorRef<never> }
  | { readonly type: "Stash" }
  | { readonly type: "Unstash" }
  | { readonly type: "Tick" }
  | { readonly type: "AskOne"; readonly target: ActorRef<Question> }
  | { readonly type: "Answered"; readonly n: number }
  | { readonly type: "Fail" }
  | { readonly type: "End" };

export interface Question {
  readonly type: "AnswerTo";
  readonly n: number;
  readonly replyTo: ActorRef<Seen>;
}

/** What a tally tells of each message it handles; `handled` counts since its last start. */
export interface Seen {
  readonly from: string;
  readonly n: number;
  readonly handled: number;
}

interface TallyState {
  handled: number;
  isStashing: boolean;
}

/** Tells `to` of all it gets, in order, with how many it has handled: its state moves along. */
export const tally = ({ to }: { to: ActorRef<Seen> }): Behavior<TallyCommand> =>
  movable(
    (): TallyState => ({ handled: 0, isStashing: false }),
    (ctx, state) => {
      const seen = (from: string, n: number): void => {
        state.handled += 1;
        to.tell({ from, n, handled: state.handled });
      };
      return receive<TallyCommand>(
        (message) => {
          if (state.isStashing && message.type === "Note") {
            ctx.stash(message);
            return same;
          }
          switch (message.type) {
            case "Note":
              seen(message.from, message.n);
              return same;
            case "AnswerTo":
              state.handled += 1;
              message.replyTo.tell({ from: "answer", n: message.n, handled: state.handled });
              return same;
            case "TickEvery":
              ctx.startPeriodicTimer("tick", { type: "Tick" }, message.ms);
              return same;
            case "Tick":
              seen("timer", ctx.nowMs());
              return same;
            case "Watch":
              ctx.watch(message.ref);
              return same;
            case "Stash":
              state.isStashing = true;
              return same;
            case "Unstash":
              state.isStashing = false;
              ctx.unstashAll();
              return same;
            case "AskOne":
              ctx.ask<Question, Seen>(
                message.target,
                (replyTo) => ({ type: "AnswerTo", n: 7, replyTo }),
                1_000,
                ({ n }) => ({ type: "Answered", n }),
                () => ({ type: "Answered", n: -1 }),
              );
              return same;
            case "Answered":
              seen("asked", message.n);
              return same;
            case "Fail":
              throw new Error("told to fail");
            case "End":
              return stopped;
          }
        },
        {
          onBytes: (bytes, start, _end, tag) => {
            seen(`bytes ${tag}`, bytes[start] as number);
            return same;
          },
          onSignal: (signal) => {
            if (signal.type === "Terminated") seen(`end of ${signal.ref.path}`, 0);
            return same;
          },
        },
      );
    },
  );

/** Says `n` messages more to `to`, each with the next number; every third as bytes, if `withBytes`. */
export const writer = (options: {
  readonly name: string;
  readonly to: ActorRef<TallyCommand>;
  readonly tag?: number;
}): Behavior<{ readonly send: number } | { readonly told: ActorRef<number> }> =>
  setup(() => {
    const { name, to, tag } = options;
    let told = 0;
    const one = new Uint8Array(1);
    return receive((message) => {
      if ("told" in message) {
        message.told.tell(told);
        return same;
      }
      for (let i = 0; i < message.send; i += 1) {
        one[0] = (told + 1) % 256;
        const sent =
          tag === undefined
            ? to.tell({ type: "Note", from: name, n: told + 1 })
            : to.tellBytes(one, 0, 1, tag, 0);
        if (!sent) break;
        told += 1;
      }
      return same;
    });
  });

/** Watches `ref`, again a while after each end it is told of; tells of how many it has been told. */
export const mourner = ({
  ref,
}: {
  ref: ActorRef<never>;
}): Behavior<{ readonly replyTo: ActorRef<number> } | "watch"> =>
  setup((ctx) => {
    let ends = 0;
    ctx.watch(ref);
    return receive(
      (message) => {
        if (message === "watch") ctx.watch(ref);
        else message.replyTo.tell(ends);
        return same;
      },
      {
        onSignal: (signal) => {
          if (signal.type !== "Terminated") return same;
          ends += 1;
          ctx.startTimer("watch", "watch", 1_000);
          return same;
        },
      },
    );
  });

/** Works without end once it is told to, some tens of microseconds a message. */
export const spinner = (): Behavior<"work"> =>
  movable(
    () => ({ sum: 0 }),
    (ctx, state) =>
      receive((message) => {
        for (let i = 0; i < 50_000; i += 1) state.sum = (state.sum + i) | 0;
        ctx.self.tell(message);
        return same;
      }),
  );
