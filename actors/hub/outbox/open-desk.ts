/** Joins a hub's command desk to its actor: the store's answers and the timer are messages to the hub. */
import type { ActorContext } from "../../../runtime/actor-context.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import type { DashboardCommand } from "../../dashboard/messages.ts";
import type {
  CommandsAnswer,
  HistorianCommand,
  OpenCommandsPage,
} from "../../historian/messages.ts";
import type { LeafRecord } from "../../leaf/messages.ts";
import type { EventKind, OfficeEvent } from "../../zone/messages.ts";
import type { Downlink } from "../downlink.ts";
import { CommandDesk, type LeafSleep } from "./command-desk.ts";
import type { CommandRecord } from "./messages.ts";

/** What comes to the hub for its desk. */
export type DeskNote =
  | { readonly type: "DeskTick" }
  | { readonly type: "CommandsLoaded"; readonly page: OpenCommandsPage | undefined }
  | { readonly type: "CommandsKept"; readonly known: readonly CommandRecord[] | undefined };

const TICK: DeskNote = { type: "DeskTick" };

export interface DeskParts {
  readonly hub: string;
  readonly leavesMax: number;
  readonly downlink: Downlink;
  readonly historian: ActorRef<HistorianCommand>;
  readonly dashboard: ActorRef<DashboardCommand>;
  /** How long the store may take. */
  readonly answerMsMax: number;
  leaf(leafId: number): LeafRecord | undefined;
  sleep(leafId: number): LeafSleep;
  raise(
    record: LeafRecord,
    kind: EventKind,
    severity: OfficeEvent["severity"],
    message: string,
    data: OfficeEvent["data"],
  ): void;
}

export function openDesk(
  ctx: Pick<ActorContext<DeskNote>, "nowMs" | "random" | "ask" | "startTimer">,
  parts: DeskParts,
): CommandDesk {
  const { hub, leavesMax, downlink, historian, answerMsMax, leaf, sleep } = parts;
  return new CommandDesk({
    hub,
    leavesMax,
    downlink,
    leaf,
    sleep,
    nowMs: () => ctx.nowMs(),
    random: () => ctx.random(),
    tickIn: (ms) => ctx.startTimer("desk", TICK, ms),
    load(after) {
      ctx.ask<HistorianCommand, OpenCommandsPage | CommandsAnswer>(
        historian,
        (replyTo) => ({ type: "LoadCommands", hub, after, replyTo }),
        answerMsMax,
        (answer) => ({
          type: "CommandsLoaded",
          page: answer.type === "OpenCommands" ? answer : undefined,
        }),
        () => ({ type: "CommandsLoaded", page: undefined }),
      );
    },
    save(records) {
      ctx.ask<HistorianCommand, CommandsAnswer>(
        historian,
        (replyTo) => ({ type: "SaveCommands", records, replyTo }),
        answerMsMax,
        (answer) => ({
          type: "CommandsKept",
          known: answer.type === "CommandsSaved" ? answer.known : undefined,
        }),
        () => ({ type: "CommandsKept", known: undefined }),
      );
    },
    changed(record) {
      parts.dashboard.tell({ type: "CommandChanged", command: record });
      const told = leaf(record.leafId);
      const kind = EVENT_OF[record.state];
      if (kind === undefined || told === undefined || record.reason === "cancelled") return;
      const { id, commandId, command, reason = "" } = record;
      const data = { id, commandId, command, reason, sent: record.sentAtMs !== undefined };
      parts.raise(told, kind, "warning", sentenceOf(record, told), data);
    },
  });
}

const EVENT_OF: Readonly<Partial<Record<CommandRecord["state"], EventKind>>> = {
  refused: "command_refused",
  expired: "command_expired",
};

function sentenceOf({ state, command, reason, sentAtMs }: CommandRecord, leaf: LeafRecord): string {
  const of = `${leaf.hub}.${leaf.name} in ${leaf.zone}`;
  if (state === "refused") return `${of} refused ${command}: ${reason}.`;
  return sentAtMs === undefined
    ? `${command} has expired before ${of} could be told.`
    : `${command} has expired without an answer of ${of}; it may have run.`;
}

export function tellDesk(desk: CommandDesk, note: DeskNote): void {
  if (note.type === "DeskTick") desk.tick();
  else if (note.type === "CommandsLoaded") desk.loaded(note.page);
  else desk.saved(note.known);
}
