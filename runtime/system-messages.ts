/**
 * What the kernel says to actors about their lives, in the system lane: never shed, handled before
 * anything else. The same between actors of one thread and of two.
 *
 *   parent ──Stop, Halt, Start──▶ child          child ──Failed, Halted, Ended──▶ parent
 *   watcher ──Watch, Unwatch──▶ watched          watched ──Terminated──▶ watcher
 */
import type { ActorRef } from "./actor-ref.ts";
import type { Exit } from "./supervisor.ts";

export type SystemMessage =
  /** Ends for good. */
  | { readonly type: "Stop" }
  /** Ends this incarnation and waits for `Start`: a restart, in two steps. */
  | { readonly type: "Halt"; readonly cause: unknown }
  | { readonly type: "Start" }
  /** The child cannot go on, and its restart type asks for a restart. */
  | {
      readonly type: "Failed";
      readonly child: SystemRef;
      readonly exit: Exit;
      readonly cause: unknown;
    }
  | { readonly type: "Halted"; readonly child: SystemRef }
  | { readonly type: "Ended"; readonly child: SystemRef; readonly cause: unknown }
  | { readonly type: "Watch"; readonly watcher: SystemRef }
  | { readonly type: "Unwatch"; readonly watcher: SystemRef }
  | { readonly type: "Terminated"; readonly ref: SystemRef; readonly cause: unknown };

/** A ref that the kernel can speak to: an actor here or on another thread. */
export interface SystemRef extends ActorRef<never> {
  /** Equal for two refs to the same actor, on whichever threads they are: its number, or its path. */
  readonly identity: unknown;
  /** Where it lives, as far as is known here; -1 for nobody. */
  readonly thread: number;
  signal(message: SystemMessage): void;
}

export const isSystemRef = (ref: ActorRef<never>): ref is SystemRef => "signal" in ref;
