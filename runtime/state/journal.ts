/**
 * What actors write down to survive: events in order, and now and then a snapshot that makes the
 * events before it unnecessary. Sequence numbers of one persistence id begin at 1 and have no gaps.
 *
 *   append ──▶ journal [id, seq] event        recover ◀── snapshot [id] {seq, state}, events after it
 *
 * A promise from here resolves after a durable commit, never before.
 */
import { MycelError } from "../errors.ts";
import type { StateStore } from "./state-store.ts";

export interface Snapshot<S> {
  /** The last event that is in it. */
  readonly seq: number;
  readonly state: S;
}

// biome-ignore lint/suspicious/noConfusingVoidType: most want all events and return nothing
export type OnEvent = (event: unknown, seq: number) => boolean | void;

export interface SaveOptions {
  /** Removes the events that are in it, the oldest `EVENTS_DROPPED_MAX` of them at once. */
  readonly dropsEvents?: boolean;
  /** As of `append`. */
  readonly expectedSeq?: number;
}

export interface Journal {
  /**
   * Adds events and answers with the seq of the last one. `expectedSeq`, when given, is the last seq
   * that the writer knows of: if another has written meanwhile, nothing is written.
   */
  append(id: string, events: readonly unknown[], expectedSeq?: number): Promise<number>;
  /**
   * Events after `afterSeq`, oldest first, until `onEvent` says false; answers with the last seq that
   * it was shown, or that is known of.
   */
  replay(id: string, onEvent: OnEvent, afterSeq?: number): number;
  /** Replaces the snapshot, unless it is of a later event. */
  saveSnapshot(id: string, snapshot: Snapshot<unknown>, options?: SaveOptions): Promise<void>;
  snapshot(id: string): Snapshot<unknown> | undefined;
}

export function openJournal(store: StateStore): Journal {
  const events = store.table<readonly [string, number], unknown>({
    name: "journal",
    value: "object",
  });
  const snapshots = store.table<string, Snapshot<unknown>>({ name: "snapshot", value: "object" });

  function lastSeq(id: string): number {
    for (const { key } of events.range({
      from: [id, 0],
      to: [id, SEQ_MAX],
      reverse: true,
      limit: 1,
    })) {
      return key[1];
    }
    return snapshots.get(id)?.seq ?? 0;
  }

  return {
    async append(id, added, expectedSeq) {
      let seq = 0;
      await store.write(() => {
        seq = lastSeq(id);
        checkSeq(id, seq, expectedSeq);
        for (const event of added) events.put([id, ++seq], event);
      });
      return seq;
    },

    replay(id, onEvent, afterSeq = 0) {
      let last = Math.max(afterSeq, snapshots.get(id)?.seq ?? 0);
      for (const { key, value } of events.range({ from: [id, afterSeq + 1], to: [id, SEQ_MAX] })) {
        last = key[1];
        if (onEvent(value, last) === false) break;
      }
      return last;
    },

    async saveSnapshot(id, snapshot, { dropsEvents = false, expectedSeq } = {}) {
      await store.write(() => {
        if (expectedSeq !== undefined) checkSeq(id, lastSeq(id), expectedSeq);
        if ((snapshots.get(id)?.seq ?? 0) > snapshot.seq) return;
        snapshots.put(id, snapshot);
        if (!dropsEvents) return;
        const covered = events.range({
          from: [id, 0],
          to: [id, snapshot.seq + 1],
          limit: EVENTS_DROPPED_MAX,
        });
        for (const { key } of [...covered]) events.remove(key);
      });
    },

    snapshot: (id) => snapshots.get(id),
  };
}

function checkSeq(id: string, seq: number, expectedSeq: number | undefined): void {
  if (expectedSeq === undefined || expectedSeq === seq) return;
  throw new MycelError(
    "E_JOURNAL_FENCED",
    `${id} is at event ${seq}, not ${expectedSeq}: another writer was faster.`,
    { id, seq, expectedSeq },
  );
}

/** One transaction's work: some tens of ms. More than one snapshot covers, the rest goes with the next. */
const EVENTS_DROPPED_MAX = 10_000;

const SEQ_MAX = Number.MAX_SAFE_INTEGER;
