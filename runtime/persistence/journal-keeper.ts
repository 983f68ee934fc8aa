/**
 * The one writer of the journal of a node, on the thread that owns the store. Persistent actors on any
 * thread write and recover through it.
 *
 *   Append, SaveState, SaveSnapshot ──▶ store ──on disk──▶ Written
 *   Recover ──behind the writes under way──▶ a page of events
 *
 * What comes in one turn shares a commit. A restart loses the answers to what is under way: whoever
 * waits for one fails, and recovers.
 */
import type { ActorRef } from "../actor-ref.ts";
import { type Behavior, receive, same, setup } from "../behavior.ts";
import { MycelError } from "../errors.ts";
import { unreachable } from "../invariant.ts";
import { RECOVERY_PAGE_BYTES_MAX, RECOVERY_PAGE_EVENTS_MAX } from "../limits.ts";
import { openJournal } from "../state/journal.ts";
import type { StateStore } from "../state/state-store.ts";
import type { MailboxSpec } from "../supervisor.ts";
import type {
  JournalAnswer,
  JournalCommand,
  JournalRefusal,
  PersistedValue,
  RecoveryAnswer,
} from "./journal-messages.ts";

/** A persistent actor has one write or recovery under way; those beyond wait, and are not lost. */
export const JOURNAL_MAILBOX: MailboxSpec<JournalCommand> = {
  capacity: 8_192,
  overflow: "backpressure",
};

type Recover = Extract<JournalCommand, { type: "Recover" }>;

type Own =
  | { readonly type: "Settled"; readonly answer: () => void }
  | { readonly type: "WritesSettled"; readonly recover: Recover };

export const journalKeeper = ({
  store,
}: {
  readonly store: StateStore;
}): Behavior<JournalCommand> =>
  setup<JournalCommand | Own>((ctx) => {
    const journal = openJournal(store);
    let writesUnderWay = 0;
    let lastWrite: Promise<unknown> = Promise.resolve();

    const write = (written: Promise<number>, replyTo: ActorRef<JournalAnswer>): void => {
      writesUnderWay += 1;
      lastWrite = written;
      ctx.pipeToSelf(
        written,
        (seq) => ({ type: "Settled", answer: () => replyTo.tell({ type: "Written", seq }) }),
        (cause) => ({ type: "Settled", answer: () => replyTo.tell(refusal(cause)) }),
      );
    };

    const noSnapshot = (persistenceId: string, cause: unknown): void =>
      ctx.log.warn({ persistenceId, err: cause }, "no snapshot saved");

    const recover = ({ persistenceId, from, replyTo }: Recover): void => {
      try {
        replyTo.tell(readPage(persistenceId, from));
      } catch (cause) {
        replyTo.tell(refusal(cause));
      }
    };

    const readPage = (persistenceId: string, from: Recover["from"]): RecoveryAnswer => {
      const isFirst = from === "snapshot";
      const snapshot = isFirst ? journal.snapshot(persistenceId) : undefined;
      const events: PersistedValue[] = [];
      let bytes = 0;
      let seq = isFirst ? (snapshot?.seq ?? 0) : from.afterSeq;
      let isLast = true;
      const last = journal.replay(
        persistenceId,
        (event, eventSeq) => {
          if (eventSeq !== seq + 1) throw lacksEvent(persistenceId, seq + 1);
          seq = eventSeq;
          const value = event as PersistedValue;
          events.push(value);
          bytes += value[1].length;
          isLast = events.length < RECOVERY_PAGE_EVENTS_MAX && bytes < RECOVERY_PAGE_BYTES_MAX;
          return isLast;
        },
        seq,
      );
      if (isLast && last !== seq) throw lacksEvent(persistenceId, seq + 1);
      const state = snapshot?.state as PersistedValue | undefined;
      return { type: "RecoveryPage", snapshot: state, events, seq, isLast };
    };

    return receive((message) => {
      switch (message.type) {
        case "Append": {
          const { persistenceId, events, expectedSeq, replyTo } = message;
          write(journal.append(persistenceId, events, expectedSeq), replyTo);
          return same;
        }
        case "SaveState": {
          const { persistenceId, state, expectedSeq, replyTo } = message;
          const seq = expectedSeq + 1;
          const saved = journal.saveSnapshot(persistenceId, { seq, state }, { expectedSeq });
          write(
            saved.then(() => seq),
            replyTo,
          );
          return same;
        }
        case "SaveSnapshot": {
          const { persistenceId, seq, state, dropsEvents } = message;
          const saved = journal.saveSnapshot(persistenceId, { seq, state }, { dropsEvents });
          saved.catch((cause) => noSnapshot(persistenceId, cause));
          return same;
        }
        case "Recover":
          // A write that is not on disk yet may be this actor's own, before it failed.
          if (writesUnderWay === 0) recover(message);
          else {
            const settled = (): Own => ({ type: "WritesSettled", recover: message });
            ctx.pipeToSelf(lastWrite, settled, settled);
          }
          return same;
        case "Settled":
          writesUnderWay -= 1;
          message.answer();
          return same;
        case "WritesSettled":
          recover(message.recover);
          return same;
        default:
          return unreachable(message);
      }
    });
  }) as Behavior<JournalCommand>;

function refusal(cause: unknown): JournalRefusal {
  const { message } = cause as Error;
  const code = cause instanceof MycelError ? cause.code : "E_STORE_FAILED";
  return { type: "JournalRefusal", code, message };
}

const lacksEvent = (persistenceId: string, seq: number): MycelError =>
  new MycelError(
    "E_STORE_DAMAGED",
    `The journal lacks event ${seq} of ${persistenceId}: restore a backup, or read the snapshot that replaced it.`,
    { persistenceId, seq },
  );
