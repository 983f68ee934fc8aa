/**
 * Commands on their way to the disk: written in the order given, a batch at a time, so that a broadcast
 * to a thousand leaves is a few commits.
 *
 *   write(record) ──waiting──▶ batch ──SaveCommands──▶ historian ──▶ done(outcome) for each
 */
import type { CommandRecord } from "./messages.ts";

/** `known`: the store has another command of this id, and kept it. */
export type Saved =
  | { readonly kind: "saved" }
  | { readonly kind: "known"; readonly record: CommandRecord }
  | { readonly kind: "failed" };

/** A message of some 16 KiB, and a write of a few ms. */
const BATCH_RECORDS_MAX = 64;
/** Two seconds of what a disk takes; beyond it new commands are refused, ends of old ones are not. */
export const WRITES_WAITING_MAX = 4_096;

interface Write {
  readonly record: CommandRecord;
  readonly done: (saved: Saved) => void;
}

export class CommandJournal {
  readonly #save: (records: readonly CommandRecord[]) => void;
  #waiting: Write[] = [];
  #underWay: readonly Write[] = [];

  /** `save` leads to one call of `saved`. */
  constructor(save: (records: readonly CommandRecord[]) => void) {
    this.#save = save;
  }

  get isFull(): boolean {
    return this.#waiting.length >= WRITES_WAITING_MAX;
  }

  write(record: CommandRecord, done: Write["done"]): void {
    this.#waiting.push({ record, done });
    this.#next();
  }

  /** The batch's end; undefined: the store did not take it. */
  saved(known: readonly CommandRecord[] | undefined): void {
    const ended = this.#underWay;
    this.#underWay = [];
    for (const { record, done } of ended) {
      const other = known?.find(({ leafId, id }) => leafId === record.leafId && id === record.id);
      if (known === undefined) done({ kind: "failed" });
      else done(other === undefined ? { kind: "saved" } : { kind: "known", record: other });
    }
    this.#next();
  }

  #next(): void {
    if (this.#underWay.length > 0 || this.#waiting.length === 0) return;
    this.#underWay = this.#waiting.splice(0, BATCH_RECORDS_MAX);
    this.#save(this.#underWay.map(({ record }) => record));
  }
}
