/**
 * Sealed frames of one hub: who is let in, under which key, and that nothing is accepted twice.
 *
 *   v2 frame ──open──▶ opened ──▶ leaf            PAIR_REQUEST ──window──▶ key on disk ──▶ PAIR_ACCEPT
 *                └─ unmarked ─▶ held until the store allows its counter
 *   old key, act or age ──▶ successor on disk ──▶ REKEY until a frame under it ──▶ old one off the disk
 *
 * Every change is on disk before it takes effect. A restart of the hub closes the pairing window and
 * loses frames that waited for the store; keys and windows are in shared memory.
 */
import { randomBytes } from "node:crypto";
import { SEALED, SEALED_PAYLOAD_BYTES, SEALED_TYPES } from "../../../firmware/wire/sealed-types.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import { toHex } from "../../../transports/frame/hex.ts";
import {
  checkOpened,
  checkSealed,
  pairRequestChallengeAt,
  pairRequestEuiAt,
  sealedCounter,
  sealedFromHub,
  sealedKeyNo,
  sealedKind,
} from "../../../transports/frame/sealed/read.ts";
import { openFrame } from "../../../transports/frame/sealed/seal.ts";
import {
  writePairAccept,
  writeRekey,
  writeSealedAck,
} from "../../../transports/frame/sealed/write.ts";
import { HeldFrames } from "../held-frames.ts";
import type { FrameRefusal } from "../hub-counters.ts";
import type { KeyRefusal } from "../messages.ts";
import type { KeyRecord, MarkRecord, SessionChange, SessionRecord } from "./messages.ts";
import { type PairingAsk, PairingWindow } from "./pairing.ts";
import { ReplayMarks } from "./replay-marks.ts";
import { isAfter, keyNoAfter, other, sessionRecord } from "./session-records.ts";
import { EUI_BYTES, KEY_BYTES, NONE, type SessionTable } from "./session-table.ts";
import { Sessions } from "./sessions.ts";

const { PAIR_REQUEST, PAIR_ACCEPT, REKEY, ACK } = SEALED_TYPES;
const DAY_MS = 86_400_000;
/** A leaf that listens takes the first; a lost one is sent again soon enough. */
const REKEY_EVERY_MS = 10_000;
/** Each is a durable write and a frame: 25,000 leaves' keys of one day are changed within seven hours. */
const ROTATIONS_A_BEAT_MAX = 64;
/** Strangers that ask again and again are told of once a minute. */
const CLOSED_EVENT_EVERY_MS = 60_000;

export interface SecuritySettings {
  readonly hub: string;
  readonly accept: "v1" | "v2" | "both";
  /** 0: never by age. */
  readonly keyRotationDays: number;
  readonly fleetSecret: Uint8Array | undefined;
  readonly rowBase: number;
  readonly leavesMax: number;
}

export type SecurityEventKind =
  | "pairing_opened"
  | "pairing_closed"
  | "pairing_refused"
  | "leaf_paired"
  | "leaf_rekeyed"
  | "leaf_key_forgotten";

export interface SecurityPorts {
  nowMs(): number;
  /** Calls back once: whether all of it is on disk. */
  save(change: SessionChange, settled: (isSaved: boolean) => void): void;
  flushMarksLater(): void;
  send(peer: number, frame: Uint8Array): void;
  /** Handles a frame that was held. */
  route(bytes: Uint8Array, start: number, end: number, peer: number, atMs: number): void;
  countApplied(): void;
  countRefused(reason: FrameRefusal): void;
  /** Whether the id belongs to a leaf that has no key. */
  isKnown(leafId: number): boolean;
  /** The leaf has come in by an operator's will. */
  adopt(leafId: number): void;
  raise(kind: SecurityEventKind, leafId: number | undefined, message: string): void;
}

