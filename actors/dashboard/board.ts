/**
 * What the page and the API show: the newest of everything on this node, each part stamped with the
 * sequence of its last change, so that a feed asks for what is newer than its cursor.
 *
 *   leaf table ──┐
 *   dashboard ───┼──▶ board (stamps) ──…Since(cursor)──▶ live feed, API
 *   actor tree ──┘
 *
 * Nothing but events and commands is a log here: of all else the newest state stands for what was before. So a page that
 * has been away gets all it missed, as long as none of these younger than its cursor has left the board.
 *
 * Lives on the main thread. The dashboard actor alone writes it; HTTP and feed only read. Lost with the
 * process: leaves and zones are told anew, and events are in the store.
 */

import { invariant } from "../../runtime/invariant.ts";
import { ok, type Result } from "../../runtime/result.ts";
import { channelCode } from "../../transports/frame/names.ts";
import type {
  Actor,
  ActorDetail,
  Changes,
  Command,
  Event,
  Hub,
  Kernel,
  Leaf,
  LeafInfo,
  NodeInfo,
  Records,
  Snapshot,
  Watch,
  Zone,
} from "../../transports/http/contract.ts";
import type { LeavesPage, LiveSource, RowBatch } from "../../transports/http/node-view.ts";
import type { ModelHealth } from "../../transports/http/office/agent-contract.ts";
import type { OfficeChange } from "../../transports/http/office/feed-contract.ts";
import {
  columnsOf,
  NEVER,
  ROW_BYTES,
  ROWS_HEADER_BYTES,
  writeHead,
} from "../../transports/live/rows.ts";
import type { HistorianStatus } from "../historian/messages.ts";
import type { CommandRecord } from "../hub/outbox/messages.ts";
import { emptyLeafBrief, emptyLeafRow, type LeafTable } from "../leaf/leaf-table.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { LinkStatus } from "../link/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../zone/messages.ts";
import { collapsed } from "./collapse.ts";
import { findActor } from "./find-actor.ts";
import { type KernelReading, NOTHING_READ } from "./kernel-view.ts";
import { leafOf } from "./leaf-of.ts";
import { OfficeBoard } from "./office-board.ts";

/** A page shows the latest; older events are asked from the store. */
const EVENTS_KEPT_MAX = 1_000;
/** Some 200 KiB of JSON: a page of 25,000 leaves has all of them after 13. */
const RECORDS_PAGE_MAX = 2_000;

export interface BoardOptions {
  /** Which run of the node this is, for pages that come back. */
  readonly run: string;
  readonly nowMs: () => number;
}
/** What people look at while it happens; the rest is asked of the API leaf by leaf. */
const COMMANDS_KEPT = 256;

export class Board implements LiveSource {
  readonly #options: BoardOptions;
  readonly #table: LeafTable;
  readonly #row = emptyLeafRow();
  readonly #changedRows: number[] = [];
  #tableCursor = 0;

  /** Counts changes; far below 2^53 in the life of a process. */
  #sequence = 1;
  /** Index of these four: row of the leaf table. Stamps are of its last change, and of its flags' last. */
  readonly #leafStamps: Float64Array;
  readonly #flagStamps: Float64Array;
  readonly #flags: Uint16Array;
  readonly #records: (LeafRecord | undefined)[];
  /** Row → stamp of its record's last change, the oldest change first. */
  readonly #recordStamps = new Map<number, number>();
  #recordsChangedTo = 0;
  /** `hub/leafId` → row. */
  readonly #rows = new Map<string, number>();
  readonly #brief = emptyLeafBrief();
  readonly #zones = new Map<string, { stamp: number; zone: Zone }>();
  readonly #events: { stamp: number; event: Event }[] = [];
  /** Stamp of the youngest event or command that has left the board. */
  #goneTo = 0;
  /** In the order of their last changes. */
  readonly #commands = new Map<string, { stamp: number; command: Command }>();
  readonly #links = new Map<string, LinkStatus>();
  #node: Stamped<NodeInfo | undefined> = { stamp: 0, value: undefined, text: "" };
  #storeHealth: NodeInfo["storeHealth"] = "ok";
  #historian: HistorianStatus | undefined;
  #hubs: Stamped<readonly Hub[]> = { stamp: 0, value: [], text: "[]" };
  /** All actors, and those that pages are told of. */
  #actors: readonly Actor[] = [];
  #tree: Stamped<readonly Actor[]> = { stamp: 0, value: [], text: "[]" };
  #kernel: Stamped<Kernel> = { stamp: 0, value: NOTHING_READ.kernel, text: "" };
  #types = NOTHING_READ.types;
  readonly #office = new OfficeBoard();

