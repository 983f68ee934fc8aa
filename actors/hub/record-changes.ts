/**
 * Changes of leaf records, persisted before they take effect: one at a time for each leaf, in the
 * order they came, different leaves side by side.
 *
 *   submit ──judge──▶ save ──store──▶ settled ──apply──▶ settle
 *                       └──not saved──▶ settle, refused: `storeUnavailable`
 *
 * A change is judged on the record of the moment its turn comes. What waits is lost with the hub;
 * whoever asked hears nothing then, and asks again.
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { HubRefusal } from "./messages.ts";
import type { RecordEventKind } from "./sentences.ts";

export interface Verdict {
  /** The same object as the known record: nothing to save. */
  readonly record: LeafRecord;
  readonly event: RecordEventKind | undefined;
}

export interface Change {
  readonly leafId: number;
  judge(known: LeafRecord | undefined): Result<Verdict, HubRefusal>;
  settle(outcome: Result<LeafRecord, HubRefusal>): void;
}

export interface RecordKeeper {
  known(leafId: number): LeafRecord | undefined;
  /** Leads to one call of `settled(record.leafId, …)`. */
  save(record: LeafRecord): void;
  apply(verdict: Verdict, before: LeafRecord | undefined): void;
}

/** An operator and a rebooting leaf at once are three or four; a script that floods is refused. */
const WAITING_MAX = 8;

interface Running {
  readonly change: Change;
  readonly verdict: Verdict;
  readonly waiting: Change[];
}

export class RecordChanges {
  readonly #keeper: RecordKeeper;
  /** leafId → the change that waits for the store, and those behind it. */
  readonly #running = new Map<number, Running>();

  constructor(keeper: RecordKeeper) {
    this.#keeper = keeper;
  }

  submit(change: Change): void {
    const running = this.#running.get(change.leafId);
    if (running === undefined) this.#run([change]);
    else if (running.waiting.length < WAITING_MAX) running.waiting.push(change);
    else change.settle(err("storeUnavailable"));
  }

  settled(leafId: number, isSaved: boolean): void {
    const running = this.#running.get(leafId);
    if (running === undefined) return;
    this.#running.delete(leafId);
    const { change, verdict, waiting } = running;
    if (isSaved) this.#finish(change, verdict);
    else change.settle(err("storeUnavailable"));
    this.#run(waiting);
  }

  /** Records on their way to the store: their names are taken already. */
  *underWay(): Iterable<LeafRecord> {
    for (const { verdict } of this.#running.values()) yield verdict.record;
  }

  /** Works through the changes of one leaf up to the first that has to be saved. */
  #run(changes: Change[]): void {
    for (let change = changes.shift(); change !== undefined; change = changes.shift()) {
      const known = this.#keeper.known(change.leafId);
      const judged = change.judge(known);
      if (!judged.ok) {
        change.settle(judged);
      } else if (judged.value.record === known) {
        this.#finish(change, judged.value);
      } else {
        this.#running.set(change.leafId, { change, verdict: judged.value, waiting: changes });
        this.#keeper.save(judged.value.record);
        return;
      }
    }
  }

  #finish(change: Change, verdict: Verdict): void {
    this.#keeper.apply(verdict, this.#keeper.known(change.leafId));
    change.settle(ok(verdict.record));
  }
}
