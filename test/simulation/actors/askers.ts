/** Askers, those who answer at once, late, twice or never, and the ledger of what came of each ask. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";

export interface Ask {
  readonly asker: string;
  readonly incarnation: number;
  readonly askedMs: number;
  answers: number;
  timeouts: number;
}

class Ledger {
  readonly asks: Ask[] = [];
  readonly incarnations = new Map<string, number>();
  readonly piped = new Map<number, number>();
  readonly broken: string[] = [];
  isClosing = false;
}

export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  return ledger;
};

interface Question {
  readonly ask: number;
  readonly replyTo: ActorRef<number>;
}

const TIMEOUT_MS = 20;

/** How a question is answered, by its number. */
const MANNERS = ["once", "twice", "late", "never"] as const;

type AnswererCommand = Question | { readonly type: "Late"; readonly question: Question };

/** Late answers come by a promise and a timer, some of them after the time of the ask. */
export const answerer = (): Behavior<AnswererCommand> =>
  setup((ctx) =>
    receive((message) => {
      if ("type" in message) {
        const { ask } = message.question;
        ctx.startTimer(`${ask}`, message.question, ctx.random() * 2 * TIMEOUT_MS);
        return same;
      }
      const { ask, replyTo } = message;
      switch (MANNERS[ask % MANNERS.length]) {
        case "once":
          replyTo.tell(ask);
          break;
        case "twice":
          replyTo.tell(ask);
          replyTo.tell(ask);
          break;
        case "late": {
          const question = { ask: ask - (ask % MANNERS.length), replyTo };
          const late = (): AnswererCommand => ({ type: "Late", question });
          ctx.pipeToSelf(Promise.resolve(), late, late);
          break;
        }
        default:
      }
      return same;
    }),
  );

type AskerCommand =
  | "go"
  | { readonly type: "answered"; readonly ask: number; readonly asked: number }
  | { readonly type: "timedOut"; readonly asked: number };

export interface AskerOptions {
  readonly id: string;
  readonly answerers: readonly ActorRef<Question>[];
}

export const asker = ({ id, answerers }: AskerOptions): Behavior<AskerCommand> =>
  setup((ctx) => {
    const incarnation = (ledger.incarnations.get(id) ?? 0) + 1;
    ledger.incarnations.set(id, incarnation);
    ctx.startPeriodicTimer("go", "go", 2);
    return receive((message) => {
      if (message === "go") {
        if (ledger.isClosing) return same;
        const asked = ledger.asks.length;
        const askedMs = ctx.nowMs();
        ledger.asks.push({ asker: id, incarnation, askedMs, answers: 0, timeouts: 0 });
        ctx.ask<Question, number>(
          answerers[Math.floor(ctx.random() * answerers.length)] as ActorRef<Question>,
          (replyTo) => ({ ask: asked, replyTo }),
          TIMEOUT_MS,
          (ask) => ({ type: "answered", ask, asked }),
          () => ({ type: "timedOut", asked }),
        );
        return same;
      }
      const ask = ledger.asks[message.asked] as Ask;
      const what = `ask ${message.asked} of ${id}`;
      if (ask.incarnation !== incarnation) ledger.broken.push(`${what} outlived a restart`);
      if (message.type === "answered") {
        ask.answers += 1;
        const manner = message.asked % MANNERS.length;
        const isItsOwn = message.ask === message.asked || message.ask === message.asked - manner;
        if (!isItsOwn) ledger.broken.push(`${what} got the answer to ${message.ask}`);
      } else {
        ask.timeouts += 1;
        const waitedMs = ctx.nowMs() - ask.askedMs;
        if (waitedMs < TIMEOUT_MS) ledger.broken.push(`${what} timed out after ${waitedMs} ms`);
      }
      if (ask.answers + ask.timeouts > 1) ledger.broken.push(`${what} has two outcomes`);
      return same;
    });
  });
