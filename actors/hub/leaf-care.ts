/**
 * What a hub does when a leaf has been heard: it listens just then, so what waits for it is sent.
 *
 *   frame applied       ──▶ address and wire for the downlink ──▶ commands, answers to commands
 *   registered          ──▶ the same, and the time
 *   HEARTBEAT, REGISTER ──▶ settings, where a v2 leaf has others than it is to have
 *   WAKE_NOTIFY         ──▶ the leaves that it names
 *
 * Called within the leaf's turn, while the frame's bytes are there.
 */
import { MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import {
  CONFIG_KEYS,
  type ConfigKeyName,
  SEALED,
  SEALED_AT,
  SEALED_TYPES,
} from "../../firmware/wire/sealed-types.ts";
import { frameType, wakeNotifyLeafId } from "../../transports/frame/decode.ts";
import {
  beatConfigVersion,
  resultCommandId,
  resultCount,
  resultOutcome,
  sealedKind,
  wokenCount,
  wokenLeafId,
} from "../../transports/frame/sealed/read.ts";
import {
  writeConfigVersion,
  writeSealedTimeSync,
  writeSetting,
} from "../../transports/frame/sealed/write.ts";
import type { LeafRecord, RegistrationClaim } from "../leaf/messages.ts";
import type { Downlink } from "./downlink.ts";
import type { CommandDesk } from "./outbox/command-desk.ts";

const { WAKE_NOTIFY, ACK } = MESSAGE_TYPES;
const SEALED_VERSION = SEALED.version;
const VERSION_AT = SEALED_AT.version;

/** A cheap crystal loses a second or two a day. */
const SYNC_EVERY_MS = 86_400_000;

export interface CareParts {
  readonly downlink: Downlink;
  readonly desk: CommandDesk;
  leaf(leafId: number): LeafRecord | undefined;
}

export class LeafCare {
  readonly #downlink: Downlink;
  readonly #desk: CommandDesk;
  readonly #leaf: CareParts["leaf"];
  /** Index: leaf id. When the leaf is told the time again. */
  readonly #syncDueMs: Float64Array;

  constructor(
    { leavesMax, nowMs }: { readonly leavesMax: number; readonly nowMs: number },
    { downlink, desk, leaf }: CareParts,
  ) {
    this.#downlink = downlink;
    this.#desk = desk;
    this.#leaf = leaf;
    // Spread over the day: after a start of the hub not all are told at once.
    this.#syncDueMs = Float64Array.from(
      { length: leavesMax },
      (_, leafId) => nowMs + SYNC_EVERY_MS * ((leafId + 1) / leavesMax),
    );
  }

  /** The hub has agreed that this one speaks for the leaf, which has just booted. */
  registered({ leafId, peer, wire, atMs, configVersion }: RegistrationClaim): void {
    this.#downlink.heard(leafId, peer, wire);
    this.#syncTime(leafId, atMs);
    if (configVersion !== undefined) this.#configure(leafId, configVersion);
    this.#woken(leafId);
  }

  /** Any frame but a registration. */
  heard(
    leafId: number,
    peer: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    atMs: number,
  ): void {
    const isSealed = bytes[start + VERSION_AT] === SEALED_VERSION;
    this.#downlink.heard(leafId, peer, isSealed ? 2 : 1);
    if (atMs >= (this.#syncDueMs[leafId] as number)) this.#syncTime(leafId, atMs);
    if (isSealed) this.#heardSealed(leafId, bytes, start, end);
    else this.#heardV1(leafId, bytes, start);
  }

  /** An operator has set other settings: a leaf that is awake has them at once. */
  changed({ leafId, config, sleeps }: LeafRecord, before: LeafRecord | undefined): void {
    if (config === undefined || config === before?.config || sleeps === true) return;
    if (before !== undefined) this.#configure(leafId, before.config?.version ?? 0);
  }

  #heardV1(leafId: number, bytes: Uint8Array, start: number): void {
    const type = frameType(bytes, start);
    if (type === WAKE_NOTIFY) this.#woken(wakeNotifyLeafId(bytes, start));
    if (!this.#desk.waitsFor(leafId)) return;
    if (type === ACK) this.#desk.acknowledged(leafId);
    else this.#desk.heard(leafId);
  }

  #heardSealed(leafId: number, bytes: Uint8Array, start: number, end: number): void {
    const kind = sealedKind(bytes, start);
    if (kind === SEALED_TYPES.WAKE_NOTIFY) {
      const count = wokenCount(bytes, start);
      for (let i = 0; i < count; i++) this.#woken(wokenLeafId(bytes, start, i));
    }
    if (kind === SEALED_TYPES.HEARTBEAT) this.#configure(leafId, beatConfigVersion(bytes, start));
    if (!this.#desk.waitsFor(leafId)) return;
    const results = kind === SEALED_TYPES.RESULT ? resultCount(start, end) : 0;
    if (results === 0) this.#desk.heard(leafId);
    for (let i = 0; i < results; i++) {
      const commandId = resultCommandId(bytes, start, i);
      this.#desk.result(leafId, commandId, resultOutcome(bytes, start, i));
    }
  }

  #syncTime(leafId: number, nowMs: number): void {
    this.#syncDueMs[leafId] = nowMs + SYNC_EVERY_MS;
    const payload = new Uint8Array(this.#downlink.wire(leafId) === 2 ? 8 : 4);
    if (payload.length === 8) writeSealedTimeSync(payload, 0, nowMs);
    else new DataView(payload.buffer).setUint32(0, Math.floor(nowMs / 1_000), true);
    // Should it be lost, the leaf's clock is as it was until tomorrow.
    this.#downlink.transmit(leafId, MESSAGE_TYPES.TIME_SYNC, payload);
  }

  /** Until the leaf says that it has this version, with each heartbeat. */
  #configure(leafId: number, versionThere: number): void {
    const config = this.#leaf(leafId)?.config;
    if (config === undefined || config.version === versionThere) return;
    if (this.#downlink.wire(leafId) !== 2) return;
    const payload = new Uint8Array(SEALED.payloadBytesMax);
    let end = writeConfigVersion(payload, 0, config.version);
    for (const [name, value] of Object.entries(config.settings)) {
      const { key, bytes } = CONFIG_KEYS[name as ConfigKeyName];
      end = writeSetting(payload, end, key, value, bytes);
    }
    this.#downlink.transmit(leafId, SEALED_TYPES.CONFIG, payload.subarray(0, end));
  }

  /** It listens now. */
  #woken(leafId: number): void {
    if (this.#desk.waitsFor(leafId)) this.#desk.heard(leafId);
  }
}
