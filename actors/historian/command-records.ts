/**
 * Commands to leaves as the store has them, open and ended. Keys are hub, leaf and the asker's own id,
 * so that a command given twice is found by what it is known by.
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import { type CommandRecord, isEnded } from "../hub/outbox/messages.ts";
import type { OpenCommandsPage } from "./messages.ts";

type CommandKey = readonly [string, number, string];

export interface CommandTables {
  readonly command: Table<CommandKey, CommandRecord>;
  /** By hub: the highest `commandId` saved, which outlives its command. */
  readonly commandId: Table<string, number>;
}

/** Of a leaf: what became of its last commands, for people, and for askers who ask again. */
const ENDED_KEPT = 64;
/** Of one message to a hub; some 20 KiB. */
const PAGE_RECORDS_MAX = 64;
/** Looked through for one page before the rest is left to the next; some 10 ms. */
const PAGE_LOOKED_AT_MAX = 4_096;

export const openCommandTables = (store: StateStore): CommandTables => ({
  command: store.table({ name: "command", value: "object" }),
  commandId: store.table({ name: "commandId", value: "object" }),
});

/** Inside a write. Returns the records that were there before under the same ids, and stay. */
export function putCommands(
  { command, commandId }: CommandTables,
  records: readonly CommandRecord[],
): readonly CommandRecord[] {
  const known: CommandRecord[] = [];
  for (const record of records) {
    const key: CommandKey = [record.hub, record.leafId, record.id];
    const there = command.get(key);
    if (there !== undefined && there.commandId !== record.commandId) {
      known.push(there);
      continue;
    }
    if (record.reason === "storeUnavailable") {
      // Its asker was told that the store had not taken it: so it has not.
      command.remove(key);
      continue;
    }
    command.put(key, record);
    if (record.commandId > (commandId.get(record.hub) ?? 0)) {
      commandId.put(record.hub, record.commandId);
    }
    if (isEnded(record)) dropOldest(command, record);
  }
  return known;
}

/** Of a leaf, in the order in which they were given. */
export const commandsOf = (
  store: StateStore,
  hub: string,
  leafId: number,
): readonly CommandRecord[] => recordsOf(openCommandTables(store).command, hub, leafId);

export const commandOf = (
  store: StateStore,
  hub: string,
  leafId: number,
  id: string,
): CommandRecord | undefined => openCommandTables(store).command.get([hub, leafId, id]);

/** Those that have not ended, leaf by leaf; inside a write, so that none on its way is missed. */
export function openCommands(
  { command, commandId }: CommandTables,
  hub: string,
  after: CommandKey | undefined,
): OpenCommandsPage {
  const records: CommandRecord[] = [];
  let last: CommandKey | undefined;
  let lookedAt = 0;
  for (const { key, value } of command.range({
    from: after === undefined ? [hub, 0, ""] : after,
    to: [hub, 0x1_0000, ""],
    limit: PAGE_LOOKED_AT_MAX + 1,
  })) {
    if (after !== undefined && key[1] === after[1] && key[2] === after[2]) continue;
    if (lookedAt++ === PAGE_LOOKED_AT_MAX || records.length === PAGE_RECORDS_MAX) {
      return { type: "OpenCommands", records, after: last, lastCommandId: 0 };
    }
    last = key;
    if (!isEnded(value)) records.push(value);
  }
  const lastCommandId = commandId.get(hub) ?? 0;
  return { type: "OpenCommands", records, after: undefined, lastCommandId };
}

const recordsOf = (
  command: CommandTables["command"],
  hub: string,
  leafId: number,
): readonly CommandRecord[] =>
  [...command.range({ from: [hub, leafId, ""], to: [hub, leafId + 1, ""] })]
    .map(({ value }) => value)
    .sort((a, b) => a.commandId - b.commandId);

function dropOldest(command: CommandTables["command"], { hub, leafId }: CommandRecord): void {
  const ended = recordsOf(command, hub, leafId).filter(isEnded);
  for (const { id } of ended.slice(0, -ENDED_KEPT)) command.remove([hub, leafId, id]);
}
