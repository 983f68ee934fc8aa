/**
 * Commands to leaves: who asks a hub for one is told exactly once how it ended.
 *
 *   asker ──CommandLeaf──▶ hub ──on disk──▶ CommandAccepted … CommandEnded ──▶ asker
 *
 * An id that was given before is not run again: its asker gets what became of the first.
 */
import type { ActorRef } from "../../../runtime/actor-ref.ts";

export interface CommandLeaf {
  readonly type: "CommandLeaf";
  readonly leafId: number;
  /** The asker's own; of one leaf's commands no two have the same. */
  readonly id: string;
  readonly order: CommandOrder;
  /** Once, when the command is on disk; or how it ended, where it came no further. */
  readonly acceptedTo: ActorRef<CommandAccepted | CommandEnded> | undefined;
  /** Once, when the command has ended. */
  readonly replyTo: ActorRef<CommandEnded> | undefined;
}

/** Ends a command that has not ended yet, as `refused` with the reason `cancelled`. */
export interface CancelCommand {
  readonly type: "CancelCommand";
  readonly leafId: number;
  readonly id: string;
  /** Told like the command's asker; `commandUnknown` when it has ended or was never given. */
  readonly replyTo: ActorRef<CommandEnded>;
}

export interface CommandOrder {
  /** A name of wire v1's, or a number with `argsHex`. */
  readonly command: string | number;
  readonly args: Readonly<Record<string, number | boolean>>;
  readonly argsHex: string | undefined;
  /** `now`: as soon as the leaf can hear it, waking it where that is possible; `onWake`: after its next frame. */
  readonly delivery: "now" | "onWake";
  /** Supersedes commands of this key that have not been sent. Those of other keys need not wait for it. */
  readonly mergeKey: string | undefined;
  readonly expiresAtMs: number;
}

/** As the store has it: saved before the first transmission, and again before its asker is told. */
export interface CommandRecord extends CommandOrder {
  readonly hub: string;
  readonly leafId: number;
  readonly id: string;
  /** The number by which a v2 leaf knows it; never given twice by a hub. */
  readonly commandId: number;
  readonly createdAtMs: number;
  /** The first transmission; a command that ended without one has not run. */
  readonly sentAtMs: number | undefined;
  readonly state: "queued" | "sent" | CommandOutcome;
  readonly reason: CommandRefusal | undefined;
  readonly endedAtMs: number | undefined;
}

/**
 * `applied`: the leaf says so (v2); `acknowledged`: a v1 leaf took a command, which is all v1 can say;
 * `expired`: no word of it in time, so it may have run if it was sent.
 */
export type CommandOutcome = "applied" | "acknowledged" | "refused" | "expired" | "superseded";

/** Of the hub, in the order in which it looks for them. */
export const COMMAND_REFUSALS = [
  "leafUnknown",
  "badCommand",
  "outboxFull",
  "storeUnavailable",
  "idTaken",
  "commandUnknown",
  "cancelled",
] as const;
/** One of the above, or what the leaf says. */
export type CommandRefusal = (typeof COMMAND_REFUSALS)[number] | LeafRefusesCommand;
export type LeafRefusesCommand = `leaf:${string}`;

export interface CommandAccepted {
  readonly type: "CommandAccepted";
  readonly record: CommandRecord;
}

export interface CommandEnded {
  readonly type: "CommandEnded";
  readonly hub: string;
  readonly leafId: number;
  readonly id: string;
  readonly outcome: CommandOutcome;
  readonly reason: CommandRefusal | undefined;
  readonly sentAtMs: number | undefined;
}

/** Refused since the store did not answer: whoever gives it again gives a new command. */
export const wasTurnedDown = ({ state, reason }: CommandRecord): boolean =>
  state === "refused" && reason === "storeUnavailable";

export const isEnded = ({ state }: CommandRecord): boolean =>
  state !== "queued" && state !== "sent";
