/**
 * A leaf: takes its frames from the hub, keeps its row in the leaf table, and passes readings on.
 *
 *   hub ──bytes, (peer, apart)──▶ leaf ──▶ row in shared memory
 *                                  ├─ readings ──▶ batch ──▶ historian
 *                                  ├─ AcceptReadings ──▶ zone      if the zone may use them
 *                                  └─ PublishReadings ──▶ bus      likewise
 *
 * It lives on its hub's thread and reads frames in place; `checkFrame` has passed them. What a
 * restart loses: the state of the rate limit, which begins with a full bucket. The rest is in the row.
 */
import { CHANNELS, MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_AT, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import {
  frameType,
  heartbeatBatteryMv,
  heartbeatUptimeS,
  registerCapability,
  registerCapabilityCount,
  registerHardware,
  reportChannel,
  reportCount,
  reportReadingsAt,
  reportValue,
} from "../../transports/frame/decode.ts";
import { capabilityName, channelName, hardwareName } from "../../transports/frame/names.ts";
import {
  beatBatteryMv,
  beatUptimeS,
  firstGroup,
  groupAgeMs,
  groupChannel,
  groupCount,
  groupEnd,
  groupReadings,
  groupValue,
  sealedCounter,
  sealedKind,
  sealedRegisterCapability,
  sealedRegisterCapabilityCount,
  sealedRegisterHardware,
  sealedWantsAnswer,
} from "../../transports/frame/sealed/read.ts";
import type { BusCommand } from "../bus/messages.ts";
import type { ChannelValue, EventKind, OfficeEvent, ZoneCommand } from "../zone/messages.ts";
import { isBatteryNews, judgeBattery } from "./battery.ts";
import { FLAG } from "./leaf-row.ts";
import type { LeafTable } from "./leaf-table.ts";
import type { LeafCommand, LeafRecord, RegistrationClaim } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";

export interface LeafOptions {
  readonly record: LeafRecord;
  readonly hubNo: number;
  readonly row: number;
  /** Where the record names no other; undefined: no limit. */
  readonly framesPerSecondMax: number | undefined;
  readonly quarantineMs: number;
  readonly offlineAfterMs: number;
  readonly lowBatteryMv: number;
  readonly hands: LeafHands;
}

/** What a hub lends to its leaves. They live on its thread, so these are plain calls. */
export interface LeafHands {
  readonly table: LeafTable;
  readonly bus: ActorRef<BusCommand>;
  /** Undefined until the zone has answered. */
  zone(name: string): ActorRef<ZoneCommand> | undefined;
  countApplied(): void;
  countRefused(reason: LeafRefusal): void;
  countNotPassed(): void;
  /** `count` readings, a byte of channel and a float32 each, in `bytes` from `at` on. */
  store(leafId: number, atMs: number, bytes: Uint8Array, at: number, count: number): void;
  /** Answers the v2 frame of this counter, which asked for it and is applied. */
  acknowledge(leafId: number, peer: number, counter: number): void;
  /** False when the hub's mailbox is full. */
  register(claim: RegistrationClaim): boolean;
  raise(event: LeafEvent): void;
}

export type LeafRefusal =
  | "rateLimited"
  | "quarantined"
  | "busy"
  | "disputed"
  | "storeUnavailable"
  | "lostInRestart";

export interface LeafEvent {
  readonly kind: EventKind;
  readonly severity: OfficeEvent["severity"];
  readonly record: LeafRecord;
  readonly message: string;
  readonly data: OfficeEvent["data"];
}

/**
 * The tag of a leaf's frames. `apart`: the id is disputed and the sender cannot be told from the
 * other claimant, so the readings are shown and not used.
 */
export const frameTag = (peer: number, isApart: boolean): number =>
  ((peer << 1) | (isApart ? 1 : 0)) >>> 0;
const tagPeer = (tag: number): number => tag >>> 1;
const tagIsApart = (tag: number): boolean => (tag & 1) === 1;

/** A burst of the default rate limit six times over, and 60 KiB at most; beyond it frames are refused. */
export const LEAF_MAILBOX: MailboxSpec<LeafCommand> = { capacity: 256, overflow: "refuse" };

/** Four decimals are more than sensors have; the same rounding as SOMS's. */
const DECIMALS = 1e4;

type LeafTimer = { readonly type: "CheckSilence" } | { readonly type: "Release" };
const CHECK_SILENCE: LeafTimer = { type: "CheckSilence" };
const RELEASE: LeafTimer = { type: "Release" };

const { SENSOR_REPORT, HEARTBEAT, REGISTER } = MESSAGE_TYPES;

export const leaf = (options: LeafOptions): Behavior<LeafCommand> =>
  setup<LeafCommand | LeafTimer>((ctx) => {
    const { hubNo, row, quarantineMs, offlineAfterMs, lowBatteryMv, hands } = options;
    const { table } = hands;
    const { leafId } = options.record;
    let record = options.record;
    let limit = rateLimit();
    let isHandlingFrame = false;
    /** Registrations that the hub has not decided about, and whether a stranger is told of then. */
    let claimsUnderWay = 0;
    let isStrangerNews = false;

    table.claim(row, hubNo, leafId, record.standing);
    if (isFlagged(FLAG.online)) watchSilence();
    const quarantinedUntilMs = table.quarantinedUntilMs(row);
    if (quarantinedUntilMs > 0) startRelease(quarantinedUntilMs - ctx.nowMs());

    return receive(
      (message) => {
        switch (message.type) {
          case "UpdateRecord":
            updateRecord(message.record);
            return same;
          case "SettleRegistration":
            // One from before a restart of this leaf was never counted here.
            claimsUnderWay = Math.max(0, claimsUnderWay - 1);
            if (message.refusal !== undefined) refuse(message.refusal);
            else settle(message.atMs);
            if (isStrangerNews) tellStranger();
            return same;
          case "GetLeaf":
            message.replyTo.tell({
              type: "LeafStatus",
              record,
              online: isFlagged(FLAG.online),
              lastSeenMs: table.lastSeenMs(row),
              batteryMv: table.batteryMv(row) || undefined,
              quarantinedUntilMs: table.quarantinedUntilMs(row) || undefined,
            });
            return same;
          case "CheckSilence":
            watchSilence();
            return same;
          case "Release":
            release();
            return same;
          default:
            return unreachable(message);
        }
      },
      {
        onBytes(bytes, start, end, tag, atMs) {
          isHandlingFrame = true;
          acceptFrame(bytes, start, end, tag, atMs);
          isHandlingFrame = false;
          return same;
        },
        onSignal(signal) {
          if (signal.type === "PreRestart" && isHandlingFrame) hands.countRefused("lostInRestart");
          return same;
        },
      },
    );

    function acceptFrame(
      bytes: Uint8Array,
      start: number,
      end: number,
      tag: number,
      atMs: number,
    ): void {
      const verdict = isFlagged(FLAG.quarantined) ? "quarantined" : (limit?.take(atMs) ?? "pass");
      if (verdict === "quarantined") refuse("quarantined");
      else if (verdict === "quarantine") quarantine();
      else if (verdict === "limited") refuse("rateLimited");
      else if (bytes[start + SEALED_AT.version] === SEALED.version) {
        applySealed(bytes, start, end, tag, atMs);
      } else applyFrame(bytes, start, tag, atMs);
    }

    /** A v2 frame as its hub has opened it: header and payload, checked. */
    function applySealed(
      bytes: Uint8Array,
      start: number,
      end: number,
      tag: number,
      atMs: number,
    ): void {
      switch (sealedKind(bytes, start)) {
        case SEALED_TYPES.REPORT:
          applyGroups(bytes, start, end, atMs);
          break;
        case SEALED_TYPES.HEARTBEAT:
          applyHealth(beatBatteryMv(bytes, start), beatUptimeS(bytes, start), atMs);
          break;
        case SEALED_TYPES.REGISTER:
          if (!claimSealed(bytes, start, tagPeer(tag), atMs)) return;
          break;
        default:
          settle(atMs);
      }
      if (sealedWantsAnswer(bytes, start)) {
        hands.acknowledge(leafId, tagPeer(tag), sealedCounter(bytes, start));
      }
    }

    /** Each group has its own age: what is old goes to the store, and to the row where that knows nothing newer. */
    function applyGroups(bytes: Uint8Array, start: number, end: number, arrivedAtMs: number): void {
      const isStranger = record.standing === "stranger";
      const isTaken = !isStranger || claimsUnderWay > 0;
      let batteryMv = 0;
      table.begin(row);
      for (let group = firstGroup(start); group < end; group = groupEnd(bytes, group)) {
        const ageMs = groupAgeMs(bytes, group);
        const atMs = arrivedAtMs - ageMs;
        const count = groupCount(bytes, group);
        for (let i = 0; i < count; i++) {
          const channel = groupChannel(bytes, group, i);
          const value = groupValue(bytes, group, i);
          if (ageMs > 0 && atMs < table.readingAtMs(row, channel)) continue;
          table.setReading(row, channel, value, atMs);
          if (channel === CHANNELS.battery_mv.code && ageMs === 0) batteryMv = inU16(value);
        }
        if (isTaken && count > 0 && atMs >= 0) {
          hands.store(leafId, atMs, bytes, groupReadings(group), count);
        }
      }
      if (batteryMv > 0) table.setBattery(row, batteryMv);
      finish(arrivedAtMs);
      if (batteryMv > 0) checkBattery(batteryMv);
      if (!isStranger) passGroups(bytes, start, end, arrivedAtMs);
    }

    /** What is of now is all that zone and bus want: the past is asked of the history. */
    function passGroups(bytes: Uint8Array, start: number, end: number, atMs: number): void {
      const readings: ChannelValue[] = [];
      for (let group = firstGroup(start); group < end; group = groupEnd(bytes, group)) {
        if (groupAgeMs(bytes, group) > 0) continue;
        const count = groupCount(bytes, group);
        for (let i = 0; i < count; i++) {
          const value = short(groupValue(bytes, group, i));
          readings.push({ channel: channelName(groupChannel(bytes, group, i)), value });
        }
      }
      if (readings.length > 0) passReadings(readings, atMs);
    }

    function applyFrame(bytes: Uint8Array, start: number, tag: number, atMs: number): void {
      switch (frameType(bytes, start)) {
        case SENSOR_REPORT:
          applyReport(bytes, start, atMs);
          if (!tagIsApart(tag)) takeReadings(bytes, start, atMs);
          return;
        case HEARTBEAT:
          applyHealth(heartbeatBatteryMv(bytes, start), heartbeatUptimeS(bytes, start), atMs);
          return;
        case REGISTER:
          claim(bytes, start, tagPeer(tag), atMs);
          return;
        default:
          // WAKE_NOTIFY and ACK: a sign of life.
          settle(atMs);
      }
    }

    function applyReport(bytes: Uint8Array, start: number, atMs: number): void {
      const count = reportCount(bytes, start);
      let batteryMv = 0;
      table.begin(row);
      for (let i = 0; i < count; i++) {
        const channel = reportChannel(bytes, start, i);
        const value = reportValue(bytes, start, i);
        table.setReading(row, channel, value, atMs);
        if (channel === CHANNELS.battery_mv.code) batteryMv = inU16(value);
      }
      if (batteryMv > 0) table.setBattery(row, batteryMv);
      finish(atMs);
      if (batteryMv > 0) checkBattery(batteryMv);
    }

    /** A stranger's go nowhere, unless its registration is on its way to the disk: then they are kept. */
    function takeReadings(bytes: Uint8Array, start: number, atMs: number): void {
      const count = reportCount(bytes, start);
      const isStranger = record.standing === "stranger";
      if (count === 0 || (isStranger && claimsUnderWay === 0)) return;
      hands.store(leafId, atMs, bytes, reportReadingsAt(start), count);
      const readings: ChannelValue[] = [];
      for (let i = 0; i < count; i++) {
        const channel = reportChannel(bytes, start, i);
        const value = reportValue(bytes, start, i);
        readings.push({ channel: channelName(channel), value: short(value) });
      }
      if (!isStranger) passReadings(readings, atMs);
    }

    /** By name, since zone and bus may be fed by others too; to the store they went as bytes. */
    function passReadings(readings: readonly ChannelValue[], atMs: number): void {
      const { hub, name, zone } = record;
      const isAtZone =
        hands.zone(zone)?.tell({
          type: "AcceptReadings",
          source: sourceOf(record),
          atMs,
          readings,
        }) ?? false;
      const isAtBus = hands.bus.tell({ type: "PublishReadings", zone, hub, leaf: name, readings });
      if (!isAtZone || !isAtBus) hands.countNotPassed();
    }

    function claim(bytes: Uint8Array, start: number, peer: number, atMs: number): void {
      const capabilities: string[] = [];
      const count = registerCapabilityCount(bytes, start);
      for (let i = 0; i < count; i++) {
        capabilities.push(capabilityName(registerCapability(bytes, start, i)));
      }
      const hardware = hardwareName(registerHardware(bytes, start));
      if (hands.register({ leafId, peer, hardware, capabilities, atMs })) claimsUnderWay += 1;
      else refuse("busy");
    }

    /** False when the hub has no room to hear of it. */
    function claimSealed(bytes: Uint8Array, start: number, peer: number, atMs: number): boolean {
      const capabilities: string[] = [];
      const count = sealedRegisterCapabilityCount(bytes, start);
      for (let i = 0; i < count; i++) {
        capabilities.push(capabilityName(sealedRegisterCapability(bytes, start, i)));
      }
      const hardware = hardwareName(sealedRegisterHardware(bytes, start));
      const isTaken = hands.register({ leafId, peer, hardware, capabilities, atMs });
      if (isTaken) claimsUnderWay += 1;
      else refuse("busy");
      return isTaken;
    }

    function applyHealth(batteryMv: number, uptimeS: number, atMs: number): void {
      table.begin(row);
      table.setHealth(row, batteryMv, uptimeS);
      finish(atMs);
      checkBattery(batteryMv);
    }

    /** A frame that says no more than that its leaf lives, or a registration that was accepted. */
    function settle(atMs: number): void {
      table.begin(row);
      finish(atMs);
    }

    /** Ends the change of the row that the caller began, and counts the frame. */
    function finish(atMs: number): void {
      const wasOnline = isFlagged(FLAG.online);
      const silentMs = atMs - table.lastSeenMs(row);
      const isFirst = table.lastSeenMs(row) === 0;
      table.setFlags(row, FLAG.online, 0);
      table.setSeen(row, atMs);
      table.countApplied(row);
      table.end(row);
      hands.countApplied();
      if (wasOnline) return;
      watchSilence();
      if (isFirst) tellStranger();
      else if (silentMs >= offlineAfterMs) {
        raise("leaf_online", "info", "is online again", { silentS: Math.round(silentMs / 1_000) });
      }
    }

    /** Waits for a registration under way: its leaf is a stranger only until that is on disk. */
    function tellStranger(): void {
      isStrangerNews = record.standing === "stranger";
      if (!isStrangerNews || claimsUnderWay > 0) return;
      isStrangerNews = false;
      raise("leaf_online", "info", "is heard for the first time and has not registered", {});
    }

    function refuse(reason: LeafRefusal): void {
      table.begin(row);
      table.countRefused(row);
      table.end(row);
      hands.countRefused(reason);
    }

    /** Silent long enough means offline; otherwise looks again when it could be. */
    function watchSilence(): void {
      const silentMs = ctx.nowMs() - table.lastSeenMs(row);
      if (silentMs < offlineAfterMs) {
        ctx.startTimer("silence", CHECK_SILENCE, offlineAfterMs - silentMs);
        return;
      }
      table.begin(row);
      table.setFlags(row, 0, FLAG.online);
      table.end(row);
      const silentS = Math.round(silentMs / 1_000);
      raise("leaf_offline", "warning", `has not been heard for ${silentS} s`, { silentS });
    }

    function quarantine(): void {
      table.begin(row);
      table.setQuarantine(row, ctx.nowMs() + quarantineMs);
      table.end(row);
      startRelease(quarantineMs);
      refuse("quarantined");
      raise(
        "leaf_quarantined",
        "warning",
        `sends more than it may and is refused for ${Math.round(quarantineMs / 1_000)} s`,
        { quarantineMs },
      );
    }

    function startRelease(afterMs: number): void {
      ctx.startTimer("release", RELEASE, Math.max(0, afterMs));
    }

    function release(): void {
      ctx.cancelTimer("release");
      table.begin(row);
      table.setQuarantine(row, 0);
      table.end(row);
      raise("leaf_released", "info", "is accepted again", {});
    }

    function checkBattery(batteryMv: number): void {
      const finding = judgeBattery(batteryMv, lowBatteryMv, isFlagged(FLAG.lowBattery));
      if (finding === undefined) return;
      const nowMs = ctx.nowMs();
      const isTold = finding === "low" && isBatteryNews(table.batteryWarnedAtMs(row), nowMs);
      table.begin(row);
      if (finding === "low") table.setFlags(row, FLAG.lowBattery, 0);
      else table.setFlags(row, 0, FLAG.lowBattery);
      if (isTold) table.setBatteryWarned(row, nowMs);
      table.end(row);
      if (isTold) raise("low_battery", "warning", `has ${batteryMv} mV left`, { batteryMv });
    }

    /** The zone it leaves hears of it from here, after the last readings that went there. */
    function updateRecord(changed: LeafRecord): void {
      const before = record;
      record = changed;
      table.claim(row, hubNo, leafId, changed.standing);
      const isElsewhere = before.zone !== changed.zone || before.name !== changed.name;
      if (before.standing !== "stranger" && isElsewhere) {
        hands.zone(before.zone)?.tell({ type: "ForgetSource", source: sourceOf(before) });
      }
      if (before.framesPerSecondMax === changed.framesPerSecondMax) return;
      limit = rateLimit();
      if (isFlagged(FLAG.quarantined)) release();
    }

    function rateLimit(): RateLimit | undefined {
      const { framesPerSecondMax = options.framesPerSecondMax ?? null } = record;
      return framesPerSecondMax === null ? undefined : new RateLimit(framesPerSecondMax);
    }

    function isFlagged(flag: number): boolean {
      return (table.flags(row) & flag) !== 0;
    }

    function raise(
      kind: EventKind,
      severity: OfficeEvent["severity"],
      what: string,
      data: OfficeEvent["data"],
    ): void {
      const message = `${sourceOf(record)} in ${record.zone} ${what}.`;
      hands.raise({ kind, severity, record, message, data });
    }
  }) as Behavior<LeafCommand>;

/** How zones and topics call a leaf. */
export const sourceOf = (record: LeafRecord): string => `${record.hub}.${record.name}`;

/** A voltage as a report gives it, within what a heartbeat could say. */
const inU16 = (value: number): number => Math.min(Math.max(Math.round(value), 0), 0xffff);

/** 22.3 went over the wire as 22.299999237…: the short form, where it reads back as the same float32. */
const short = (value: number): number => {
  const rounded = Math.round(value * DECIMALS) / DECIMALS;
  return Math.fround(rounded) === value ? rounded : value;
};
