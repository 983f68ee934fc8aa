/**
 * What the HTTP routes and the live feed need of a node. The guardian provides it; the drivers know
 * no actor.
 */
import type { Result } from "../../runtime/result.ts";
import type {
  Actor,
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
  Zone,
} from "./contract.ts";

/** A refusal of an operator's act, as the actor named it: `nameTaken`, `leafUnknown`, `timeout`. */
export type ActRefusal = string;

export interface NodeView {
  state(): State;
  leaves(): readonly Leaf[];
  zones(): readonly Zone[];
  tree(): readonly Actor[];
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
