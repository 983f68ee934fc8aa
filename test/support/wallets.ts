/** Wallets over a ledger and a treasury in a simulation, and what a test asks of them. */
import type { PeopleCommand } from "../../actors/person/messages.ts";
import type { WalletsCommand } from "../../actors/wallet/messages.ts";
import { wallets } from "../../actors/wallet/wallets.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { receive, same } from "../../runtime/behavior.ts";
import { startMoney } from "./money.ts";

export type Answer = { readonly type: string; readonly reason?: string } & Record<string, unknown>;
export type Question = WalletsCommand extends infer C
  ? C extends { readonly replyTo: unknown }
    ? Omit<C, "replyTo">
    : never
  : never;

/** An office of three people: 1, 2 and 3. */
export function startWallets(
  options: { readonly demurrage?: boolean } & Parameters<typeof startMoney>[0] = {},
) {
  const money = startMoney(options);
  const child = { restart: "permanent", shutdownMs: 1_000 } as const;
  const people = money.sim.system.spawn<PeopleCommand>({
    ...child,
    id: "people",
    start: () =>
      receive((message) => {
        if (message.type !== "GetPeople") return same;
        const known = [1, 2, 3].map((id) => ({ id, name: `p${id}`, displayName: "" }) as never);
        message.replyTo.tell({ type: "PeopleListed", people: known });
        return same;
      }),
  });
  const ref = money.sim.system.spawn<WalletsCommand>({
    ...child,
    id: "wallets",
    start: () =>
      wallets({
        store: money.store,
        ledger: money.ledger,
        people,
        demurrage: options.demurrage === true,
      }),
  });
  const ask = (question: Question): Promise<Answer> =>
    money.ask<WalletsCommand, Answer>(
      ref,
      (replyTo) => ({ ...question, replyTo: replyTo as ActorRef<never> }) as WalletsCommand,
    );
  return { ...money, wallets: ref, ask };
}
