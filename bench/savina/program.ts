/**
 * A program of actors, written once for every side in this language: ours, nact and the bare loop.
 * Erlang has the same programs in peers/mycel_peer.erl, under the same names.
 *
 *   side.program.ts ──size──▶ program ──actor, tell──▶ side
 *                   ◀──count──
 */
import type { Directive } from "../../runtime/behavior.ts";
import type { Aim } from "../figure.ts";

export interface Program {
  /** As Savina calls it: Imam and Sarkar, "Savina - An Actor Benchmark Suite", 2014. */
  readonly name: string;
  /** What is counted. */
  readonly unit: string;
  readonly unitsPerStep: number;
  /** Steps of a smoke run, and of any at most. */
  readonly steps: { readonly smoke: number; readonly most?: number };
  readonly aims: readonly Aim[];
  /** The bare loop knows no children. */
  readonly hasChildren?: boolean;
  /** Does so many steps and says how many units its actors counted. */
  readonly run: (side: Side, steps: number) => Promise<number>;
}

export interface Side {
  /** An actor that lives until the side ends, unless its handler says `stopped`. */
  actor<M>(id: string, begin: (self: Parent) => OnMessage<M>): Told<M>;
  /** Handles what was told, where messages do not do so by themselves. */
  run(): void;
  /** Stops all actors. */
  end(): unknown;
}

export interface Parent {
  /** Makes one more child at each call; every one begins with a closure of its own. */
  children<M>(begin: () => OnMessage<M>): () => Told<M>;
}

/** Says `same` or `stopped`. */
export type OnMessage<M> = (message: M) => Directive;

export interface Told<in M> {
  tell(message: M): unknown;
}
