/**
 * What stands around a sealed node: leaves of both wires, which lose their power and keep what they noted,
 * a gateway box that puts frames into envelopes, and somebody who records all and sends it again.
 *
 *   FieldLeaf ──▶ air ──▶ GatewayBox ──envelope each 40 ms──▶ node           Eavesdropper ──▶ air
 */
import { Chance } from "../../firmware/emulated/chance.ts";
import { EmulatedLeaf, type LeafBody } from "../../firmware/emulated/emulated-leaf.ts";
import type { LeafState } from "../../firmware/emulated/leaf-memory.ts";
import { SealedLeaf } from "../../firmware/emulated/sealed-leaf.ts";
import { AT, type ChannelName, COMMANDS } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import { type Random, seededRandom } from "../../runtime/random.ts";
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import {
  sealedCommandCode,
  sealedCommandId,
  sealedKeyNo,
  sealedKind,
} from "../../transports/frame/sealed/read.ts";
import { fleetInstallCode, openFrame } from "../../transports/frame/sealed/seal.ts";
import { EnvelopeWriter, readEnvelope } from "../../transports/gateway/envelope.ts";
import type { MemoryLink } from "../../transports/memory/memory-link.ts";
import { FLEET_SECRET, GATEWAY, GATEWAY_FROM, HUB_IDS, type SealedNode } from "./sealed-node.ts";
import { Broken, hold } from "./world.ts";

export const CHANNEL: ChannelName = "illuminance";
export const EVERY_MS = 200;
const BOX_EVERY_MS = 40;
/** Frames until the first wrap of a leaf's sequence, and after some of its restarts. */
const TO_WRAP_MAX = 60;

/** Where frames for a hub go through the air. */
const stationOf = (hub: number): string =>
  hub < GATEWAY_FROM ? (HUB_IDS[hub] as string) : `box-${hub}`;

const opened = new Uint8Array(SEALED.bytesMax);

/** When values that a leaf measured were out of its hands; the value is the index, from 1. */
export interface Fate {
  readonly sensedMs: number;
  /** Told by the hub, or given up since it may have come. */
  settledMs: number | undefined;
  /** It had no room for it, or lost its power with it. */
  isGivenUp: boolean;
}

export class FieldLeaf {
  readonly hub: number;
  readonly name: string;
  readonly wire: 1 | 2;
  /** Index 0 is of value 1. */
  readonly fates: Fate[] = [];
  /** `commandId` of each that was run, with the device that ran it → how often. */
  readonly runs = new Map<number, number>();
  airSent = 0;
  airArrived = 0;
  wasReset = false;
  /** Its clock is so far ahead: it was busy, or its oscillator is off. */
  aheadMs = 0;
  readonly #node: SealedNode;
  readonly #no: number;
  readonly #random: Random;
  readonly #chance: Chance;
  readonly #station: string;
  readonly #onSent: (to: string, frame: Uint8Array) => void;
  #link: MemoryLink | undefined;
  #state: LeafState | undefined;
  #sealed: SealedLeaf | undefined;
  #plain: EmulatedLeaf | undefined;
  /** Values up to here are settled. */
  #settled = 0;
  /** Since its last start. */
  #dropped = 0;

  constructor(
    node: SealedNode,
    place: {
      readonly hub: number;
      readonly no: number;
      readonly wire: 1 | 2;
      readonly seed: number;
    },
    onSent: (to: string, frame: Uint8Array) => void,
  ) {
    const { hub, no, wire, seed } = place;
    this.#node = node;
    this.hub = hub;
    this.wire = wire;
    this.name = `leaf ${no} of hub ${hub + 1}`;
    this.#no = no;
    this.#random = seededRandom(seed ^ (0x1eaf + no));
    this.#chance = new Chance(seed, no);
    this.#station = stationOf(hub);
    this.#onSent = onSent;
    this.#state = { epoch: this.#random.below(3) * 1_000, hubCounter: -1, configVersion: 0 };
  }

