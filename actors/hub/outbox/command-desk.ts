/**
 * The commands of a hub's leaves from their askers to their ends: saved, handed to the leaf's outbox,
 * saved again, told.
 *
 *   CommandLeaf ─▶ check ─▶ journal ─▶ accepted ─▶ Outbox ─▶ downlink        leaf's ACK, RESULT
 *                                                    └─ ended ─▶ journal ─▶ asker, dashboard, event
 *
 * It lives in the hub's actor. A restart loses who asked: the commands come back from the store, and
 * whoever asks again by the same id is told what became of the first.
 */
import { MESSAGE_TYPES } from "../../../firmware/wire/frame-types.ts";
import { OUTCOMES } from "../../../firmware/wire/sealed-types.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { invariant } from "../../../runtime/invariant.ts";
import { outcomeName } from "../../../transports/frame/names.ts";
import type { OpenCommandsPage } from "../../historian/messages.ts";
import type { LeafRecord } from "../../leaf/messages.ts";
import type { Downlink } from "../downlink.ts";
import { CommandJournal, type Saved, WRITES_WAITING_MAX } from "./command-journal.ts";
import { payloadV1, payloadV2 } from "./command-payload.ts";
import {
  type CancelCommand,
  type CommandAccepted,
  type CommandEnded,
  type CommandLeaf,
  type CommandOrder,
  type CommandOutcome,
  type CommandRecord,
  type CommandRefusal,
  isEnded,
  wasTurnedDown,
} from "./messages.ts";
import { OUTBOX_COMMANDS_MAX, Outbox } from "./outbox.ts";

/** Asked for before the store has told what is open: milliseconds, unless it is silent. */
const EARLY_MAX = 1_024;
/** Who wants to know of one command: its asker, the same again after a time-out, who cancels it. */
const ASKERS_MAX = 8;
/** What the store did not tell or take is tried again. */
const STORE_RETRY_MS = 5_000;
/** Commands due within this are sent in one go. */
const TICK_MS_MIN = 20;

export interface DeskPorts {
  readonly hub: string;
  readonly leavesMax: number;
  readonly downlink: Downlink;
  nowMs(): number;
  random(): number;
  leaf(leafId: number): LeafRecord | undefined;
  sleep(leafId: number): LeafSleep;
  /** Asks for a page of open commands; leads to one call of `loaded`. */
  load(after: OpenCommandsPage["after"]): void;
  /** Leads to one call of `saved`. */
  save(records: readonly CommandRecord[]): void;
  /** Leads to a call of `tick`, instead of an earlier one. */
  tickIn(ms: number): void;
  changed(record: CommandRecord): void;
}

/** When a leaf hears: always, or only just after it has sent; and who can wake it. */
export interface LeafSleep {
  readonly sleeps: boolean;
  readonly wakeVia: number | undefined;
}

interface Pending {
  /** As it is now. */
  record: CommandRecord;
  /** To be told that it is on disk, and how it ended; at most `ASKERS_MAX` each. */
  readonly acceptors: ActorRef<CommandAccepted | CommandEnded>[];
  readonly askers: ActorRef<CommandEnded>[];
  /** On its way to the disk for the first time; not in the outbox yet. */
  isSaving: boolean;
  /** The store is told that it is being sent; it leaves when that is on disk. */
  isMarking: boolean;
  isCancelled: boolean;
  /** It has ended, and who asked has been told. */
  isTold: boolean;
}

