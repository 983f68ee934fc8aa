/**
 * What a hub does when a leaf has been heard: it listens just then, so what waits for it is sent.
 *
 *   frame applied ──▶ address and wire for the downlink ──▶ commands, answers to commands
 *   registered    ──▶ the same
 *   WAKE_NOTIFY   ──▶ the leaves that it names
 *
 * Called within the leaf's turn, while the frame's bytes are there.
 */
import { MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_AT, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import { frameType, wakeNotifyLeafId } from "../../transports/frame/decode.ts";
import {
  resultCommandId,
  resultCount,
  resultOutcome,
  sealedKind,
  wokenCount,
  wokenLeafId,
} from "../../transports/frame/sealed/read.ts";
import type { RegistrationClaim } from "../leaf/messages.ts";
import type { Downlink } from "./downlink.ts";
import type { CommandDesk } from "./outbox/command-desk.ts";

const { WAKE_NOTIFY, ACK } = MESSAGE_TYPES;
const SEALED_VERSION = SEALED.version;
const VERSION_AT = SEALED_AT.version;

export class LeafCare {
  readonly #downlink: Downlink;
  readonly #desk: CommandDesk;

  constructor(downlink: Downlink, desk: CommandDesk) {
    this.#downlink = downlink;
    this.#desk = desk;
  }

  /** The hub has agreed that this one speaks for the leaf. */
  registered({ leafId, peer, wire }: RegistrationClaim): void {
    this.#downlink.heard(leafId, peer, wire);
    this.#woken(leafId);
  }

  /** Any frame but a registration. */
  heard(leafId: number, peer: number, bytes: Uint8Array, start: number, end: number): void {
    const isSealed = bytes[start + VERSION_AT] === SEALED_VERSION;
    this.#downlink.heard(leafId, peer, isSealed ? 2 : 1);
    if (isSealed) this.#heardSealed(leafId, bytes, start, end);
    else this.#heardV1(leafId, bytes, start);
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
    if (!this.#desk.waitsFor(leafId)) return;
    const results = kind === SEALED_TYPES.RESULT ? resultCount(start, end) : 0;
    if (results === 0) this.#desk.heard(leafId);
    for (let i = 0; i < results; i++) {
      const commandId = resultCommandId(bytes, start, i);
      this.#desk.result(leafId, commandId, resultOutcome(bytes, start, i));
    }
  }

  /** It listens now. */
  #woken(leafId: number): void {
    if (this.#desk.waitsFor(leafId)) this.#desk.heard(leafId);
  }
}