  /** v1: its own; v2: what it was given, undefined before. */
  get leafId(): number | undefined {
    return this.wire === 1 ? this.#no : this.#state?.leafId;
  }
  /** All that it has had: whoever is forgotten and paired again has another. */
  readonly leafIds = new Set<number>();
  get isAtHome(): boolean {
    return (
      this.#sealed === undefined || (this.#sealed.leafId !== undefined && !this.#sealed.isAway)
    );
  }

  async open(): Promise<void> {
    const link = this.#node.air.link(this.name);
    await link.open((bytes, start, end) => this.#hear(bytes, start, end));
    this.#link = link;
    this.#start();
  }

  tick(): void {
    const nowMs = this.#nowMs;
    this.#plain?.tick(nowMs, this.#send);
    this.#sealed?.tick(nowMs, this.#send);
    this.#settle();
  }

  /** Loses its power: what it has noted is there when it starts again, at once. */
  crash(): void {
    for (let value = this.#settled; value < this.fates.length; value++) this.#giveUp(value);
    this.#settled = this.fates.length;
    this.#start();
  }

  /** Its memory is erased, as somebody does who gives it to another site. */
  reset(): void {
    this.#state = undefined;
    this.wasReset = true;
    this.crash();
  }

  get #nowMs(): number {
    return this.#node.clock.monotonicMs() + this.aheadMs;
  }

  #start(): void {
    const startMs = this.#nowMs + this.#random.below(EVERY_MS);
    const common = { body: this.#body, everyMs: EVERY_MS, startMs, chance: this.#chance };
    if (this.wire === 1) {
      this.leafIds.add(this.#no);
      this.#plain = new EmulatedLeaf({ ...common, leafId: this.#no });
      return;
    }
    const eui = Uint8Array.of(2, 0x4d, 0x59, 0x43, 0, this.hub, 0, this.#no);
    this.#dropped = 0;
    const isToWrap = this.#random.below(2) === 0;
    this.#sealed = new SealedLeaf({
      ...common,
      eui,
      installCode: fleetInstallCode(Buffer.from(FLEET_SECRET, "hex"), eui),
      memory: {
        load: () => this.#state,
        save: (state) => {
          this.#state = state;
          if (state.leafId !== undefined) this.leafIds.add(state.leafId);
        },
      },
      sequence: isToWrap ? SEALED.sequenceMax - this.#random.below(TO_WRAP_MAX) : 0,
    });
  }

  readonly #body: LeafBody = {
    hardware: "esp32",
    channels: [CHANNEL],
    actuators: ["relay"],
    onBattery: false,
    sense: (values) => {
      const sensedMs = this.#node.clock.monotonicMs();
      values[0] = this.fates.push({ sensedMs, settledMs: undefined, isGivenUp: false });
    },
    switchRelay: () => {},
  };

