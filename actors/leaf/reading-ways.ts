/**
 * Where a leaf's readings go besides the store: to its zone as bytes, to the bus by name.
 *
 *   report ──▶ NameSource, now and then ─┐
 *          ──▶ bytes, source number ─────┴──▶ zone
 *          ──▶ due on the bus? ──▶ PublishReadings ──▶ bus
 *
 * A report that is not published makes no object. The zone knows the leaf by its row's number, and hears
 * of a leaf that is quicker than the zone looks what is newest of each channel (held-readings.ts).
 */
import { FRAME } from "../../firmware/wire/frame-types.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { readingChannel, readingValue } from "../../transports/frame/decode.ts";
import { channelName } from "../../transports/frame/names.ts";
import type { BusCommand } from "../bus/messages.ts";
import { type ChannelValue, shortFloat32, type ZoneCommand } from "../zone/messages.ts";
import { HeldReadings, hasState } from "./held-readings.ts";
import type { LeafRecord } from "./messages.ts";
import type { Telemetry } from "./telemetry.ts";

/** What a hub lends for it. */
export interface WayHands {
  readonly bus: ActorRef<BusCommand>;
  /** Undefined: all readings are published. */
  readonly telemetry: Telemetry | undefined;
  /** Undefined until the zone has answered. */
  zone(name: string): ActorRef<ZoneCommand> | undefined;
  countNotPassed(): void;
}

/** Four times a second is how often a zone looks (zone.ts). */
export const ZONE_EVERY_MS = 250;

const READING_BYTES = FRAME.readingBytes;
/** A zone at its bounds may have forgotten the name, or its mailbox have dropped it: 400 messages/s of 25,000 leaves. */
const NAMED_EVERY_MS = 60_000;

/** How zones and topics call a leaf. */
export const sourceOf = (record: LeafRecord): string => `${record.hub}.${record.name}`;

export class ReadingWays {
  readonly #sourceNo: number;
  readonly #hands: WayHands;
  #record: LeafRecord;
  #source: string;
  /** The zone that was told the name last, and when. */
  #named: ActorRef<ZoneCommand> | undefined;
  #namedAtMs = 0;
  #passedAtMs = 0;
  readonly #held = new HeldReadings();
  readonly #passLater: () => void;

  /** `passLater` leads to a call of `passHeld` after `ZONE_EVERY_MS`. */
  constructor(record: LeafRecord, sourceNo: number, hands: WayHands, passLater: () => void) {
    this.#passLater = passLater;
    this.#record = record;
    this.#source = sourceOf(record);
    this.#sourceNo = sourceNo;
    this.#hands = hands;
  }

  /** The zone it leaves hears of it from here, after the last readings that went there. */
  update(record: LeafRecord): void {
    const before = this.#record;
    this.#record = record;
    if (before.zone === record.zone && before.name === record.name) return;
    this.#held.clear();
    if (before.standing !== "stranger") {
      this.#hands.zone(before.zone)?.tell({ type: "ForgetSource", source: this.#source });
    }
    this.#source = sourceOf(record);
    this.#named = undefined;
    this.#hands.telemetry?.forget(record.leafId);
  }

  /** `count` readings, a byte of channel and a float32 each, in `bytes` at `at`. */
  pass(bytes: Uint8Array, at: number, count: number, atMs: number): void {
    const isAtZone = this.#inTime(bytes, at, count, atMs);
    const isAtBus = this.#toBus(bytes, at, count, atMs);
    if (!isAtZone || !isAtBus) this.#hands.countNotPassed();
  }

  /** What was overtaken by nothing newer. */
  passHeld(): void {
    const { bytes, count, atMs } = this.#held;
    if (count > 0 && !this.#toZone(bytes, 0, count, atMs)) this.#hands.countNotPassed();
    this.#held.clear();
  }

  #inTime(bytes: Uint8Array, at: number, count: number, atMs: number): boolean {
    const sinceMs = atMs - this.#passedAtMs;
    const isEarly = sinceMs >= 0 && sinceMs < ZONE_EVERY_MS && !hasState(bytes, at, count);
    if (isEarly) {
      const isFirst = this.#held.count === 0;
      if (this.#held.hold(bytes, at, count, atMs)) {
        if (isFirst) this.#passLater();
        return true;
      }
    }
    this.passHeld();
    this.#passedAtMs = atMs;
    return this.#toZone(bytes, at, count, atMs);
  }

  #toZone(bytes: Uint8Array, at: number, count: number, atMs: number): boolean {
    const zone = this.#hands.zone(this.#record.zone);
    if (zone === undefined) return false;
    if (zone !== this.#named || Math.abs(atMs - this.#namedAtMs) >= NAMED_EVERY_MS) {
      if (!zone.tell({ type: "NameSource", number: this.#sourceNo, source: this.#source })) {
        return false;
      }
      this.#named = zone;
      this.#namedAtMs = atMs;
    }
    return zone.tellBytes(bytes, at, at + count * READING_BYTES, this.#sourceNo, atMs);
  }

  #toBus(bytes: Uint8Array, at: number, count: number, atMs: number): boolean {
    const { bus, telemetry } = this.#hands;
    const { hub, leafId, name, zone } = this.#record;
    let readings: ChannelValue[] | undefined;
    for (let i = 0, reading = at; i < count; i++, reading += READING_BYTES) {
      const channel = readingChannel(bytes, reading);
      const value = readingValue(bytes, reading);
      if (telemetry !== undefined && !telemetry.isDue(leafId, i, channel, value, atMs)) continue;
      readings ??= [];
      readings.push({ channel: channelName(channel), value: shortFloat32(value) });
    }
    if (readings === undefined) return true;
    return bus.tell({ type: "PublishReadings", zone, hub, leaf: name, readings });
  }
}
