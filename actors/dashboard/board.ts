/**
 * What the page and the API show: the newest of everything on this node, each part stamped with the
 * sequence of its last change, so that a feed asks for what is newer than its cursor.
 *
 *   leaf table ──┐
 *   dashboard ───┼──▶ board (stamps) ──changesSince(cursor)──▶ live feed, API
 *   actor tree ──┘
 *
 * Lives on the main thread. The dashboard actor alone writes it; HTTP and feed only read. Lost with the
 * process: leaves and zones are told anew, and events are in the store.
 */

import { invariant } from "../../runtime/invariant.ts";
import { ok, type Result } from "../../runtime/result.ts";
import type {
  Actor,
  ActorDetail,
  Changes,
  Event,
  Hub,
  Kernel,
  Leaf,
  NodeInfo,
  Snapshot,
  Zone,
} from "../../transports/http/contract.ts";
import type { HistorianStatus } from "../historian/messages.ts";
import { emptyLeafRow, type LeafTable } from "../leaf/leaf-table.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { LinkStatus } from "../link/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../zone/messages.ts";
import { findActor } from "./find-actor.ts";
import { type KernelReading, NOTHING_READ } from "./kernel-view.ts";
import { leafOf } from "./leaf-of.ts";

/** A page shows the latest; older events are asked from the store. */
const EVENTS_KEPT_MAX = 1_000;

export class Board {
  readonly #table: LeafTable;
  readonly #row = emptyLeafRow();
  readonly #changedRows: number[] = [];
  #tableCursor = 0;

  /** Counts changes; far below 2^53 in the life of a process. */
  #sequence = 1;
  readonly #leafStamps: Float64Array;
  /** Index: row of the leaf table. */
  readonly #records: (LeafRecord | undefined)[];
  readonly #zones = new Map<string, { stamp: number; zone: Zone }>();
  readonly #events: { stamp: number; event: Event }[] = [];
  readonly #links = new Map<string, LinkStatus>();
  #node: Stamped<NodeInfo | undefined> = { stamp: 0, value: undefined, text: "" };
  #storeHealth: NodeInfo["storeHealth"] = "ok";
  #historian: HistorianStatus | undefined;
  #hubs: Stamped<readonly Hub[]> = { stamp: 0, value: [], text: "[]" };
  #tree: Stamped<readonly Actor[]> = { stamp: 0, value: [], text: "[]" };
  #kernel: Stamped<Kernel> = { stamp: 0, value: NOTHING_READ.kernel, text: "" };
  #types = NOTHING_READ.types;

  constructor(table: LeafTable) {
    this.#table = table;
    this.#leafStamps = new Float64Array(table.rowsMax);
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
    this.#leafStamps[row] = ++this.#sequence;
  }

  addEvent(event: OfficeEvent): void {
    this.#events.push({ stamp: ++this.#sequence, event: eventOf(event) });
    if (this.#events.length > EVENTS_KEPT_MAX) this.#events.splice(0, EVENTS_KEPT_MAX / 10);
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
    this.#tree = this.#restamp(this.#tree, actors);
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

  get tree(): readonly Actor[] {
    return this.#tree.value;
  }

  get kernel(): Kernel {
    return this.#kernel.value;
  }

  /** An actor by its path, or what else could have been meant. */
  findActor(name: string): Result<ActorDetail, readonly string[]> {
    const paths = this.tree.map(({ path }) => path);
    const path = findActor(paths, name);
    if (!path.ok) return path;
    const actor = this.tree[paths.indexOf(path.value)] as Actor;
    return ok({ ...actor, types: [...(this.#types.get(actor.path) ?? [])] });
  }

  zones(): readonly Zone[] {
    return [...this.#zones.values()].map((entry) => entry.zone);
  }

  /** Newest last. */
  events(): readonly Event[] {
    return this.#events.map((entry) => entry.event);
  }

  leaves(): readonly Leaf[] {
    return this.#leavesAfter(-1);
  }

  /** Undefined for an unknown leaf. */
  leaf(hub: string, leafId: number): Leaf | undefined {
    const row = this.#records.findIndex(
      (record) => record?.hub === hub && record.leafId === leafId,
    );
    return row === -1 ? undefined : this.#readLeaf(row);
  }

  /** By id or by name. */
  findLeaf(hub: string, idOrName: string): LeafRecord | undefined {
    return this.#records.find(
      (record) =>
        record?.hub === hub && (record.name === idOrName || String(record.leafId) === idOrName),
    );
  }

  snapshot(): Snapshot {
    this.#absorbTable();
    return {
      type: "Snapshot",
      cursor: this.#sequence,
      node: this.node,
      hubs: this.hubs,
      leaves: this.leaves(),
      zones: this.zones(),
      events: this.events(),
      tree: this.tree,
      kernel: this.kernel,
    };
  }

  changesSince(cursor: number): Changes | undefined {
    this.#absorbTable();
    if (this.#sequence <= cursor) return undefined;
    const leaves = this.#leavesAfter(cursor);
    const zones = [...this.#zones.values()].filter((entry) => entry.stamp > cursor);
    const events = this.#events.filter((entry) => entry.stamp > cursor);
    return {
      type: "Changes",
      cursor: this.#sequence,
      ...(leaves.length > 0 && { leaves }),
      ...(zones.length > 0 && { zones: zones.map((entry) => entry.zone) }),
      ...(events.length > 0 && { events: events.map((entry) => entry.event) }),
      ...(this.#node.stamp > cursor && { node: this.node }),
      ...(this.#hubs.stamp > cursor && { hubs: this.#hubs.value }),
      ...(this.#tree.stamp > cursor && { tree: this.#tree.value }),
      ...(this.#kernel.stamp > cursor && { kernel: this.#kernel.value }),
    };
  }

  /** One pass over the table for all feeds: what changed there gets a stamp of the board's own. */
  #absorbTable(): void {
    const cursor = this.#table.changedSince(this.#tableCursor, this.#changedRows);
    if (cursor === this.#tableCursor) return;
    this.#tableCursor = cursor;
    this.#sequence += 1;
    for (const row of this.#changedRows) this.#leafStamps[row] = this.#sequence;
  }

  #leavesAfter(cursor: number): Leaf[] {
    const leaves: Leaf[] = [];
    for (let row = 0; row < this.#leafStamps.length; row++) {
      if (this.#records[row] === undefined || (this.#leafStamps[row] ?? 0) <= cursor) continue;
      const leaf = this.#readLeaf(row);
      if (leaf !== undefined) leaves.push(leaf);
    }
    return leaves;
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
