/** What the threads' gateways say to each other about actors that move. */
import type { Baggage } from "../cell/baggage.ts";
import type { CrossingSpec } from "../remote/gateway-messages.ts";
import type { SystemRef } from "../system-messages.ts";
import type { Load } from "./load-meter.ts";

export const MOVE_REFUSALS = [
  /** Nobody is at this path. */
  "noSuchActor",
  /** Its behavior is not `movable`, or not given by module. */
  "notMovable",
  /** Its state, a timer or a stashed message is not plain data. */
  "notPlainData",
  "hasChildren",
  /** It had asks or promises under way, or waited for credit, all the time. */
  "busy",
  "noSuchThread",
  /** The thread it was to move to or from. */
  "threadLost",
  "alreadyMoving",
] as const;

export type MoveRefusal = (typeof MOVE_REFUSALS)[number];

export type MoveMessage =
  /** The main thread's order; whoever does not have the actor passes it on. */
  | {
      readonly type: "Move";
      readonly order: number;
      readonly path: string;
      /** Of the actor, as soon as it is known. */
      readonly number: number | undefined;
      readonly to: number;
      /** How often it has been passed on: while threads disagree, not for ever. */
      readonly hops: number;
    }
  | {
      readonly type: "MoveEnded";
      readonly order: number;
      readonly refusal: MoveRefusal | undefined;
    }
  | { readonly type: "AskLoad" }
  | { readonly type: "Load"; readonly load: Load }
  /** In every lane, behind all that this thread has sent; the actor is frozen. */
  | {
      readonly type: "Moving";
      readonly number: number;
      readonly version: number;
      readonly to: number;
      readonly parent: SystemRef;
      readonly spec: CrossingSpec;
    }
  /** The answer, in every lane: what follows goes to the new place. */
  | { readonly type: "Marked"; readonly number: number; readonly version: number }
  /** Behind its letters: it goes on at the receiver. */
  | {
      readonly type: "Arrive";
      readonly number: number;
      readonly version: number;
      readonly baggage: Baggage;
    }
  | {
      readonly type: "Located";
      readonly number: number;
      readonly version: number;
      readonly thread: number;
    }
  /** Asks who may have it after one of two threads was lost: answered by `Located` or `Lost`. */
  | {
      readonly type: "WhoHas";
      readonly number: number;
      readonly version: number;
      readonly lost: number;
    }
  | {
      readonly type: "Lost";
      readonly number: number;
      readonly version: number;
      /** With which it was lost. */
      readonly thread: number;
    }
  /** It has ended for good. */
  | { readonly type: "Gone"; readonly number: number };
