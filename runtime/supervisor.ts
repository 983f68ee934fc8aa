/**
 * Supervision as data, in OTP's terms: what children a supervisor starts, in which order, and what
 * the end of one leads to. Source: Erlang/OTP design principles, "Supervisor Behaviour".
 */
import { type Behavior, receive, setup, unhandled } from "./behavior.ts";
import type { StashOptions } from "./stash.ts";

export type RestartType = "permanent" | "transient" | "temporary";
export type Strategy = "oneForOne" | "oneForAll" | "restForOne";

/** More than `restartsMax` restarts within `withinMs` and the supervisor itself fails. */
export interface RestartIntensity {
  readonly restartsMax: number;
  readonly withinMs: number;
}

export type OverflowPolicy =
  | "dropOldest"
  | "dropNewest"
  | "conflate" // latest per key
  | "refuse" // dead letter with reason `mailboxFull`
  | "backpressure"; // credits to the sender

export interface MailboxSpec<M> {
  readonly capacity: number;
  readonly overflow: OverflowPolicy;
  /** For `conflate`: messages of one key replace each other; undefined never merges. Or the key's field. */
  readonly conflateBy?: string | ((message: M) => string | number | undefined);
  /** Messages for which it says true pass all others that wait. Or their types. */
  readonly isControl?: readonly string[] | ((message: M) => boolean);
}

/** A behavior that any thread can build: a module's export called with plain-data options. */
export interface Placed<C> {
  readonly module: string;
  readonly name: string;
  readonly options: unknown;
  readonly _accepts?: (message: C) => void;
}

/**
 * `placed(import.meta.resolve("./hub/hub.ts"), "hub", options)`: options are plain data; refs in
 * them stay refs on the other thread.
 */
export const placed = <C, O = unknown>(module: string, name: string, options: O): Placed<C> => ({
  module,
  name,
  options,
});

/** Where a child may live: its parent's thread, the main thread (I/O), or any worker. */
export type Placement = "parent" | "main" | "any" | { readonly thread: number };

export interface ChildSpec<C> {
  readonly id: string;
  readonly start: (() => Behavior<C>) | Placed<C>;
  readonly restart: RestartType;
  /** Time to stop before it is killed, ms. */
  readonly shutdownMs: number;
  readonly placement?: Placement;
  readonly mailbox?: MailboxSpec<C>;
  readonly stash?: StashOptions;
  /** How this child supervises its own children; default oneForOne, 3 restarts in 5 s. */
  readonly supervision?: Supervision;
}

export interface Supervision {
  readonly strategy: Strategy;
  readonly intensity: RestartIntensity;
}

/** A supervisor that does nothing but supervise; started with `supervisor(spec)`. */
export interface SupervisorSpec {
  readonly id: string;
  readonly strategy: Strategy;
  readonly intensity: RestartIntensity;
  readonly children: readonly (ChildSpec<never> | SupervisorSpec)[];
}

/** How an actor came to its end: `normal` by its own will, `fault` by a throw. */
export type Exit = "normal" | "fault";

/** Whether an actor that ended is started again. Source: OTP, "Child Specification", restart. */
export function isRestarted(restart: RestartType, exit: Exit): boolean {
  switch (restart) {
    case "permanent":
      return true;
    case "transient":
      return exit === "fault";
    case "temporary":
      return false;
  }
}

/**
 * Starts its children in their order and does nothing else. Their strategy and intensity are those
 * of the spec that this actor is started with (`supervisorChild`).
 */
export const supervisor = (spec: SupervisorSpec): Behavior<never> =>
  setup((ctx) => {
    for (const child of spec.children) ctx.spawn(toChildSpec(child));
    return receive(() => unhandled);
  });

/**
 * May take as long to stop as its children need. Comes first in a spec: behind the other fields an
 * infinite one would make V8 keep the `shutdownMs` of every spec of that form in a heap number, 16 bytes each.
 */
export const WITHOUT_TIME_LIMIT = { shutdownMs: Number.POSITIVE_INFINITY } as const;

/** A supervisor as the child of another. */
export function toChildSpec(spec: ChildSpec<never> | SupervisorSpec): ChildSpec<never> {
  if (!("children" in spec)) return spec;
  return {
    ...WITHOUT_TIME_LIMIT,
    id: spec.id,
    start: () => supervisor(spec),
    restart: "permanent",
    supervision: { strategy: spec.strategy, intensity: spec.intensity },
  };
}
