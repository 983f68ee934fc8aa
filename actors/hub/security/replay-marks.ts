/**
 * How far the counters of a hub's leaves may be accepted, kept on disk ahead of them, so that whatever
 * ends the node, no counter is accepted a second time:
 *
 *   counter ──accepted while ≤ mark──▶ half a block left ──▶ waiting ──every 5 s, or at once──▶ store
 *                                                                          mark = counter + block
 *
 * A start finds the mark and refuses all up to it (`uncertain`): of a leaf that lost its node within a
 * block, a block of frames at most. The hub tells it the mark with the first of them, it goes on above,
 * and so it loses one (decision 20).
 */
import type { MarkRecord } from "./messages.ts";
import type { SessionTable, SlotNo } from "./session-table.ts";

/**
 * Four minutes of a leaf with a report a second, so that 25,000 of them write 200 marks a second; and
 * the most that a leaf loses which cannot be told.
 */
export const MARK_BLOCK = 256;
/** Half a block takes two minutes at a report a second. */
export const MARKS_EVERY_MS = 5_000;

export interface MarkPorts {
  /** Leads to one call of `settled`. */
  save(marks: readonly MarkRecord[]): void;
  /** Leads to a call of `flush` after `MARKS_EVERY_MS`. */
  flushLater(): void;
}

export class ReplayMarks {
  readonly #table: SessionTable;
  readonly #rowBase: number;
  readonly #ports: MarkPorts;
  /** Leaf id and slot → the counter to be allowed. At most two a leaf. */
  readonly #wanted = new Map<number, number>();
  #saving: readonly MarkRecord[] | undefined;
  #isUrgent = false;

  constructor(table: SessionTable, rowBase: number, ports: MarkPorts) {
    this.#table = table;
    this.#rowBase = rowBase;
    this.#ports = ports;
  }

  /** A counter was accepted: time for a higher mark? */
  accepted(leafId: number, slot: SlotNo, counter: number): void {
    const left = this.#table.mark(this.#rowBase + leafId, slot) - counter;
    if (left >= MARK_BLOCK / 2) return;
    if (this.#wanted.size === 0 && this.#saving === undefined) this.#ports.flushLater();
    this.#want(leafId, slot, counter);
    // A leaf that outruns the timer.
    if (left < MARK_BLOCK / 8) this.#hurry();
  }

  /** A frame waits until its counter may be accepted. */
  demand(leafId: number, slot: SlotNo, counter: number): void {
    this.#want(leafId, slot, counter);
    this.#hurry();
  }

  flush(): void {
    if (this.#saving !== undefined || this.#wanted.size === 0) return;
    this.#isUrgent = false;
    const marks: MarkRecord[] = [];
    for (const [at, counter] of this.#wanted) {
      const slot = (at & 1) as SlotNo;
      const leafId = at >>> 1;
      const row = this.#rowBase + leafId;
      const keyNo = this.#table.keyNo(row, slot);
      const certain = this.#table.highest(row, slot);
      const mark = Math.max(counter, certain) + MARK_BLOCK;
      if (keyNo !== 0) marks.push({ leafId, keyNo, certain, mark });
    }
    this.#wanted.clear();
    if (marks.length === 0) return;
    this.#saving = marks;
    this.#ports.save(marks);
  }

  /** The store has answered. What it could not take is wanted again by the leaf's next frame. */
  settled(isSaved: boolean): void {
    for (const { leafId, keyNo, mark } of (isSaved && this.#saving) || []) {
      const row = this.#rowBase + leafId;
      const slot = this.#table.slotOf(row, keyNo);
      if (slot !== undefined && mark > this.#table.mark(row, slot)) {
        this.#table.setMark(row, slot, mark);
      }
    }
    this.#saving = undefined;
    if (this.#isUrgent) this.flush();
    else if (this.#wanted.size > 0) this.#ports.flushLater();
  }

  #want(leafId: number, slot: SlotNo, counter: number): void {
    const at = leafId * 2 + slot;
    const wanted = this.#wanted.get(at);
    if (wanted === undefined || wanted < counter) this.#wanted.set(at, counter);
  }

  /** At once; or, while the store is at work, when it has answered. */
  #hurry(): void {
    this.#isUrgent = true;
    this.flush();
  }
}