export class HubSecurity {
  readonly sessions: Sessions;
  readonly #settings: SecuritySettings;
  readonly #ports: SecurityPorts;
  readonly #table: SessionTable;
  readonly #marks: ReplayMarks;
  readonly #window: PairingWindow;
  readonly #held = new HeldFrames();
  /** Leaves whose session is on its way to the store: the next change waits for it. */
  readonly #changing = new Set<number>();
  /** EUI in hex → leaf id; an entry a paired leaf. */
  readonly #leafOfEui = new Map<string, number>();
  /** Devices in hex that are being admitted; each under a leaf of `changing`. */
  readonly #admitting = new Set<string>();
  /** Leaves with two keys → when the second was sent last. */
  readonly #rekeyedAtMs = new Map<number, number>();
  readonly #pairing = new Uint8Array(SEALED.bytesMax);
  #closedToldAtMs = -Infinity;

  constructor(table: SessionTable, settings: SecuritySettings, ports: SecurityPorts) {
    this.#table = table;
    this.#settings = settings;
    this.#ports = ports;
    this.#window = new PairingWindow(settings.fleetSecret);
    this.sessions = new Sessions(table, settings.rowBase, settings.leavesMax);
    this.#marks = new ReplayMarks(table, settings.rowBase, {
      save: (marks) =>
        ports.save(this.#change({ marks }), (isSaved) => {
          this.#marks.settled(isSaved);
          this.#releaseHeld(isSaved);
        }),
      flushLater: () => ports.flushMarksLater(),
    });
    for (let leafId = 0; leafId < settings.leavesMax; leafId++) {
      const row = this.sessions.row(leafId);
      if (!table.isPaired(row)) continue;
      this.#leafOfEui.set(toHex(table.eui(row)), leafId);
      const isChanging = table.keyNo(row, other(table.active(row))) !== 0;
      if (isChanging) this.#rekeyedAtMs.set(leafId, -Infinity);
    }
  }

  /** Why a sound v1 frame under this id is refused, if it is. */
  refuseV1(leafId: number): FrameRefusal | undefined {
    if (this.#settings.accept === "v2") return "versionRefused";
    return this.sessions.isPaired(leafId) ? "downgradeRefused" : undefined;
  }

  /**
   * `opened`: it lies in `sessions.opened`. `taken`: its outcome is counted later, or has been.
   * Anything else is why it is refused.
   */
  open(
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: number,
    atMs: number,
  ): "opened" | "taken" | FrameRefusal {
    if (this.#settings.accept === "v1") return "versionRefused";
    const fault = checkSealed(bytes, start, end);
    if (fault !== undefined) return fault;
    if (sealedFromHub(bytes, start)) return "unexpectedType";
    if (sealedKind(bytes, start) === PAIR_REQUEST) return this.#pair(bytes, start, end, peer);

    const { sessions } = this;
    const verdict = sessions.open(bytes, start, end);
    switch (verdict) {
      case "opened":
        this.#marks.accepted(sessions.leafId, sessions.slot, sessions.counter);
        if (this.#rekeyedAtMs.size > 0) this.#keepRotating(peer);
        return "opened";
      case "unmarked":
        if (!this.#held.hold(bytes, start, end, peer, atMs)) return "busy";
        this.#marks.demand(sessions.leafId, sessions.slot, sessions.counter);
        return "taken";
      case "askedAgain":
        this.acknowledge(sessions.leafId, peer, sessions.counter);
        return "replayed";
      case "uncertain":
        this.#tellFloor(peer);
        return "uncertain";
      default:
        return verdict;
    }
  }

  flushMarks(): void {
    this.#marks.flush();
  }

  /** The operator's word: until when the window is open, ms since the epoch; 0 s closes it. */
  openPairing(ask: PairingAsk): Result<number, KeyRefusal> {
    const { leafId } = ask;
    if (ask.forS === 0) {
      this.#closePairing();
      return ok(this.#ports.nowMs());
    }
    if (ask.installCode === undefined && !this.#window.canOpenForFleet) return err("noFleetSecret");
    if (leafId !== undefined && leafId >= this.#settings.leavesMax) return err("hubFull");
    if (leafId !== undefined && this.sessions.isPaired(leafId)) return err("leafExists");
    const untilMs = this.#window.open(ask, this.#ports.nowMs());
    const whom = ask.installCode === undefined ? "devices of its fleet" : "one device";
    this.#raise("pairing_opened", undefined, `takes ${whom} in for ${ask.forS} s`);
    return ok(untilMs);
  }

  #closePairing(): void {
    if (!this.#window.isOpen(this.#ports.nowMs())) return;
    this.#window.close();
    this.#raise("pairing_closed", undefined, "takes no more devices in");
  }

  /** Begins to change a leaf's key; answered when the successor is on disk, or with why it is not. */
  rotate(leafId: number, answer: (refusal: KeyRefusal | undefined) => void): void {
    const refusal = this.#refuseChange(leafId);
    if (refusal !== undefined || this.#successor(leafId) !== undefined) {
      answer(refusal);
      return;
    }
    const row = this.sessions.row(leafId);
    // A predecessor that the store would not let go of yet gives way to the successor.
    const keyNo = keyNoAfter(this.#table.keyNo(row, this.#table.active(row)));
    this.#addKey(leafId, keyNo, {}, (isSaved) => answer(isSaved ? undefined : "storeUnavailable"));
  }

  /** A stolen or broken leaf: its key opens nothing any more, and its id may be given again. */
  forget(leafId: number, answer: (refusal: KeyRefusal | undefined) => void): void {
    const refusal = this.#refuseChange(leafId);
    if (refusal !== undefined) {
      answer(refusal);
      return;
    }
    const row = this.sessions.row(leafId);
    this.#save(leafId, { forgotten: [leafId] }, (isSaved) => {
      if (isSaved) {
        this.#table.setPaired(row, false);
        this.#leafOfEui.delete(toHex(this.#table.eui(row)));
        this.#rekeyedAtMs.delete(leafId);
        for (const slot of [0, 1] as const) this.#dropKey(leafId, slot);
        this.#raise("leaf_key_forgotten", leafId, `has no key for leaf ${leafId} any more`);
      }
      answer(isSaved ? undefined : "storeUnavailable");
    });
  }

  #refuseChange(leafId: number): KeyRefusal | undefined {
    if (!this.sessions.isPaired(leafId)) return "notPaired";
    return this.#changing.has(leafId) ? "storeUnavailable" : undefined;
  }

  /** Once a minute. */
  beat(): void {
    const { keyRotationDays, leavesMax } = this.#settings;
    if (keyRotationDays === 0) return;
    const dueMs = this.#ports.nowMs() - keyRotationDays * DAY_MS;
    // Those under way count not: their leaves may be away for good.
    let begun = 0;
    for (let leafId = 0; leafId < leavesMax && begun < ROTATIONS_A_BEAT_MAX; leafId++) {
      const row = this.sessions.row(leafId);
      if (!this.#table.isPaired(row) || this.#table.sinceMs(row) > dueMs) continue;
      if (this.#rekeyedAtMs.has(leafId)) continue;
      begun += 1;
      this.rotate(leafId, () => {});
    }
  }

  /** At an orderly end: exact counters, so that the next start refuses nothing that is new. */
  finalMarks(): SessionChange | undefined {
    const marks: MarkRecord[] = [];
    for (let leafId = 0; leafId < this.#settings.leavesMax; leafId++) {
      const row = this.sessions.row(leafId);
      if (!this.#table.isPaired(row)) continue;
      for (const slot of [0, 1] as const) {
        const keyNo = this.#table.keyNo(row, slot);
        if (keyNo === 0) continue;
        const certain = this.#table.highest(row, slot);
        // What was in doubt at the start still is, where the leaf was not heard since.
        const mark = Math.max(certain, this.#table.floor(row, slot));
        // Nothing is accepted any more on a promise that is being taken back.
        this.#table.setMark(row, slot, mark);
        marks.push({ leafId, keyNo, certain, mark });
      }
    }
    return marks.length === 0 ? undefined : this.#change({ marks });
  }

  #pair(bytes: Uint8Array, start: number, end: number, peer: number): "taken" | FrameRefusal {
    const nowMs = this.#ports.nowMs();
    if (!this.#window.isOpen(nowMs)) return this.#pairingClosed(nowMs);
    if (sealedKeyNo(bytes, start) !== 0) return "unknownKey";
    const euiAt = pairRequestEuiAt(start);
    const eui = bytes.slice(euiAt, euiAt + EUI_BYTES);
    const device = toHex(eui);
    const key = this.#window.keyOf(eui, device);
    if (key === undefined) return this.#pairingClosed(nowMs);
    const openedEnd = openFrame(key, 0, bytes, start, end, this.#pairing, 0);
    if (openedEnd === 0) {
      if (this.#window.failed()) {
        this.#raise(
          "pairing_closed",
          undefined,
          "was asked too often under wrong codes, and takes no more devices in",
        );
      }
      return "badTag";
    }
    const fault = checkOpened(this.#pairing, 0, openedEnd);
    if (fault !== undefined) return fault;
    const counter = sealedCounter(bytes, start);
    const known = this.#leafOfEui.get(device);
    if (known !== undefined && counter <= this.#table.pairCounter(this.sessions.row(known))) {
      return "replayed";
    }
    const leafId = known ?? this.#window.leafId ?? this.#freeId();
    if (leafId === undefined) return "hubFull";
    // An id that an operator has named is for the first device that comes.
    if (known === undefined && this.sessions.isPaired(leafId)) return "pairingClosed";
    if (this.#changing.has(leafId) || this.#admitting.has(device)) return "busy";
    const challengeAt = pairRequestChallengeAt(0);
    const challenge = this.#pairing.slice(challengeAt, challengeAt + SEALED.challengeBytes);
    this.#admit({ leafId, eui, counter, challenge, key, peer, isKnown: known !== undefined });
    return "taken";
  }

  /** Counted when the new key is on disk, or cannot be. */
  #admit(device: Device): void {
    const { leafId, eui, counter, challenge, peer, isKnown } = device;
    const row = this.sessions.row(leafId);
    const before = isKnown ? (this.#successor(leafId) ?? this.#table.active(row)) : undefined;
    const keyNo = before === undefined ? 1 : keyNoAfter(this.#table.keyNo(row, before));
    const name = toHex(eui);
    this.#admitting.add(name);
    this.#addKey(leafId, keyNo, { eui, pairCounter: counter }, (isSaved, key) => {
      this.#admitting.delete(name);
      if (!isSaved) {
        this.#ports.countRefused("storeUnavailable");
        return;
      }
      this.#leafOfEui.set(name, leafId);
      this.#window.paired(name);
      const payload = new Uint8Array(SEALED_PAYLOAD_BYTES.PAIR_ACCEPT);
      writePairAccept(payload, 0, challenge, leafId, keyNo, key);
      const frame = this.sessions.sealUnder(device.key, 0, leafId, PAIR_ACCEPT, payload);
      if (frame !== undefined) this.#ports.send(peer, frame);
      this.#ports.countApplied();
      this.#raise("leaf_paired", leafId, `has paired device ${name} as leaf ${leafId}`);
      this.#ports.adopt(leafId);
    });
  }

  /** Ids of one byte are kept for v1 as long as there are others, the low ones longest. */
  #freeId(): number | undefined {
    const { leavesMax } = this.#settings;
    for (let leafId = 256; leafId < leavesMax; leafId++) if (this.#isFree(leafId)) return leafId;
    for (let leafId = Math.min(255, leavesMax - 1); leafId > 0; leafId--) {
      if (this.#isFree(leafId)) return leafId;
    }
    return undefined;
  }

  #isFree(leafId: number): boolean {
    return (
      !this.sessions.isPaired(leafId) && !this.#changing.has(leafId) && !this.#ports.isKnown(leafId)
    );
  }

  #pairingClosed(nowMs: number): FrameRefusal {
    if (nowMs - this.#closedToldAtMs >= CLOSED_EVENT_EVERY_MS) {
      this.#closedToldAtMs = nowMs;
      this.#raise(
        "pairing_refused",
        undefined,
        "was asked to pair, and no operator has opened it for that",
      );
    }
    return "pairingClosed";
  }

  /** Gives a leaf one more key, on disk and then in its row; one that is not in force gives way. */
  #addKey(
    leafId: number,
    keyNo: number,
    device: { readonly eui?: Uint8Array; readonly pairCounter?: number },
    done: (isSaved: boolean, key: Uint8Array) => void,
  ): void {
    const table = this.#table;
    const row = this.sessions.row(leafId);
    const key = randomBytes(KEY_BYTES);
    const added: KeyRecord = { keyNo, key: toHex(key) };
    const isFirst = !table.isPaired(row);
    const { hub } = this.#settings;
    const known = isFirst
      ? { hub, leafId, eui: "", keys: [], pairCounter: NONE, sinceMs: this.#ports.nowMs() }
      : sessionRecord(table, row, hub, leafId);
    const record: SessionRecord = {
      ...known,
      ...(device.eui !== undefined && { eui: toHex(device.eui) }),
      ...(device.pairCounter !== undefined && { pairCounter: device.pairCounter }),
      keys: [...known.keys.slice(0, 1), added],
    };
    // Its first frame waits for a mark; so a kill before it has nothing to doubt.
    const marks = [{ leafId, keyNo, certain: NONE, mark: NONE }];
    this.#save(leafId, { sessions: [record], marks }, (isSaved) => {
      if (isSaved) {
        const slot = isFirst ? 0 : other(table.active(row));
        table.setKey(row, slot, keyNo, key);
        this.sessions.keyChanged(leafId, slot);
        if (device.eui !== undefined) table.setEui(row, device.eui);
        table.setPairCounter(row, record.pairCounter);
        table.setSinceMs(row, record.sinceMs);
        if (isFirst) {
          table.setActive(row, 0);
          table.setPaired(row, true);
        } else this.#rekeyedAtMs.set(leafId, -Infinity);
      }
      done(isSaved, key);
    });
  }

  /** A frame came while keys are being changed: the leaf has its new one, or is told it again. */
  #keepRotating(peer: number): void {
    const { leafId, slot } = this.sessions;
    const sentAtMs = this.#rekeyedAtMs.get(leafId);
    if (sentAtMs === undefined || this.#changing.has(leafId)) return;
    const row = this.sessions.row(leafId);
    const successor = this.#successor(leafId);
    if (successor === undefined || slot === successor) {
      // Without one the store has not let go of the predecessor yet.
      this.#confirm(leafId, successor ?? this.#table.active(row));
      return;
    }
    const nowMs = this.#ports.nowMs();
    if (nowMs - sentAtMs < REKEY_EVERY_MS) return;
    this.#rekeyedAtMs.set(leafId, nowMs);
    const payload = new Uint8Array(SEALED_PAYLOAD_BYTES.REKEY);
    writeRekey(payload, 0, this.#table.keyNo(row, successor), this.#table.key(row, successor));
    this.#sendSealed(leafId, peer, REKEY, payload);
  }

  /** Sealing goes on under the new key at once; the old one opens until it is off the disk. */
  #confirm(leafId: number, slot: 0 | 1): void {
    const row = this.sessions.row(leafId);
    const sinceMs = this.#ports.nowMs();
    this.#table.setActive(row, slot);
    this.#table.setSinceMs(row, sinceMs);
    const { keys, ...record } = sessionRecord(this.#table, row, this.#settings.hub, leafId);
    this.#save(leafId, { sessions: [{ ...record, keys: keys.slice(0, 1) }] }, (isSaved) => {
      if (!isSaved) return;
      this.#rekeyedAtMs.delete(leafId);
      this.#dropKey(leafId, other(slot));
      this.#raise("leaf_rekeyed", leafId, `has changed the key of leaf ${leafId}`);
    });
  }

  /** The slot of a key that is to follow the one in force. */
  #successor(leafId: number): 0 | 1 | undefined {
    const row = this.sessions.row(leafId);
    const active = this.#table.active(row);
    const slot = other(active);
    const keyNo = this.#table.keyNo(row, slot);
    return keyNo !== 0 && isAfter(keyNo, this.#table.keyNo(row, active)) ? slot : undefined;
  }

  /**
   * An ACK of a counter above the leaf's own: it goes on above. Only a frame of its own under its key
   * gets it, each once, and nothing secret is in it: an echo of a stranger's makes no harm.
   */
  #tellFloor(peer: number): void {
    const { leafId, slot } = this.sessions;
    const floor = this.#table.floor(this.sessions.row(leafId), slot);
    this.#sendSealed(leafId, peer, ACK, ackPayload(floor, NOTHING_KNOWN));
  }

  /** The answer to a frame that asked for one. */
  acknowledge(leafId: number, peer: number, counter: number): void {
    const row = this.sessions.row(leafId);
    const active = this.#table.active(row);
    // Under the successor where that is how it came: nobody else has accepted as much.
    const slot = this.#table.highest(row, other(active)) >= counter ? other(active) : active;
    const seenBefore =
      this.#table.highest(row, slot) >= counter
        ? this.#table.answer(row, slot, counter)
        : NOTHING_KNOWN;
    this.#sendSealed(leafId, peer, ACK, ackPayload(counter, seenBefore));
  }

  #sendSealed(leafId: number, peer: number, type: number, payload: Uint8Array): void {
    const frame = this.sessions.seal(leafId, type, payload);
    if (frame !== undefined) this.#ports.send(peer, frame);
  }

  #releaseHeld(isSaved: boolean): void {
    this.#held.release((bytes, start, end, peer, atMs) => {
      if (isSaved) this.#ports.route(bytes, start, end, peer, atMs);
      else this.#ports.countRefused("storeUnavailable");
    });
  }

  #dropKey(leafId: number, slot: 0 | 1): void {
    this.#table.clearSlot(this.sessions.row(leafId), slot);
    this.sessions.keyChanged(leafId, slot);
  }

  #save(leafId: number, change: Partial<SessionChange>, done: (isSaved: boolean) => void): void {
    this.#changing.add(leafId);
    this.#ports.save(this.#change(change), (isSaved) => {
      this.#changing.delete(leafId);
      done(isSaved);
    });
  }

  #change(change: Partial<SessionChange>): SessionChange {
    return { hub: this.#settings.hub, sessions: [], forgotten: [], marks: [], ...change };
  }

  #raise(kind: SecurityEventKind, leafId: number | undefined, what: string): void {
    this.#ports.raise(kind, leafId, `${this.#settings.hub} ${what}.`);
  }
}

interface Device {
  readonly leafId: number;
  readonly eui: Uint8Array;
  readonly counter: number;
  readonly challenge: Uint8Array;
  readonly key: Int32Array;
  readonly peer: number;
  readonly isKnown: boolean;
}

/** Of the frames before: the leaf sends none of them again. */
const NOTHING_KNOWN = 0xffffffff;

function ackPayload(counter: number, seenBefore: number): Uint8Array {
  const payload = new Uint8Array(SEALED_PAYLOAD_BYTES.ACK);
  writeSealedAck(payload, 0, Math.floor(counter / 0x10000), counter % 0x10000, seenBefore);
  return payload;
}
