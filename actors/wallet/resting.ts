/**
 * How a wallet lives: it does what it is asked and goes on when answers come. Not asked for a while, it gives up its
 * place in memory but not its address.
 *
 *   asked ──▶ handle ──GoOn, GoOn──▶ answered          asked no more ──Idle──▶ passive
 */
import type { ActorContext } from "../../runtime/actor-context.ts";
import { type Behavior, passive, receive, same, setup } from "../../runtime/behavior.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { GoOn } from "./ledger-asks.ts";

/** One person's clicks, or the pages that show them. */
export const WALLET_MAILBOX = { capacity: 64, overflow: "refuse" } satisfies MailboxSpec<never>;

const WALLET_IDLE_MS = 60_000;

interface Idle {
  readonly type: "Idle";
}
type Own = GoOn | Idle;

export const resting = <M extends { readonly type: string }>(
  start: (ctx: ActorContext<M | Own>) => (message: M) => void,
): Behavior<M> =>
  setup<M | Own>((ctx) => {
    const handle = start(ctx);
    const restLater = (): void => ctx.startTimer("idle", { type: "Idle" }, WALLET_IDLE_MS);
    restLater();
    return receive((message) => {
      if (isGoOn(message)) message.run();
      else if (isIdle(message)) {
        restLater();
        return passive;
      } else {
        restLater();
        handle(message);
      }
      return same;
    });
  }) as Behavior<M>;

const isGoOn = (message: { readonly type: string }): message is GoOn => message.type === "GoOn";
const isIdle = (message: { readonly type: string }): message is Idle => message.type === "Idle";