  readonly #send = (bytes: Uint8Array, length: number): boolean => {
    const frame = bytes.subarray(0, length);
    const link = this.#link as MemoryLink;
    if (!link.send(link.peerOf(this.#station), frame).ok) return false;
    this.airSent += 1;
    this.#onSent(this.#station, frame);
    return true;
  };

  #hear(bytes: Uint8Array, start: number, end: number): void {
    this.airArrived += 1;
    this.#plain?.accept(bytes, start, end, this.#nowMs, this.#send);
    const leaf = this.#sealed;
    if (leaf === undefined) return;
    const command = this.#commandOf(bytes, start, end);
    const outcome = leaf.accept(bytes, start, end, this.#nowMs, this.#send);
    this.#settle();
    if (outcome !== "acknowledged") return;
    if (command === undefined) throw new Broken("a command that ran can be read", this.name);
    const { id, code } = command;
    const runs = (this.runs.get(id) ?? 0) + 1;
    this.runs.set(id, runs);
    hold(runs === 1 || this.wasReset, "no command runs twice", () => `${id} on ${this.name}`);
    // No answer reaches back over the jump of its epoch: what is not known to have come is given up.
    if (code === COMMANDS.reset.id) {
      for (let index = this.#settled; index < this.fates.length; index++) this.#giveUp(index);
    }
  }

  #commandOf(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { readonly id: number; readonly code: number } | undefined {
    if (end - start < SEALED.bytesMin || sealedKind(bytes, start) !== SEALED_TYPES.COMMAND) {
      return undefined;
    }
    const keyNo = sealedKeyNo(bytes, start);
    const { key, before } = this.#state ?? {};
    for (const one of [key, before]) {
      if (one?.keyNo !== keyNo) continue;
      const words = expandKey(Buffer.from(one.key, "hex"));
      if (openFrame(words, 0, bytes, start, end, opened, 0) === 0) continue;
      return { id: sealedCommandId(opened, 0), code: sealedCommandCode(opened, 0) };
    }
    return undefined;
  }

  /** It holds the last so many of what it has measured: those before are settled, or had no room. */
  #settle(): void {
    const leaf = this.#sealed;
    if (leaf === undefined) return;
    const settled = this.fates.length - leaf.kept;
    const settledMs = this.#node.clock.monotonicMs();
    let dropped = leaf.dropped - this.#dropped;
    this.#dropped = leaf.dropped;
    for (; this.#settled < settled; this.#settled++) {
      if (dropped-- > 0) this.#giveUp(this.#settled);
      else (this.fates[this.#settled] as Fate).settledMs = settledMs;
    }
  }

  #giveUp(index: number): void {
    (this.fates[index] as Fate).isGivenUp = true;
  }
}

export class GatewayBox {
  airSent = 0;
  airArrived = 0;
  readonly #node: SealedNode;
  readonly #radios = new Map<number, MemoryLink>();
  readonly #writer = new EnvelopeWriter();
  #back: MemoryLink | undefined;
  #sentAtMs = 0;

  constructor(node: SealedNode) {
    this.#node = node;
  }

  async open(): Promise<void> {
    const { air, back } = this.#node;
    for (let hub = GATEWAY_FROM; hub < HUB_IDS.length; hub++) {
      const radio = air.link(stationOf(hub));
      await radio.open((bytes, start, end, peer) => {
        this.airArrived += 1;
        if (this.#writer.add(hub, peer, bytes.subarray(start, end))) return;
        this.#sendAll();
        this.#writer.add(hub, peer, bytes.subarray(start, end));
      });
      this.#radios.set(hub, radio);
    }
    this.#back = back.link("box");
    await this.#back.open((bytes, start, end) => {
      readEnvelope(bytes, start, end, (hub, node, from, to) => {
        // A peer that it does not know any more hears nothing until it speaks.
        if (this.#radios.get(hub)?.send(node, bytes.subarray(from, to)).ok) this.airSent += 1;
      });
    });
  }

  /** Loses its power: frames on their way, and the numbers of its radio peers. */
  async restart(): Promise<void> {
    for (const radio of this.#radios.values()) await radio.close();
    await this.#back?.close();
    this.#writer.clear();
    await this.open();
  }

  tick(): void {
    const nowMs = this.#node.clock.monotonicMs();
    if (nowMs - this.#sentAtMs < BOX_EVERY_MS) return;
    this.#sentAtMs = nowMs;
    this.#sendAll();
  }

  #sendAll(): void {
    if (this.#writer.frames === 0) return;
    const back = this.#back as MemoryLink;
    back.send(back.peerOf(GATEWAY), this.#writer.envelope);
    this.#writer.clear();
  }
}

/** Of all sealed frames that it has heard, the last so many. */
const RECORDED_MAX = 300;

export class Eavesdropper {
  airSent = 0;
  airArrived = 0;
  readonly #recorded: { readonly to: string; readonly frame: Uint8Array }[] = [];
  readonly #link: MemoryLink;

  constructor(node: SealedNode) {
    this.#link = node.air.link("stranger");
  }

  open(): Promise<void> {
    return this.#link.open(() => {
      this.airArrived += 1;
    });
  }

  hear = (to: string, frame: Uint8Array): void => {
    if (frame[AT.version] !== SEALED.version) return;
    this.#recorded.push({ to, frame: frame.slice() });
    if (this.#recorded.length > RECORDED_MAX) this.#recorded.shift();
  };

  /** The last so many, as they came. */
  replay(count: number): void {
    for (const { to, frame } of this.#recorded.slice(-count)) {
      if (this.#link.send(this.#link.peerOf(to), frame).ok) this.airSent += 1;
    }
  }
}