export class CommandDesk {
  readonly #ports: DeskPorts;
  readonly #journal: CommandJournal;
  /** By leaf id: of leaves that were ever commanded. */
  readonly #outboxes = new Map<number, Outbox>();
  /** Leaf id → when its outbox has something to do, for those that have. */
  readonly #dueMs = new Map<number, number>();
  /** Index: leaf id. 1: its outbox is not empty. */
  readonly #waits: Uint8Array;
  /** By `commandId`: at most `OUTBOX_COMMANDS_MAX` a leaf, and ends that wait for the disk. */
  readonly #pending = new Map<number, Pending>();
  /** `leafId/id` → `commandId` */
  readonly #byId = new Map<string, number>();
  /** Leaf id → its commands on their way to the disk for the first time. */
  readonly #savingByLeaf = new Map<number, number>();
  #early: (CommandLeaf | CancelCommand)[] = [];
  #isLoaded = false;
  #loadAfter: OpenCommandsPage["after"];
  #loadDueMs = Infinity;
  #lastCommandId = 0;
  /** Ends that the store refused. */
  #unsaved: Pending[] = [];
  #unsavedDueMs = Infinity;
  #tickAtMs = Infinity;
  /** When the wall clock was looked at last, and whether it was set back since the last tick. */
  #lookedAtMs = -Infinity;
  #isSetBack = false;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#waits = new Uint8Array(ports.leavesMax);
    this.#journal = new CommandJournal((records) => ports.save(records));
    ports.load(undefined);
  }

  submit(message: CommandLeaf): void {
    if (!this.#isLoaded && this.#early.length < EARLY_MAX) {
      this.#early.push(message);
      return;
    }
    const pending = this.#find(message.leafId, message.id);
    const reason = this.#judge(message, pending);
    if (reason !== undefined) this.#refuse(message, reason);
    else if (pending !== undefined) this.#join(message, pending);
    else this.#save(message);
  }

  cancel(message: CancelCommand): void {
    const { leafId, id, replyTo } = message;
    if (!this.#isLoaded && this.#early.length < EARLY_MAX) {
      this.#early.push(message);
      return;
    }
    const pending = this.#find(leafId, id);
    if (pending === undefined || isEnded(pending.record)) {
      replyTo.tell(this.#refusal(leafId, id, "commandUnknown"));
      return;
    }
    if (pending.askers.length < ASKERS_MAX) pending.askers.push(replyTo);
    if (pending.isSaving) pending.isCancelled = true;
    else this.#with(leafId, (outbox, nowMs) => outbox.cancel(pending.record.commandId, nowMs));
  }

  /** Undefined: the store did not tell. */
  loaded(page: OpenCommandsPage | undefined): void {
    if (page === undefined) {
      this.#loadDueMs = this.#nowMs() + STORE_RETRY_MS;
      this.#wakeAt(this.#loadDueMs);
      return;
    }
    this.#lastCommandId = Math.max(this.#lastCommandId, page.lastCommandId);
    for (const record of page.records) {
      const { leafId } = record;
      const isTooMany = this.#openOf(leafId) >= OUTBOX_COMMANDS_MAX;
      this.#admit(record, false);
      // Those that a slow store took after they were turned down, and whose ends it did not take.
      if (isTooMany) this.#ended(record, "refused", "outboxFull");
      else this.#with(leafId, (outbox, nowMs) => outbox.submit(record, nowMs));
    }
    this.#loadAfter = page.after;
    if (page.after !== undefined) {
      this.#ports.load(page.after);
      return;
    }
    this.#isLoaded = true;
    for (const message of this.#early.splice(0)) {
      if (message.type === "CommandLeaf") this.submit(message);
      else this.cancel(message);
    }
  }

  /** Undefined: the store did not take the batch. */
  saved(known: readonly CommandRecord[] | undefined): void {
    this.#journal.saved(known);
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.#tickAtMs = Infinity;
    // What was due by the old time is looked at now.
    const isSetBack = this.#isSetBack;
    this.#isSetBack = false;
    if (isSetBack && this.#loadDueMs < Infinity) this.#loadDueMs = nowMs;
    if (isSetBack && this.#unsavedDueMs < Infinity) this.#unsavedDueMs = nowMs;
    // Thousands may wait for leaves that sleep: a look at a number each, and at those that are due.
    for (const [leafId, dueMs] of this.#dueMs) {
      if (isSetBack || dueMs <= nowMs) this.#with(leafId, (outbox) => outbox.tick(nowMs));
      else this.#wakeAt(dueMs);
    }
    if (this.#loadDueMs <= nowMs) {
      this.#loadDueMs = Infinity;
      this.#ports.load(this.#loadAfter);
    }
    if (this.#unsavedDueMs <= nowMs) {
      this.#unsavedDueMs = Infinity;
      for (const pending of this.#unsaved.splice(0)) this.#saveEnd(pending);
    }
    this.#wakeAt(Math.min(this.#loadDueMs, this.#unsavedDueMs));
  }

  /** Whether a frame of this leaf is of interest. */
  waitsFor(leafId: number): boolean {
    return this.#waits[leafId] === 1;
  }

  heard(leafId: number): void {
    this.#with(leafId, (outbox, nowMs) => outbox.heard(nowMs));
  }

  /** A v1 leaf's ACK. */
  acknowledged(leafId: number): void {
    this.#with(leafId, (outbox, nowMs) => outbox.acknowledged(nowMs));
  }

  /** What a v2 leaf's RESULT says of one command: a code of `OUTCOMES`, or one unknown to us. */
  result(leafId: number, commandId: number, code: number): void {
    const outcome =
      code === OUTCOMES.applied ? "applied" : code === OUTCOMES.expired ? "expired" : "refused";
    const reason = outcome === "refused" ? (`leaf:${outcomeName(code)}` as const) : undefined;
    this.#with(leafId, (outbox, nowMs) => outbox.result(commandId, outcome, reason, nowMs));
  }

  #judge({ leafId, order }: CommandLeaf, pending: Pending | undefined): CommandRefusal | undefined {
    if (!this.#isLoaded) return "storeUnavailable";
    if (this.#ports.leaf(leafId) === undefined) return "leafUnknown";
    if (pending !== undefined) {
      // Until the store has let go of it: a second one of its id would go with it.
      if (wasTurnedDown(pending.record)) return "storeUnavailable";
      if (!isSameOrder(pending.record, order)) return "idTaken";
      const asking = Math.max(pending.askers.length, pending.acceptors.length);
      return asking === ASKERS_MAX ? "outboxFull" : undefined;
    }
    if (!payloadV1(order).ok) return "badCommand";
    if (this.#openOf(leafId) >= OUTBOX_COMMANDS_MAX) return "outboxFull";
    const isBehind = this.#journal.isFull || this.#unsaved.length >= WRITES_WAITING_MAX;
    return isBehind ? "storeUnavailable" : undefined;
  }

  #save(message: CommandLeaf): void {
    const { leafId, id, order } = message;
    this.#lastCommandId += 1;
    const record: CommandRecord = {
      ...order,
      ...{ hub: this.#ports.hub, leafId, id, commandId: this.#lastCommandId },
      createdAtMs: this.#nowMs(),
      sentAtMs: undefined,
      state: "queued",
      reason: undefined,
      endedAtMs: undefined,
    };
    const fresh = this.#admit(record, true);
    this.#countSaving(leafId, 1);
    this.#join(message, fresh);
    this.#journal.write(record, (saved) => this.#submitted(fresh, saved));
  }

  #submitted(pending: Pending, saved: Saved): void {
    const { record } = pending;
    pending.isSaving = false;
    this.#countSaving(record.leafId, -1);
    if (saved.kind === "failed") this.#giveUp(pending);
    else if (saved.kind === "saved") this.#queue(pending);
    else if (!isSameOrder(saved.record, record)) this.#turnDown(pending, "idTaken");
    else {
      // Of before; it has ended, or it would be here.
      pending.record = saved.record;
      this.#forget(record);
      this.#accept(pending);
      this.#tell(pending);
    }
  }

  #queue(pending: Pending): void {
    const { record } = pending;
    this.#ports.changed(record);
    this.#accept(pending);
    this.#with(record.leafId, (outbox, nowMs) => {
      outbox.submit(record, nowMs);
      if (pending.isCancelled) outbox.cancel(record.commandId, nowMs);
    });
  }

  /** The same command may be asked for again: whoever asks is told like the first. */
  #join({ acceptedTo, replyTo }: CommandLeaf, pending: Pending): void {
    if (acceptedTo !== undefined) pending.acceptors.push(acceptedTo);
    if (replyTo !== undefined) pending.askers.push(replyTo);
    if (pending.isSaving) return;
    this.#accept(pending);
    if (pending.isTold) this.#tell(pending);
  }

  /** The store may take it yet, if it is only slow: it is to be gone again then. */
  #giveUp(pending: Pending): void {
    this.#turnDown(pending, "storeUnavailable");
    const endedAtMs = this.#nowMs();
    const ended = { state: "refused", reason: "storeUnavailable", endedAtMs } as const;
    pending.record = { ...pending.record, ...ended };
    pending.isTold = true;
    this.#keep(pending);
    this.#saveEnd(pending);
  }

  /** Refused before it came into the outbox. */
  #turnDown(pending: Pending, reason: CommandRefusal): void {
    const { leafId, id } = pending.record;
    this.#forget(pending.record);
    const refusal = this.#refusal(leafId, id, reason);
    for (const acceptor of pending.acceptors.splice(0)) acceptor.tell(refusal);
    for (const asker of pending.askers.splice(0)) asker.tell(refusal);
  }

  #refuse({ leafId, id, acceptedTo, replyTo }: CommandLeaf, reason: CommandRefusal): void {
    const refusal = this.#refusal(leafId, id, reason);
    acceptedTo?.tell(refusal);
    replyTo?.tell(refusal);
  }

  #refusal(leafId: number, id: string, reason: CommandRefusal): CommandEnded {
    const { hub } = this.#ports;
    const sentAtMs = undefined;
    return { type: "CommandEnded", hub, leafId, id, outcome: "refused", reason, sentAtMs };
  }

  #accept({ record, acceptors }: Pending): void {
    for (const acceptor of acceptors.splice(0)) acceptor.tell({ type: "CommandAccepted", record });
  }

  #transmit(leafId: number, { commandId }: CommandRecord, nowMs: number): boolean {
    const pending = this.#pending.get(commandId);
    invariant(pending !== undefined, "a command that is sent has not ended");
    if (pending.isMarking || !this.#ports.downlink.reaches(leafId)) return false;
    const { record } = pending;
    if (record.sentAtMs !== undefined) return this.#send(record, nowMs);
    // On disk before it leaves: what the record does not call sent has not run, whatever ends the node.
    const marked: CommandRecord = { ...record, state: "sent", sentAtMs: nowMs };
    pending.isMarking = true;
    this.#journal.write(marked, ({ kind }) => {
      pending.isMarking = false;
      if (kind !== "saved" || isEnded(pending.record)) return;
      pending.record = marked;
      this.#ports.changed(marked);
      this.#send(marked, this.#nowMs());
    });
    return true;
  }

  #send(record: CommandRecord, nowMs: number): boolean {
    const { leafId } = record;
    const { downlink } = this.#ports;
    const payload = downlink.wire(leafId) === 1 ? payloadV1(record) : payloadV2(record, nowMs);
    return payload.ok && downlink.transmit(leafId, MESSAGE_TYPES.COMMAND, payload.value).ok;
  }

  #ended(
    { commandId }: CommandRecord,
    outcome: CommandOutcome,
    reason: CommandRefusal | undefined,
  ): void {
    const pending = this.#pending.get(commandId);
    invariant(pending !== undefined, "a command ends once");
    const endedAtMs = this.#nowMs();
    pending.record = { ...pending.record, state: outcome, reason, endedAtMs };
    this.#saveEnd(pending);
  }

  /** On disk before anyone is told; told all the same when the disk does not take it. */
  #saveEnd(pending: Pending): void {
    this.#journal.write(pending.record, ({ kind }) => {
      if (kind === "saved") this.#forget(pending.record);
      else this.#saveLater(pending);
      if (pending.isTold) return;
      pending.isTold = true;
      this.#ports.changed(pending.record);
      this.#tell(pending);
    });
  }

  #saveLater(pending: Pending): void {
    this.#unsaved.push(pending);
    this.#unsavedDueMs = Math.min(this.#unsavedDueMs, this.#nowMs() + STORE_RETRY_MS);
    this.#wakeAt(this.#unsavedDueMs);
  }

  #tell({ record, askers }: Pending): void {
    const { hub, leafId, id, state, reason, sentAtMs } = record;
    if (state === "queued" || state === "sent") return;
    for (const asker of askers.splice(0)) {
      asker.tell({ type: "CommandEnded", hub, leafId, id, outcome: state, reason, sentAtMs });
    }
  }

  #find(leafId: number, id: string): Pending | undefined {
    return this.#pending.get(this.#byId.get(keyOf(leafId, id)) ?? 0);
  }

  #admit(record: CommandRecord, isSaving: boolean): Pending {
    const own = { record, acceptors: [], askers: [], isSaving };
    const pending: Pending = { ...own, isMarking: false, isCancelled: false, isTold: false };
    this.#keep(pending);
    return pending;
  }

  #keep(pending: Pending): void {
    const { commandId, leafId, id } = pending.record;
    this.#pending.set(commandId, pending);
    this.#byId.set(keyOf(leafId, id), commandId);
  }

  #forget({ leafId, id, commandId }: CommandRecord): void {
    this.#pending.delete(commandId);
    const key = keyOf(leafId, id);
    // Given again since, it may be another's.
    if (this.#byId.get(key) === commandId) this.#byId.delete(key);
  }

  /** Commands of the leaf that have not ended, those on their way to the outbox too. */
  #openOf(leafId: number): number {
    return (this.#savingByLeaf.get(leafId) ?? 0) + (this.#outboxes.get(leafId)?.size ?? 0);
  }

  #countSaving(leafId: number, by: number): void {
    const count = (this.#savingByLeaf.get(leafId) ?? 0) + by;
    if (count === 0) this.#savingByLeaf.delete(leafId);
    else this.#savingByLeaf.set(leafId, count);
  }

  /** What happens to an outbox, and when it wants to be looked at next. */
  #with(leafId: number, act: (outbox: Outbox, nowMs: number) => void): void {
    const outbox = this.#outboxes.get(leafId) ?? this.#open(leafId);
    const nowMs = this.#nowMs();
    outbox.describe(this.#hearing(leafId));
    act(outbox, nowMs);
    this.#waits[leafId] = outbox.size > 0 ? 1 : 0;
    const dueMs = outbox.dueMs(nowMs);
    if (dueMs === Infinity) this.#dueMs.delete(leafId);
    else this.#dueMs.set(leafId, dueMs);
    this.#wakeAt(dueMs);
  }

  #open(leafId: number): Outbox {
    const outbox = new Outbox({
      transmit: (record, nowMs) => this.#transmit(leafId, record, nowMs),
      rouse: () => this.#rouse(leafId),
      ended: (record, outcome, reason) => this.#ended(record, outcome, reason),
      random: () => this.#ports.random(),
    });
    this.#outboxes.set(leafId, outbox);
    return outbox;
  }

  #hearing(leafId: number): Parameters<Outbox["describe"]>[0] {
    const { sleeps, wakeVia } = this.#ports.sleep(leafId);
    const { downlink } = this.#ports;
    return { wire: downlink.wire(leafId), sleeps, canBeRoused: wakeVia !== undefined };
  }

  /** The payload names whom the other leaf is to wake; wires differ as in WAKE_NOTIFY. */
  #rouse(leafId: number): void {
    const { wakeVia } = this.#ports.sleep(leafId);
    if (wakeVia === undefined) return;
    const { downlink } = this.#ports;
    const name = downlink.wire(wakeVia) === 2 ? [leafId & 0xff, leafId >>> 8] : [leafId];
    downlink.transmit(wakeVia, MESSAGE_TYPES.WAKE, Uint8Array.from(name));
  }

  /** Every look counts: a time may have been noted by a clock that was right for a moment only. */
  #nowMs(): number {
    const nowMs = this.#ports.nowMs();
    if (nowMs < this.#lookedAtMs) this.#isSetBack = true;
    this.#lookedAtMs = nowMs;
    return nowMs;
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#tickAtMs) return;
    this.#tickAtMs = atMs;
    this.#ports.tickIn(Math.max(atMs - this.#nowMs(), TICK_MS_MIN));
  }
}

const keyOf = (leafId: number, id: string): string => `${leafId}/${id}`;

/** Whether a command given again is the one of before. */
const isSameOrder = (a: CommandOrder, b: CommandOrder): boolean =>
  a.command === b.command &&
  a.argsHex === b.argsHex &&
  Object.keys(a.args).length === Object.keys(b.args).length &&
  Object.entries(a.args).every(([name, value]) => b.args[name] === value);
