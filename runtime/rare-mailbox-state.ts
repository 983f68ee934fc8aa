/**
 * What few mailboxes have, in an object that all others do without.
 *
 *   bytes      the ring behind the slots that announce bytes
 *   notes      of a message that is timed or traced: when it came, and by what cause
 *   positions  for `conflate`: where the last message of each key was put
 *
 * A position is as the mailbox's `head` counts: it only grows, modulo 2^32.
 */
import type { ByteRing } from "./byte-ring.ts";
import type { MessageKey } from "./mailbox-rules.ts";
import type { Cause } from "./watching/tracing.ts";

/** What is noted of a message that waits, if it is timed or traced. */
export interface Note {
  readonly position: number;
  /** Undefined for bytes. */
  message: unknown;
  /** Monotonic ms of its coming. */
  readonly atMs: number;
  /** By what it was caused, if it is traced. */
  readonly cause: Cause | undefined;
}

export class RareMailboxState {
  bytes: ByteRing | undefined = undefined;
  /** For `conflate`, from the first key on. */
  positions: Map<string | number, number> | undefined = undefined;
  /** Of the message put last. */
  lastKey: MessageKey = undefined;
  /** Oldest first, unless messages were conflated: most often one, the one that is timed. */
  readonly notes: Note[] = [];

  noteAt(position: number): Note | undefined {
    return this.notes.find((note) => note.position === position);
  }

  dropNote(position: number): Note | undefined {
    const { notes } = this;
    if (notes.length === 1) return notes.pop();
    const index = notes.findIndex((note) => note.position === position);
    return index === 0 ? notes.shift() : notes.splice(index, 1)[0];
  }

  /** Where a message of this key waits among the `count` from `head` on. */
  waitingAt(key: string | number, head: number, count: number): number | undefined {
    const position = this.positions?.get(key);
    if (position === undefined) return undefined;
    const offset = (position - head) | 0;
    return offset >= 0 && offset < count ? position : undefined;
  }

  /** The next message put is the waiting one of its key. */
  enterKey(key: string | number, head: number, count: number, capacity: number): void {
    this.positions ??= new Map();
    // Keys that no longer wait are left behind until there are more of them than places.
    if (this.positions.size >= 2 * capacity) this.forgetPassed(head);
    this.positions.set(key, (head + count) | 0);
  }

  /** Forgets the keys whose last message has been taken. */
  forgetPassed(head: number): void {
    if (this.positions === undefined) return;
    for (const [key, position] of this.positions) {
      if (((position - head) | 0) < 0) this.positions.delete(key);
    }
  }
}
