/**
 * The ledger: what waits in its mailbox goes into one durable commit, and only then is answered.
 *
 *   PostTransfer ─┐
 *   PostTransfer ─┼─▶ one write ─┬──▶ TransferPosted | TransferRefused, to each asker
 *   PostTransfer ─┘              └──▶ head, to the page, which then asks for the wallet it shows
 *
 * Each order is all or nothing by itself, and one that is refused spoils no other. A restart loses the
 * askers of what waits: they time out, ask again by the same id, and are told what became of it.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { isStoreFull, type StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import { Book } from "./book.ts";
import type { LedgerAnswer, LedgerCommand, TransferOrder } from "./messages.ts";
import { headText } from "./noted.ts";

export interface LedgerOptions {
  readonly store: StateStore;
  readonly dashboard: ActorRef<DashboardCommand>;
}

/** Orders of a few hundred bytes; who sends more is held back until the disk has taken some. */
export const LEDGER_MAILBOX: MailboxSpec<LedgerCommand> = {
  capacity: 4_096,
  overflow: "backpressure",
};

/** So that a commit is some 10 ms at most, and a page of transfers never a large message. */
const BATCH_ORDERS_MAX = 2_048;
/** LMDB commits at the end of a turn, so that a turn's orders wait; a store that is slow gets no more. */
const WAITING_ORDERS_MAX = 8_192;
const PAGE_TRANSFERS_MAX = 1_000;

/** Often enough that a forger has little time, seldom enough that a log can keep all. */
const HEAD_NOTE_MS = 3_600_000;

interface Waiting {
  readonly order: TransferOrder;
  readonly replyTo: ActorRef<LedgerAnswer>;
}

type Own =
  | {
      readonly type: "Committed";
      readonly batch: readonly Waiting[];
      readonly answers: readonly LedgerAnswer[];
    }
  | { readonly type: "NoteHead" }
  | { readonly type: "CommitFailed"; readonly batch: readonly Waiting[]; readonly cause: unknown };

export const ledger = ({ store, dashboard }: LedgerOptions): Behavior<LedgerCommand> =>
  setup<LedgerCommand | Own>((ctx) => {
    const book = new Book(store);
    const waiting: Waiting[] = [];
    let isWriting = false;
    let noted: string | undefined;

    const tellHead = (): void => {
      const { transfers, hash } = book.supply();
      const value = { transfers, hash };
      dashboard.tell({
        type: "OfficeChanged",
        changes: [{ section: "ledger", key: "head", value }],
      });
    };

    /** The store begins the write when this turn's messages have been taken: they are all in it. */
    const write = (): void => {
      if (isWriting || waiting.length === 0) return;
      isWriting = true;
      let batch: readonly Waiting[] = [];
      let answers: readonly LedgerAnswer[] = [];
      const take = (): void => {
        batch = waiting.splice(0, BATCH_ORDERS_MAX);
      };
      ctx.pipeToSelf(
        store.write(() => {
          take();
          answers = book.post(
            batch.map(({ order }) => order),
            ctx.nowMs(),
          );
        }),
        () => ({ type: "Committed", batch, answers }),
        (cause) => {
          // A full store does not begin.
          if (batch.length === 0) take();
          return { type: "CommitFailed", batch, cause };
        },
      );
    };

    /** Into the log, which is kept elsewhere: see noted.ts. */
    const noteHead = (): void => {
      const { transfers: no, hash } = book.supply();
      const head = headText({ hash, no });
      if (head !== noted) ctx.log.info({ head }, "the ledger's head");
      noted = head;
    };

    tellHead();
    noteHead();
    ctx.startPeriodicTimer("note", { type: "NoteHead" }, HEAD_NOTE_MS);

    return receive<LedgerCommand | Own>((message) => {
      switch (message.type) {
        case "PostTransfer":
          if (waiting.length < WAITING_ORDERS_MAX) waiting.push(message);
          else refuse(message);
          write();
          return same;
        case "Committed": {
          isWriting = false;
          for (const [i, { replyTo }] of message.batch.entries()) {
            const answer = message.answers[i];
            if (answer !== undefined) replyTo.tell(answer);
          }
          if (message.answers.some(isNew)) tellHead();
          write();
          return same;
        }
        case "CommitFailed":
          isWriting = false;
          for (const order of message.batch) refuse(order);
          noteFault(message.cause);
          write();
          return same;
        case "NoteHead":
          noteHead();
          return same;
        case "GetBalance": {
          const { account, replyTo } = message;
          replyTo.tell({ type: "Balance", account, balanceMilli: book.balanceMilli(account) });
          return same;
        }
        case "GetSupply":
          message.replyTo.tell(book.supply());
          return same;
        case "GetTransfer":
          message.replyTo.tell({ type: "TransferFound", transfer: book.transfer(message.id) });
          return same;
        case "ListTransfers": {
          const { account, beforeNo, skip, limit, replyTo } = message;
          replyTo.tell(book.list(account, beforeNo, skip, Math.min(limit, PAGE_TRANSFERS_MAX)));
          return same;
        }
        case "ListBalances": {
          const { of, after, limit, replyTo } = message;
          replyTo.tell(book.balances(of, after, Math.min(limit, PAGE_TRANSFERS_MAX)));
          return same;
        }
        default:
          return unreachable(message);
      }
    });

    function refuse({ order, replyTo }: Waiting): void {
      replyTo.tell({ type: "TransferRefused", id: order.id, reason: "storeUnavailable" });
    }

    /** A full disk is refused until there is room; any other fault is the supervisor's. */
    function noteFault(cause: unknown): void {
      if (!isStoreFull(cause)) throw cause;
    }
  }) as Behavior<LedgerCommand>;

const isNew = (answer: LedgerAnswer): boolean =>
  answer.type === "TransferPosted" && !answer.repeated;
