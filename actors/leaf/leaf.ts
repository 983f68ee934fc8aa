import { REGISTER_FLAGS } from "../../firmware/wire/sealed-types.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import {
  registerCapability,
  registerCapabilityCount,
  registerHardware,
} from "../../transports/frame/decode.ts";
import { capabilityName, hardwareName } from "../../transports/frame/names.ts";
import {
  sealedRegisterCapability,
  sealedRegisterCapabilityCount,
  sealedRegisterConfigVersion,
  sealedRegisterFlags,
  sealedRegisterHardware,
} from "../../transports/frame/sealed/read.ts";
import type { EventKind, OfficeEvent } from "../zone/messages.ts";
import { isBatteryNews, judgeBattery } from "./battery.ts";
import { type FrameHands, type LeafDuties, LeafFrames } from "./leaf-frames.ts";
import { FLAG } from "./leaf-row.ts";
import type { LeafTable } from "./leaf-table.ts";
import type { LeafCommand, LeafRecord, RegistrationClaim } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";
import { ReadingWays, sourceOf, type WayHands, ZONE_EVERY_MS } from "./reading-ways.ts";

export interface LeafOptions {
  readonly record: LeafRecord;
  readonly hubNo: number;
  /** Its row in the table. */
  readonly row: number;
  /** Where the record names no other; undefined: no limit. */
  readonly framesPerSecondMax: number | undefined;
  readonly quarantineMs: number;
  readonly offlineAfterMs: number;
  readonly lowBatteryMv: number;
  readonly hands: LeafHands;
}

export { frameTag } from "./leaf-frames.ts";
/** What a hub lends to its leaves. They live on its thread, so these are plain calls. */
export { type TelemetrySettings, telemetryOf } from "./telemetry.ts";

export interface LeafHands extends FrameHands, WayHands {
  readonly table: LeafTable;
  /** False when the hub's mailbox is full. */
  register(claim: RegistrationClaim): boolean;
  raise(event: LeafEvent): void;
}

export interface LeafEvent {
  readonly kind: EventKind;
  readonly severity: OfficeEvent["severity"];
  readonly record: LeafRecord;
  readonly message: string;
  readonly data: OfficeEvent["data"];
}

/** A burst of the default rate limit six times over, and 60 KiB at most; beyond it frames are refused. */
export const LEAF_MAILBOX: MailboxSpec<LeafCommand> = { capacity: 256, overflow: "refuse" };
/** Of a hub whose senders can be held back: it waits for a leaf that is behind. */
export const PATIENT_LEAF_MAILBOX: MailboxSpec<LeafCommand> = {
  capacity: 256,
  overflow: "backpressure",
};

type LeafTimer =
  | { readonly type: "CheckSilence" }
  | { readonly type: "Release" }
  | { readonly type: "PassHeld" };
const CHECK_SILENCE: LeafTimer = { type: "CheckSilence" };
const RELEASE: LeafTimer = { type: "Release" };
const PASS_HELD: LeafTimer = { type: "PassHeld" };

