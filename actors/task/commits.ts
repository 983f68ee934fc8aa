/**
 * The board's changes on their way to the disk, one at a time: a change is true when the store has it. What
 * comes meanwhile is set aside by the board, and comes again in its order.
 *
 *   write ──store──▶ Committed | NotCommitted ──ended()──▶ what was set aside
 */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { type Change, putChange, type TaskTables } from "./tables.ts";

interface Commit {
  readonly change: Change;
  readonly done: () => void;
  readonly failed: () => void;
}

/** What comes to the board for this. */
export type CommitNote =
  | { readonly type: "Committed"; readonly commit: Commit }
  | { readonly type: "NotCommitted"; readonly commit: Commit; readonly cause: unknown };

export interface CommitsParts {
  readonly ctx: Pick<ActorContext<CommitNote>, "pipeToSelf" | "unstashAll">;
  readonly store: StateStore;
  readonly tables: TaskTables;
}

const nothing = (): void => {};

export class Commits {
  readonly #parts: CommitsParts;
  /** Also before the first reading. */
  #isUnderWay = true;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Only when none is under way. `done` and `failed` are for the board to call, when it has taken note itself. */
  write(change: Change | undefined, done = nothing, failed = nothing): void {
    if (change === undefined) return;
    const { ctx, store, tables } = this.#parts;
    const commit: Commit = { change, done, failed };
    this.#isUnderWay = true;
    ctx.pipeToSelf<void>(
      store.write(() => putChange(tables, change)),
      () => ({ type: "Committed", commit }),
      (cause) => ({ type: "NotCommitted", commit, cause }),
    );
  }

  /** What was set aside comes first, in its order. */
  ended(): void {
    this.#isUnderWay = false;
    this.#parts.ctx.unstashAll();
  }
}
