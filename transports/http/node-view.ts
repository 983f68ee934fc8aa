/**
 * What the HTTP routes and the live feed need of a node. The guardian provides it; the drivers know
 * no actor.
 */
import type { Result } from "../../runtime/result.ts";
import type {
  ActorDetail,
  AddLeaf,
  Changes,
  Event,
  EventsQuery,
  Health,
  HistoryAnswer,
  HistoryQuery,
  Leaf,
  LeafAct,
  Snapshot,
  State,
  TraceEvent,
  Tree,
  Zone,
} from "./contract.ts";

/** A refusal of an operator's act, as the actor named it: `nameTaken`, `leafUnknown`, `timeout`. */
export type ActRefusal = string;

export interface NodeView {
  state(): State;
  leaves(): readonly Leaf[];
  zones(): readonly Zone[];
  tree(): Tree;
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
  history(query: HistoryQuery): Promise<Result<HistoryAnswer, "leafUnknown" | "channelUnknown">>;
  health(): Health;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;
  actOnLeaf(hub: string, leafId: number, act: LeafAct): Promise<Result<Leaf, ActRefusal>>;
  addLeaf(leaf: AddLeaf): Promise<Result<Leaf, ActRefusal>>;
  backup(dir: string): Promise<Result<{ readonly bytes: number }, string>>;
  /** Replaces the state by a backup; the actors start anew on it. */
  restore(dir: string): Promise<Result<{ readonly bytes: number }, string>>;

  snapshot(): Snapshot;
  /** What changed after `cursor`; undefined when nothing did. */
  changesSince(cursor: number): Changes | undefined;
}
