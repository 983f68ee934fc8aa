/**
 * What the HTTP routes and the live feed need of a node. The guardian provides it; the drivers know
 * no actor.
 */
import type { Result } from "../../runtime/result.ts";
import type {
  ActorDetail,
  AddLeaf,
  Changes,
  Command,
  CommandRequest,
  Event,
  EventsQuery,
  Health,
  HistoryAnswer,
  HistoryQuery,
  KeyAct,
  Leaf,
  LeafAct,
  LeavesQuery,
  Pairing,
  Records,
  SeenFrame,
  Snapshot,
  State,
  TraceEvent,
  Tree,
  TreeQuery,
  Watch,
  Zone,
} from "./contract.ts";
import type { OfficeView } from "./office/office-view.ts";

/** A refusal of an operator's act, as the actor named it: `nameTaken`, `leafUnknown`, `timeout`. */
export type ActRefusal = string;

export interface NodeView {
  /** Leaves are read as they are sent. */
  state(): Omit<State, "leaves"> & { readonly leaves: Iterable<Leaf> };
  /** In the order of rows; all of them unless a limit is told. */
  leaves(query?: Partial<LeavesQuery>): readonly Leaf[];
  zones(): readonly Zone[];
  tree(query?: TreeQuery): Tree;
  /** The actor with this path or, if no other has it, this end of a path; else what may have been meant. */
  findActor(name: string): Result<ActorDetail, readonly string[]>;
  /**
   * Tells what messages to the actor at `path` lead to, until the answer is called; `tracersFull` when
   * too many are followed already.
   */
  trace(
    path: string,
    onSeen: (seen: Pick<TraceEvent, "hops" | "missed">) => void,
  ): Result<() => void, "tracersFull">;
  events(query: EventsQuery): readonly Event[];
  /** The last frames of a leaf after a number; looking keeps the hub's tap on it open. */
  frames(
    hub: string,
    leafId: number,
    after: number,
  ): Promise<Result<readonly SeenFrame[], ActRefusal>>;
  history(query: HistoryQuery): Promise<Result<HistoryAnswer, "leafUnknown" | "channelUnknown">>;
  health(): Health;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;
  actOnLeaf(hub: string, leafId: number, act: LeafAct): Promise<Result<Leaf, ActRefusal>>;
  addLeaf(leaf: AddLeaf): Promise<Result<Leaf, ActRefusal>>;
  openPairing(hub: string, ask: Pairing): Promise<Result<{ readonly untilMs: number }, ActRefusal>>;
  changeKey(hub: string, leafId: number, act: KeyAct): Promise<Result<void, ActRefusal>>;
  /** Saved, and sent when the leaf hears; the error's sentence says more than its code where there is one. */
  command(
    hub: string,
    leaf: string,
    request: CommandRequest,
  ): Promise<Result<Command, ActRefusal> & { readonly message?: string }>;
  /** A leaf's last commands, the newest last. */
  commands(hub: string, leaf: string): Result<readonly Command[], ActRefusal>;
  commandOf(hub: string, leaf: string, id: string): Result<Command, ActRefusal>;
  /** Ends a command that has not ended: refused, `cancelled`. */
  cancelCommand(hub: string, leaf: string, id: string): Promise<Result<Command, ActRefusal>>;
  backup(dir: string): Promise<Result<{ readonly bytes: number }, string>>;
  /** Replaces the state by a backup; the actors start anew on it. */
  restore(dir: string): Promise<Result<{ readonly bytes: number }, string>>;

  readonly live: LiveSource;
  readonly office: OfficeView;
}

/**
 * What the live feed tells from. Each `…Since` has what changed after `cursor` in its newest state, and is
 * undefined when nothing did.
 */
export interface LiveSource {
  /** Takes in what leaves have changed since the last look: once for all that is asked then. */
  look(): void;
  snapshot(): Snapshot;
  /** Whether the cursors are of this run, and `changesSince(cursor)` still tells all that happened since. */
  reaches(run: string, cursor: number): boolean;
  changesSince(cursor: number): Changes | undefined;
  /** In pages: ask again from the page's cursor. */
  recordsSince(cursor: number): Records | undefined;
  /** Of these rows alone. */
  leavesSince(cursor: number, rows: readonly number[]): LeavesPage | undefined;
  /** States of all leaves, and readings of those that are watched; bytes as in `live/rows.ts`. */
  rowsSince(cursor: number, watch: Pick<Watch, "no" | "channel" | "rows">): RowBatch | undefined;
}

export interface LeavesPage {
  readonly cursor: number;
  readonly leaves: readonly Leaf[];
}
export interface RowBatch {
  readonly cursor: number;
  readonly bytes: Uint8Array;
}