export const leaf = (options: LeafOptions): Behavior<LeafCommand> =>
  setup<LeafCommand | LeafTimer>((ctx) => {
    const { hubNo, quarantineMs, offlineAfterMs, lowBatteryMv, hands } = options;
    const { leafId } = options.record;
    const row = hands.table.writer(options.row);
    let record = options.record;
    /** A stranger is told of once its registrations under way are decided. */
    let isStrangerNews = false;
    const ways = new ReadingWays(record, row.row, hands, () =>
      ctx.startTimer("pass", PASS_HELD, ZONE_EVERY_MS),
    );
    const duties: LeafDuties = {
      cameOnline,
      quarantine,
      judgeBattery: checkBattery,
      claim,
      claimSealed,
    };
    const frames = new LeafFrames(record, row, rateLimit(), { hands, ways, duties });

    row.claim(hubNo, leafId, record.standing);
    if (isFlagged(FLAG.online)) watchSilence();
    if (row.quarantinedUntilMs > 0) startRelease(row.quarantinedUntilMs - ctx.nowMs());

    return receive(
      (message) => {
        switch (message.type) {
          case "UpdateRecord":
            updateRecord(message.record);
            return same;
          case "SettleRegistration":
            // One from before a restart of this leaf was never counted here.
            frames.claimsUnderWay = Math.max(0, frames.claimsUnderWay - 1);
            if (message.refusal !== undefined) frames.refuse(message.refusal);
            else frames.settle(message.atMs);
            if (isStrangerNews) tellStranger();
            return same;
          case "GetLeaf":
            message.replyTo.tell({
              type: "LeafStatus",
              record,
              online: isFlagged(FLAG.online),
              lastSeenMs: row.lastSeenMs,
              batteryMv: row.batteryMv || undefined,
              quarantinedUntilMs: row.quarantinedUntilMs || undefined,
            });
            return same;
          case "CheckSilence":
            watchSilence();
            return same;
          case "Release":
            release();
            return same;
          case "PassHeld":
            ways.passHeld();
            return same;
          default:
            return unreachable(message);
        }
      },
      {
        onBytes(bytes, start, end, tag, atMs) {
          frames.accept(bytes, start, end, tag, atMs);
          return same;
        },
        onSignal(signal) {
          if (signal.type === "PreRestart" && frames.isHandling)
            hands.countRefused("lostInRestart");
          return same;
        },
      },
    );

    function claim(bytes: Uint8Array, start: number, peer: number, atMs: number): void {
      const capabilities: string[] = [];
      const count = registerCapabilityCount(bytes, start);
      for (let i = 0; i < count; i++) {
        capabilities.push(capabilityName(registerCapability(bytes, start, i)));
      }
      const hardware = hardwareName(registerHardware(bytes, start));
      register({ leafId, peer, wire: 1, hardware, capabilities, atMs });
    }

    function claimSealed(bytes: Uint8Array, start: number, peer: number, atMs: number): boolean {
      const capabilities: string[] = [];
      const count = sealedRegisterCapabilityCount(bytes, start);
      for (let i = 0; i < count; i++) {
        capabilities.push(capabilityName(sealedRegisterCapability(bytes, start, i)));
      }
      return register({
        ...{ leafId, peer, wire: 2, capabilities, atMs },
        hardware: hardwareName(sealedRegisterHardware(bytes, start)),
        sleeps: (sealedRegisterFlags(bytes, start) & REGISTER_FLAGS.sleeps) !== 0,
        configVersion: sealedRegisterConfigVersion(bytes, start),
      });
    }

    /** False when the hub has no room to hear of it. */
    function register(claim: RegistrationClaim): boolean {
      const isTaken = hands.register(claim);
      if (isTaken) frames.claimsUnderWay += 1;
      else frames.refuse("busy");
      return isTaken;
    }

    function cameOnline(silentMs: number | undefined): void {
      watchSilence();
      if (silentMs === undefined) tellStranger();
      else if (silentMs >= offlineAfterMs) {
        raise("leaf_online", "info", "is online again", { silentS: Math.round(silentMs / 1_000) });
      }
    }

    /** Waits for a registration under way: its leaf is a stranger only until that is on disk. */
    function tellStranger(): void {
      isStrangerNews = record.standing === "stranger";
      if (!isStrangerNews || frames.claimsUnderWay > 0) return;
      isStrangerNews = false;
      raise("leaf_online", "info", "is heard for the first time and has not registered", {});
    }

    /** Silent long enough means offline; otherwise looks again when it could be. */
    function watchSilence(): void {
      const silentMs = ctx.nowMs() - row.lastSeenMs;
      if (silentMs < offlineAfterMs) {
        ctx.startTimer("silence", CHECK_SILENCE, offlineAfterMs - silentMs);
        return;
      }
      row.begin();
      row.setFlags(0, FLAG.online);
      row.end();
      const silentS = Math.round(silentMs / 1_000);
      raise("leaf_offline", "warning", `has not been heard for ${silentS} s`, { silentS });
    }

    function quarantine(): void {
      row.begin();
      row.setQuarantine(ctx.nowMs() + quarantineMs);
      row.end();
      startRelease(quarantineMs);
      frames.refuse("quarantined");
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
      row.begin();
      row.setQuarantine(0);
      row.end();
      raise("leaf_released", "info", "is accepted again", {});
    }

    function checkBattery(batteryMv: number): void {
      const finding = judgeBattery(batteryMv, lowBatteryMv, isFlagged(FLAG.lowBattery));
      if (finding === undefined) return;
      const nowMs = ctx.nowMs();
      const isTold = finding === "low" && isBatteryNews(row.batteryWarnedAtMs, nowMs);
      row.begin();
      if (finding === "low") row.setFlags(FLAG.lowBattery, 0);
      else row.setFlags(0, FLAG.lowBattery);
      if (isTold) row.setBatteryWarned(nowMs);
      row.end();
      if (isTold) raise("low_battery", "warning", `has ${batteryMv} mV left`, { batteryMv });
    }

    function updateRecord(changed: LeafRecord): void {
      const before = record;
      record = changed;
      frames.standing = changed.standing;
      row.claim(hubNo, leafId, changed.standing);
      ways.update(changed);
      if (before.framesPerSecondMax === changed.framesPerSecondMax) return;
      frames.limit = rateLimit();
      if (isFlagged(FLAG.quarantined)) release();
    }

    function rateLimit(): RateLimit | undefined {
      const { framesPerSecondMax = options.framesPerSecondMax ?? null } = record;
      return framesPerSecondMax === null ? undefined : new RateLimit(framesPerSecondMax);
    }

    function isFlagged(flag: number): boolean {
      return (row.flags & flag) !== 0;
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
