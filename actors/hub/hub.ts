/**
 * A hub: checks the frames of its link, gives each to its leaf, and keeps who its leaves are.
 *
 *   link ──bytes, peer──▶ hub ──FrameRouter──▶ leaf ──▶ row · historian · zone · bus
 *                          ├─ SaveLeafRecord ──▶ historian, before a change takes effect
 *                          ├─ LeafRecordChanged, EventRaised ──▶ dashboard
 *                          └─ PublishHeartbeat ──▶ bus, each minute
 *
 * Every frame ends in `applied` or in `refused` under one reason (hub-counters.ts), both in shared
 * memory. A restart loses the addresses that tell the claimants of a disputed id apart, and changes
 * that waited for the store; frames in its leaves' mailboxes are counted as `lostInRestart`.
 */
import { MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import type { ActorContext } from "../../runtime/actor-context.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { BEATING_HUBS } from "../bus/messages.ts";
import type { HistorianCommand, LeafRecords, SaveAnswer } from "../historian/messages.ts";
import { LEAF_MAILBOX, type LeafHands, PATIENT_LEAF_MAILBOX, telemetryOf } from "../leaf/leaf.ts";
import { FLAG } from "../leaf/leaf-row.ts";
import { LEAF_TABLE, openLeafTable } from "../leaf/leaf-table.ts";
import type { LeafRecord, RegistrationClaim } from "../leaf/messages.ts";
import type { LinkCommand } from "../link/messages.ts";
import {
  type EventKind,
  eventIds,
  type OfficeEvent,
  type ZonesAnswer,
  type ZonesCommand,
} from "../zone/messages.ts";
import { Downlink } from "./downlink.ts";
import { FrameRouter } from "./frame-router.ts";
import { FrameTap, TAP_LEASE_MS } from "./frame-tap.ts";
import { type FrameHandler, HeldFrames } from "./held-frames.ts";
import { HUB_COUNTERS, openHubCounters } from "./hub-counters.ts";
import {
  type ConfiguredLeaf,
  HUB_SETTINGS,
  type HubOptions,
  type HubSettings,
} from "./hub-options.ts";
import { LeafCare } from "./leaf-care.ts";
import { LeafChildren } from "./leaf-children.ts";
import type { HubCommand, HubStatus } from "./messages.ts";
import type { LeafSleep } from "./outbox/command-desk.ts";
import { type DeskNote, openDesk, tellDesk } from "./outbox/open-desk.ts";
import { BATCH_MS_MAX, ReadingBatch } from "./reading-batch.ts";
import { Roster } from "./roster.ts";
import { openSecurity, type SecurityNote } from "./security/open-security.ts";
import { sentenceOf, severityOf } from "./sentences.ts";
import { ZoneRefs } from "./zone-refs.ts";

const HEARTBEAT_EVERY_MS = 60_000;
/** A durable write takes milliseconds; a store that needs longer is full, stuck or gone. */
const STORE_ANSWER_MS_MAX = 5_000;
/** A zone opens in milliseconds, once its thread has started, on a busy machine. */
const ZONE_ANSWER_MS_MAX = 30_000;
/** Leaves of wire v1 register once: what the store refused is tried again while the hub lives. */
const REGISTRATION_RETRY_MS = 30_000;

const { REGISTER } = MESSAGE_TYPES;

/** What a hub and its leaves tell the hub; nobody else can, since `hub` hides it from its type. */
type HubNote =
  | SecurityNote
  | DeskNote
  | { readonly type: "FlushBatch" }
  | { readonly type: "Beat" }
  | { readonly type: "RetryRegistrations" }
  | { readonly type: "EndTap" }
  /** `start`: which start of the hub counted the frame. */
  | { readonly type: "LeafClaims"; readonly claim: RegistrationClaim; readonly start: number }
  | { readonly type: "RecordSettled"; readonly leafId: number; readonly isSaved: boolean }
  | {
      readonly type: "ZoneAnswered";
      readonly zone: string;
      readonly answer: ZonesAnswer | undefined;
    }
  | { readonly type: "RecordsLoaded"; readonly records: readonly LeafRecord[] | undefined };

const FLUSH_BATCH: HubNote = { type: "FlushBatch" };
const BEAT: HubNote = { type: "Beat" };
const RETRY: HubNote = { type: "RetryRegistrations" };
const END_TAP: HubNote = { type: "EndTap" };

export const hub = (options: HubOptions): Behavior<HubCommand> =>
  setup<HubCommand | HubNote>((ctx) => {
    const counters = openHubCounters(ctx.shared(HUB_COUNTERS), options.hubNo);
    const isFirstStart = counters.read().starts === 0;
    counters.count("starts");
    // Its leaves have ended with it: what they had not counted by now they never will.
    counters.refuse("lostInRestart", counters.underWay());

    if (!isFirstStart) return starting(ctx, options);
    const isWhole = true;
    return running(ctx, options, { records: options.records, isWhole }, new HeldFrames());
  }) as Behavior<HubCommand>;

/** A hub started again asks for the records that were saved meanwhile, and holds frames until then. */
function starting(
  ctx: ActorContext<HubCommand | HubNote>,
  options: HubOptions,
): Behavior<HubCommand | HubNote> {
  const counters = openHubCounters(ctx.shared(HUB_COUNTERS), options.hubNo);
  const held = new HeldFrames();
  loadRecords(ctx, options);
  return receive<HubCommand | HubNote>(
    (message) => {
      if (message.type !== "RecordsLoaded") {
        if (!ctx.stash(message)) ctx.log.warn({ message: message.type }, "too early for a hub");
        return same;
      }
      if (message.records === undefined) {
        ctx.log.warn(
          { hub: options.hub },
          "the store is silent: records of the node's start it is, until it answers",
        );
      }
      ctx.unstashAll();
      const { records } = message;
      const loaded = { records: records ?? options.records, isWhole: records !== undefined };
      return running(ctx, options, loaded, held);
    },
    {
      onBytes(bytes, start, end, peer, atMs) {
        counters.countReceived();
        if (!held.hold(bytes, start, end, peer, atMs)) counters.refuse("starting");
        return same;
      },
    },
  );
}

function loadRecords(ctx: ActorContext<HubCommand | HubNote>, options: HubOptions): void {
  ctx.ask<HistorianCommand, LeafRecords>(
    options.historian,
    (replyTo) => ({ type: "LoadLeafRecords", hub: options.hub, replyTo }),
    STORE_ANSWER_MS_MAX,
    ({ records }) => ({ type: "RecordsLoaded", records }),
    () => ({ type: "RecordsLoaded", records: undefined }),
  );
}

/** `isWhole`: what the store holds; else what was known without it. */
interface Loaded {
  readonly records: readonly LeafRecord[];
  readonly isWhole: boolean;
}

function running(
  ctx: ActorContext<HubCommand | HubNote>,
  options: HubOptions,
  loaded: Loaded,
  held: HeldFrames,
): Behavior<HubCommand | HubNote> {
  const settings: HubSettings = { ...HUB_SETTINGS, ...options.settings };
  const { bus, historian, dashboard, rowBase } = options;
  const leavesMax = options.rowsMax;
  const startedAtMs = ctx.nowMs();
  const table = openLeafTable(ctx.shared(LEAF_TABLE));
  const counters = openHubCounters(ctx.shared(HUB_COUNTERS), options.hubNo);
  const start = counters.read().starts;
  const holdsSenders = options.holdsSenders === true;
  const reader = holdsSenders ? historian : ctx.impatient(historian);
  const batch = new ReadingBatch(options.hubNo, reader, counters);
  const nextId = eventIds(options.hub, ctx.random());
  const zones = new ZoneRefs(askZone);
  const roster = new Roster(
    { hub: options.hub, zone: options.zone, leavesMax },
    {
      nowMs: () => ctx.nowMs(),
      save: saveRecord,
      changed: recordChanged,
      raise: (kind, record, before) =>
        raise(record, kind, severityOf(kind), sentenceOf(kind, record, before), {}),
      settle: (claim, refusal) => {
        const { leafId, atMs } = claim;
        leaves.get(leafId)?.tell({ type: "SettleRegistration", refusal, atMs });
        if (refusal === undefined) care.registered(claim);
      },
      retryLater: () => ctx.startTimer("retry", RETRY, REGISTRATION_RETRY_MS),
    },
  );
  const hands: LeafHands = {
    table,
    bus: ctx.impatient(bus),
    zone: (name) => zones.find(name),
    telemetry: telemetryOf(settings.telemetry, leavesMax),
    countApplied: () => counters.countApplied(),
    countRefused: (reason) => counters.refuse(reason),
    countNotPassed: () => counters.count("reportsNotPassed"),
    store,
    acknowledge: (leafId, peer, counter) => sealed?.security.acknowledge(leafId, peer, counter),
    heard: (...frame) => care.heard(...frame),
    register: (claim) => ctx.self.tell({ type: "LeafClaims", claim, start }),
    raise: ({ record, kind, severity, message, data }) =>
      raise(record, kind, severity, message, data),
  };

  const configuredLeaves = new Map(options.leaves.map((leaf) => [leaf.id, leaf]));
  const downlink = new Downlink(leavesMax, {
    link: () => ctx.refAt<LinkCommand>(options.linkPath),
    seal: (leafId, type, payload) => sealed?.security.sessions.seal(leafId, type, payload),
  });
  const desk = openDesk(ctx, {
    ...{ hub: options.hub, leavesMax, downlink, historian, dashboard, raise },
    answerMsMax: STORE_ANSWER_MS_MAX,
    leaf: (leafId) => roster.get(leafId),
    sleep: sleepOf,
  });
  const care = new LeafCare(
    { leavesMax, nowMs: startedAtMs },
    { downlink, desk, leaf: (leafId) => roster.get(leafId) },
  );

  const leaves = new LeafChildren(ctx, {
    configured: options.leaves,
    settings,
    known: (leafId) => roster.get(leafId),
    place: { hubNo: options.hubNo, rowBase },
    hands,
    mailbox: holdsSenders ? PATIENT_LEAF_MAILBOX : LEAF_MAILBOX,
  });

  const router = new FrameRouter({ leavesMax, counters, roster, leaves, meet });
  const route: FrameHandler = (bytes, start, end, peer, atMs) =>
    router.route(bytes, start, end, peer, atMs);
  const sealed =
    options.sealed &&
    openSecurity(ctx, {
      ...{ hub: options.hub, options: options.sealed, rowBase, leavesMax, historian, route },
      linkPath: options.linkPath,
      answerMsMax: STORE_ANSWER_MS_MAX,
      countApplied: hands.countApplied,
      countRefused: hands.countRefused,
      isKnown: (leafId) => roster.get(leafId) !== undefined,
      adopt: admitPaired,
      raise: (kind, leafId, message) =>
        tell({
          ...{ kind, leafId, message, zone: options.zone, data: {} },
          severity: kind === "pairing_refused" ? "warning" : "info",
        }),
    });
  router.security = sealed?.security;

  for (const record of loaded.records) if (record.leafId < leavesMax) roster.admit(record);
  for (let leafId = 0; leafId < leavesMax; leafId++) {
    const wasHeard = (table.flags(rowBase + leafId) & FLAG.present) !== 0;
    if (wasHeard && roster.get(leafId) === undefined) roster.meet(leafId);
  }
  if (!loaded.isWhole) loadRecords(ctx, options);
  for (const configured of options.leaves) addConfigured(configured);
  zones.find(options.zone);
  beat();
  ctx.receptionist.register(BEATING_HUBS, ctx.self);
  ctx.startPeriodicTimer("beat", BEAT, HEARTBEAT_EVERY_MS);
  held.release(route);

  return receive<HubCommand | HubNote>(onMessage, {
    onBytes(bytes, start, end, peer, atMs) {
      counters.countReceived();
      if (batch.isDue) batch.flush(atMs);
      router.route(bytes, start, end, peer, atMs);
      return same;
    },
    onSignal(signal) {
      if (signal.type === "Terminated") zones.ended(signal.ref.path);
      else batch.flush(ctx.nowMs());
      if (signal.type === "PostStop") sealed?.close();
      return same;
    },
  });

  function onMessage(message: HubCommand | HubNote): Behavior<HubCommand | HubNote> {
    switch (message.type) {
      case "AddLeaf":
      case "RenameLeaf":
      case "MoveLeaf":
      case "AdoptLeaf":
      case "AgreeHardware":
      case "KeepHardware":
      case "LimitLeaf":
      case "SetSleep":
      case "ConfigureLeaf":
        roster.act(message, (answer) => message.replyTo.tell(answer));
        return same;
      case "OpenPairing":
      case "RotateKey":
      case "ForgetKey":
        if (sealed !== undefined) sealed.act(message);
        else message.replyTo.tell({ type: "KeyRefused", reason: "notPaired" });
        return same;
      case "FlushMarks":
      case "SessionsSettled":
        sealed?.note(message);
        return same;
      case "CommandLeaf":
        desk.submit(message);
        return same;
      case "CancelCommand":
        desk.cancel(message);
        return same;
      case "PeersForgotten":
        downlink.forget();
        return same;
      case "DeskTick":
      case "CommandsLoaded":
      case "CommandsKept":
        tellDesk(desk, message);
        return same;
      case "GetHub":
        message.replyTo.tell(status());
        return same;
      case "TapFrames": {
        const tap = router.tap ?? new FrameTap();
        router.tap = tap;
        const frames = tap.look(message.leafId, message.after, ctx.nowMs());
        message.replyTo.tell({ type: "TappedFrames", frames });
        ctx.startTimer("tap", END_TAP, TAP_LEASE_MS);
        return same;
      }
      case "EndTap":
        if (router.tap?.expire(ctx.nowMs())) router.tap = undefined;
        return same;
      case "LeafClaims":
        // After a restart the frame is counted as lost already; what it says is still true.
        roster.claim(message.claim, message.start === start);
        return same;
      case "RecordSettled":
        roster.saved(message.leafId, message.isSaved);
        return same;
      case "RetryRegistrations":
        roster.retry();
        return same;
      case "FlushBatch":
        if (!batch.flush(ctx.nowMs())) ctx.startTimer("flush", FLUSH_BATCH, BATCH_MS_MAX);
        return same;
      case "ZoneAnswered":
        zoneAnswered(message.zone, message.answer);
        return same;
      case "TellHeartbeat":
        beat();
        return same;
      case "Beat":
        zones.retry();
        beat();
        sealed?.security.beat();
        return same;
      case "RecordsLoaded":
        if (message.records === undefined) loadRecords(ctx, options);
        else admitLate(message.records);
        return same;
      default:
        return unreachable(message);
    }
  }

  /** An operator opened the hub for it: it counts from its first frame. */
  function admitPaired(leafId: number): void {
    roster.act({ type: "AddLeaf", leafId, name: undefined, zone: undefined }, (answer) => {
      if (answer.type === "HubAccepted" || answer.reason === "leafExists") return;
      ctx.log.warn(
        { hub: options.hub, leafId, reason: answer.reason },
        "a paired leaf could not be added",
      );
    });
  }

  /** A leaf that is heard for the first time. One that registers makes itself known. */
  function meet(leafId: number, type: number): LeafRecord {
    const record = roster.meet(leafId);
    if (settings.adopt === "always" && type !== REGISTER) {
      roster.act({ type: "AdoptLeaf", leafId }, () => {});
    }
    return record;
  }

  /** The store speaks again: who was taken for a stranger meanwhile is known after all. */
  function admitLate(records: readonly LeafRecord[]): void {
    for (const record of records) {
      const known = roster.get(record.leafId);
      const isNew = known === undefined || known.standing === "stranger";
      if (isNew && record.leafId < leavesMax) roster.admit(record);
    }
  }

  /** As it has registered or an operator has said, else as the settings say. */
  function sleepOf(leafId: number): LeafSleep {
    const record = roster.get(leafId);
    const configured = configuredLeaves.get(leafId);
    const { sleeps = configured?.sleeps ?? false, wakeVia = configured?.wakeVia } = record ?? {};
    return { sleeps, wakeVia };
  }

  function addConfigured({ id, name, zone }: ConfiguredLeaf): void {
    const known = roster.get(id);
    if (known !== undefined && known.standing !== "stranger") return;
    roster.act({ type: "AddLeaf", leafId: id, name, zone }, (answer) => {
      if (answer.type === "HubAccepted") return;
      const fields = { hub: options.hub, leafId: id, reason: answer.reason };
      ctx.log.warn(fields, "a configured leaf could not be added");
    });
  }

  function saveRecord(record: LeafRecord): void {
    const { leafId } = record;
    ctx.ask<HistorianCommand, SaveAnswer>(
      historian,
      (replyTo) => ({ type: "SaveLeafRecord", record, replyTo }),
      STORE_ANSWER_MS_MAX,
      ({ type }) => ({ type: "RecordSettled", leafId, isSaved: type === "LeafRecordSaved" }),
      () => ({ type: "RecordSettled", leafId, isSaved: false }),
    );
  }

  function recordChanged(record: LeafRecord, before: LeafRecord | undefined): void {
    leaves.update(record);
    care.changed(record, before);
    dashboard.tell({ type: "LeafRecordChanged", row: rowBase + record.leafId, record });
    zones.find(record.zone);
  }

  function store(leafId: number, atMs: number, bytes: Uint8Array, at: number, count: number): void {
    const isFirst = batch.add(leafId, atMs, bytes, at, count);
    // Not by a message: a leaf that writes to a hub without room would have to wait for it.
    if (isFirst) ctx.startTimer("flush", FLUSH_BATCH, BATCH_MS_MAX);
  }

  function askZone(zone: string): void {
    ctx.ask<ZonesCommand, ZonesAnswer>(
      options.zones,
      (replyTo) => ({ type: "OpenZone", zone, replyTo }),
      ZONE_ANSWER_MS_MAX,
      (answer) => ({ type: "ZoneAnswered", zone, answer }),
      () => ({ type: "ZoneAnswered", zone, answer: undefined }),
    );
  }

  function zoneAnswered(zone: string, answer: ZonesAnswer | undefined): void {
    if (answer?.type === "ZoneOpened") {
      zones.opened(zone, ctx.impatient(answer.ref));
      ctx.watch(answer.ref);
    } else if (answer === undefined) {
      zones.forget(zone);
    } else {
      ctx.log.warn({ zone, reason: answer.reason }, "a leaf's zone cannot be opened");
    }
  }

  function beat(): void {
    const uptimeS = Math.floor((ctx.nowMs() - startedAtMs) / 1_000);
    const { hub, zone } = options;
    bus.tell({ type: "PublishHeartbeat", zone, hub, uptimeS, leafCount: roster.size });
  }

  function status(): HubStatus {
    const { received, applied, refused } = counters.read();
    let onlineCount = 0;
    for (const { leafId } of roster.all()) {
      if ((table.flags(rowBase + leafId) & FLAG.online) !== 0) onlineCount += 1;
    }
    return {
      type: "HubStatus",
      hub: options.hub,
      zone: options.zone,
      address: options.address,
      startedAtMs,
      leafCount: roster.size,
      onlineCount,
      framesReceived: received,
      framesApplied: applied,
      refused,
    };
  }

  function raise(
    record: LeafRecord,
    kind: EventKind,
    severity: OfficeEvent["severity"],
    message: string,
    data: OfficeEvent["data"],
  ): void {
    const { leafId, zone } = record;
    tell({ kind, severity, zone, leafId, message, data });
  }

  function tell(told: Omit<OfficeEvent, "id" | "atMs" | "hub">): void {
    const atMs = ctx.nowMs();
    const event: OfficeEvent = { ...told, id: nextId(atMs), atMs, hub: options.hub };
    dashboard.tell({ type: "EventRaised", event });
    historian.tell({ type: "RecordEvent", event });
  }
}