  constructor(table: LeafTable, options: BoardOptions) {
    this.#table = table;
    this.#options = options;
    this.#leafStamps = new Float64Array(table.rowsMax);
    this.#flagStamps = new Float64Array(table.rowsMax);
    this.#flags = new Uint16Array(table.rowsMax);
    this.#records = new Array(table.rowsMax).fill(undefined);
  }

  setZone(situation: ZoneSituation): void {
    const { zone, atMs, occupancy, witness, air, readings, events } = situation;
    this.#zones.set(zone, {
      stamp: ++this.#sequence,
      zone: {
        zone,
        atMs,
        occupancy,
        witness: witness ?? null,
        air: air === undefined ? null : { ...air, channels: [...air.channels] },
        readings,
        events: events.map(eventOf),
      },
    });
  }

  setRecord(row: number, record: LeafRecord): void {
    this.#records[row] = record;
    this.#rows.set(keyOf(record.hub, record.leafId), row);
    this.#leafStamps[row] = ++this.#sequence;
    this.#recordStamps.delete(row);
    this.#recordStamps.set(row, this.#sequence);
    this.#recordsChangedTo = this.#sequence;
  }

  addEvent(event: OfficeEvent): void {
    this.#events.push({ stamp: ++this.#sequence, event: eventOf(event) });
    if (this.#events.length <= EVENTS_KEPT_MAX) return;
    const gone = this.#events.splice(0, EVENTS_KEPT_MAX / 10);
    this.#goneTo = Math.max(this.#goneTo, gone.at(-1)?.stamp ?? 0);
  }

  /** The newest state of each; those that changed longest ago are dropped. */
  setCommand(record: CommandRecord): void {
    const key = `${record.hub}/${record.leafId}/${record.id}`;
    this.#commands.delete(key);
    this.#commands.set(key, { stamp: ++this.#sequence, command: commandOf(record) });
    if (this.#commands.size <= COMMANDS_KEPT) return;
    for (const [oldest, { stamp }] of this.#commands) {
      this.#commands.delete(oldest);
      this.#goneTo = Math.max(this.#goneTo, stamp);
      return;
    }
  }

  setOffice(changes: readonly OfficeChange[]): void {
    for (const change of changes) {
      const gone = this.#office.set(change, ++this.#sequence);
      this.#goneTo = Math.max(this.#goneTo, gone);
    }
  }

  models(): ModelHealth[] {
    return this.#office.items("model");
  }

  setLink(status: LinkStatus): void {
    this.#links.set(status.hub, status);
  }

  link(hub: string): LinkStatus | undefined {
    return this.#links.get(hub);
  }

  /** Undefined: it has not answered in time, so nothing is written that anyone could rely on. */
  setHistorian(status: HistorianStatus | undefined): void {
    this.#storeHealth = status?.storeHealth ?? "failed";
    this.#historian = status ?? this.#historian;
  }

  /** As it was last told. */
  get historian(): HistorianStatus | undefined {
    return this.#historian;
  }

  setNode(node: NodeInfo): void {
    this.#node = this.#restamp(this.#node, node);
  }

  setHubs(hubs: readonly Hub[]): void {
    this.#hubs = this.#restamp(this.#hubs, hubs);
  }

  setKernel({ actors, kernel, types }: KernelReading): void {
    this.#actors = actors;
    this.#tree = this.#restamp(this.#tree, collapsed(actors));
    this.#kernel = this.#restamp(this.#kernel, kernel);
    this.#types = types;
  }

  get node(): NodeInfo {
    const { value } = this.#node;
    invariant(value !== undefined, "the node is told before it is shown");
    return value;
  }

  get storeHealth(): NodeInfo["storeHealth"] {
    return this.#storeHealth;
  }

  get hubs(): readonly Hub[] {
    return this.#hubs.value;
  }

  /** Without the many alike of a large node: `hidden` counts them. */
  get tree(): readonly Actor[] {
    return this.#tree.value;
  }

  get actors(): readonly Actor[] {
    return this.#actors;
  }

  get kernel(): Kernel {
    return this.#kernel.value;
  }

  /** An actor by its path, or what else could have been meant. */
  findActor(name: string): Result<ActorDetail, readonly string[]> {
    const paths = this.#actors.map(({ path }) => path);
    const path = findActor(paths, name);
    if (!path.ok) return path;
    const actor = this.#actors[paths.indexOf(path.value)] as Actor;
    return ok({ ...actor, types: [...(this.#types.get(actor.path) ?? [])] });
  }

  zones(): readonly Zone[] {
    return [...this.#zones.values()].map((entry) => entry.zone);
  }

  /** Newest last. */
  events(): readonly Event[] {
    return this.#events.map((entry) => entry.event);
  }

  /** The last changed last. */
  commands(): readonly Command[] {
    return [...this.#commands.values()].map((entry) => entry.command);
  }

  /** In the order of rows, from the one behind `after`, read as they are asked for. */
  *leaves(after = -1): Generator<Leaf> {
    for (let row = after + 1; row < this.#records.length; row++) {
      const leaf = this.#readLeaf(row);
      if (leaf !== undefined) yield leaf;
    }
  }

  /** Of one hub, in the order of their ids. */
  *leavesOf(hub: string): Generator<Leaf> {
    for (const [row, record] of this.#records.entries()) {
      const leaf = record?.hub === hub ? this.#readLeaf(row) : undefined;
      if (leaf !== undefined) yield leaf;
    }
  }

  /** Undefined for an unknown leaf. */
  leaf(hub: string, leafId: number): Leaf | undefined {
    const row = this.rowOf(hub, leafId);
    return row === undefined ? undefined : this.#readLeaf(row);
  }

  rowOf(hub: string, leafId: number): number | undefined {
    return this.#rows.get(keyOf(hub, leafId));
  }

  /** By id or by name. */
  findLeaf(hub: string, idOrName: string): LeafRecord | undefined {
    const row = this.#rows.get(`${hub}/${idOrName}`);
    if (row !== undefined) return this.#records[row];
    return this.#records.find((record) => record?.hub === hub && record.name === idOrName);
  }

  snapshot(): Snapshot {
    this.look();
    return {
      type: "Snapshot",
      run: this.#options.run,
      cursor: this.#sequence,
      rowsMax: this.#table.rowsMax,
      node: this.node,
      hubs: this.hubs,
      zones: this.zones(),
      events: this.events(),
      commands: this.commands(),
      tree: this.tree,
      kernel: this.kernel,
      office: this.#office.since(0),
    };
  }

  reaches(run: string, cursor: number): boolean {
    return run === this.#options.run && cursor >= this.#goneTo && cursor <= this.#sequence;
  }

  changesSince(cursor: number): Changes | undefined {
    if (this.#sequence <= cursor) return undefined;
    const zones = [...this.#zones.values()].filter((entry) => entry.stamp > cursor);
    const events = this.#events.filter((entry) => entry.stamp > cursor);
    const commands = [...this.#commands.values()].filter((entry) => entry.stamp > cursor);
    const office = this.#office.since(cursor);
    const changed = {
      ...(zones.length > 0 && { zones: zones.map((entry) => entry.zone) }),
      ...(events.length > 0 && { events: events.map((entry) => entry.event) }),
      ...(commands.length > 0 && { commands: commands.map((entry) => entry.command) }),
      ...(this.#node.stamp > cursor && { node: this.node }),
      ...(this.#hubs.stamp > cursor && { hubs: this.#hubs.value }),
      ...(this.#tree.stamp > cursor && { tree: this.#tree.value }),
      ...(this.#kernel.stamp > cursor && { kernel: this.#kernel.value }),
      ...(office.length > 0 && { office }),
    };
    if (Object.keys(changed).length === 0) return undefined;
    return { type: "Changes", cursor: this.#sequence, ...changed };
  }

  recordsSince(cursor: number): Records | undefined {
    if (cursor >= this.#recordsChangedTo) return undefined;
    const records: LeafInfo[] = [];
    let reached = cursor;
    for (const [row, stamp] of this.#recordStamps) {
      if (stamp <= cursor) continue;
      records.push(infoOf(row, this.#records[row] as LeafRecord));
      reached = stamp;
      if (records.length === RECORDS_PAGE_MAX) break;
    }
    return { type: "Records", cursor: reached, records };
  }

  leavesSince(cursor: number, rows: readonly number[]): LeavesPage | undefined {
    const leaves: Leaf[] = [];
    for (const row of rows) {
      if ((this.#leafStamps[row] ?? 0) <= cursor) continue;
      const leaf = this.#readLeaf(row);
      if (leaf !== undefined) leaves.push(leaf);
    }
    return leaves.length === 0 ? undefined : { cursor: this.#sequence, leaves };
  }

  rowsSince(cursor: number, watch: Pick<Watch, "no" | "channel" | "rows">): RowBatch | undefined {
    const stamps = this.#leafStamps;
    const flagStamps = this.#flagStamps;
    const isWatched = this.#inScope(watch.rows);
    const wanted = this.#batchRows;
    let count = 0;
    for (let row = 0; row < stamps.length; row++) {
      if ((stamps[row] as number) <= cursor) continue;
      if ((flagStamps[row] as number) > cursor || isWatched(row)) wanted[count++] = row;
    }
    if (count === 0) return undefined;
    const bytes = new ArrayBuffer(ROWS_HEADER_BYTES + count * ROW_BYTES);
    const atMs = this.#options.nowMs();
    writeHead(bytes, count, {
      cursor: this.#sequence,
      atMs,
      watchNo: watch.no,
      isWhole: cursor === 0,
    });
    const columns = columnsOf(bytes, count);
    const channel = watch.channel === null ? -1 : (channelCode(watch.channel) ?? -1);
    const brief = this.#brief;
    for (let i = 0; i < count; i++) {
      const row = wanted[i] as number;
      this.#table.readBrief(row, channel, brief);
      columns.rows[i] = row;
      columns.ages[i] =
        brief.lastSeenMs === 0 ? NEVER : Math.min(Math.max(0, atMs - brief.lastSeenMs), NEVER - 1);
      columns.values[i] = brief.value;
      columns.flags[i] = brief.flags;
      columns.battery[i] = brief.batteryMv;
    }
    return { cursor: this.#sequence, bytes: new Uint8Array(bytes) };
  }

  /** For `rowsSince`: reused from call to call. */
  readonly #batchRows: number[] = [];

  #inScope(rows: Watch["rows"]): (row: number) => boolean {
    if (rows === "all") return () => true;
    if (rows === "none") return () => false;
    const at = rows.indexOf(":");
    const name = rows.slice(at + 1);
    return rows.startsWith("hub:")
      ? (row) => this.#records[row]?.hub === name
      : (row) => this.#records[row]?.zone === name;
  }

  look(): void {
    this.#tableCursor = this.#table.changedSince(this.#tableCursor, this.#changedRows);
    if (this.#changedRows.length === 0) return;
    this.#sequence += 1;
    for (const row of this.#changedRows) {
      this.#leafStamps[row] = this.#sequence;
      const flags = this.#table.flags(row);
      if (flags === this.#flags[row]) continue;
      this.#flags[row] = flags;
      this.#flagStamps[row] = this.#sequence;
    }
  }

  #readLeaf(row: number): Leaf | undefined {
    const record = this.#records[row];
    if (record === undefined || !this.#table.readRow(row, this.#row)) return undefined;
    return leafOf(record, this.#row);
  }

  #restamp<T>(old: Stamped<T>, value: T): Stamped<T> {
    const text = JSON.stringify(value);
    return text === old.text ? old : { stamp: ++this.#sequence, value, text };
  }
}

const keyOf = (hub: string, leafId: number): string => `${hub}/${leafId}`;

const infoOf = (row: number, record: LeafRecord): LeafInfo => ({
  row,
  hub: record.hub,
  leafId: record.leafId,
  name: record.name,
  zone: record.zone,
  hardware: record.hardware ?? null,
  standing: record.standing,
  claimedHardware: record.claimedHardware ?? null,
});

/** `text` is the value as JSON: equal texts are no change. */
interface Stamped<T> {
  readonly stamp: number;
  readonly value: T;
  readonly text: string;
}

export const eventOf = (event: OfficeEvent): Event => ({
  ...event,
  zone: event.zone ?? null,
  hub: event.hub ?? null,
  leafId: event.leafId ?? null,
});

/** As the API shows it. */
export const commandOf = (record: CommandRecord): Command => ({
  ...record,
  argsHex: record.argsHex ?? null,
  mergeKey: record.mergeKey ?? null,
  sentAtMs: record.sentAtMs ?? null,
  reason: record.reason ?? null,
  endedAtMs: record.endedAtMs ?? null,
});
