/**
 * What wallets ask of others, and go on with when the answer is here: an actor's handler cannot wait, so
 * the rest of its work comes back to it as a message.
 *
 *   askLedger(request, (answer) => …)      answer undefined: none came in time
 */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { isStoreFull, type StateStore } from "../../runtime/state/state-store.ts";
import type { LedgerCommand } from "../ledger/messages.ts";

/** A commit on a slow disk takes a second, and others may wait before it. */
export const LEDGER_TIMEOUT_MS = 5_000;

/** The rest of some work, on the actor's own turn. */
export interface GoOn {
  readonly type: "GoOn";
  readonly run: () => void;
}

export type AskLedger = <A>(
  request: (replyTo: ActorRef<A>) => LedgerCommand,
  then: (answer: A | undefined) => void,
) => void;

export const askLedgerOf =
  <M>(ctx: ActorContext<M | GoOn>, ledger: ActorRef<LedgerCommand>): AskLedger =>
  <A>(request: (replyTo: ActorRef<A>) => LedgerCommand, then: (answer: A | undefined) => void) =>
    ctx.ask<LedgerCommand, A>(
      ledger,
      request,
      LEDGER_TIMEOUT_MS,
      (answer) => ({ type: "GoOn", run: () => then(answer) }),
      () => ({ type: "GoOn", run: () => then(undefined) }),
    );

/** Runs `change` as a write of the store; `isSaved` false: its disk is full. Other faults are thrown. */
export type Save = (change: () => void, then: (isSaved: boolean) => void) => void;

export const saveOf =
  <M>(ctx: ActorContext<M | GoOn>, store: StateStore): Save =>
  (change, then) =>
    ctx.pipeToSelf<void>(
      store.write(change),
      () => ({ type: "GoOn", run: () => then(true) }),
      (cause) => ({
        type: "GoOn",
        run: () => {
          then(false);
          if (!isStoreFull(cause)) throw cause;
        },
      }),
    );
