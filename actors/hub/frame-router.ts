/**
 * The way of a frame through its hub: checked where it lies, and given to the mailbox of its leaf, which
 * counts it from then on. Makes no object for a leaf that is known.
 *
 *   link ──bytes, peer──▶ checkFrame ──▶ whose? ──▶ who speaks for it? ──▶ leaf
 *                            └───────────┴──────────────┴──▶ refused, under one reason
 */
import { MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import { checkFrame, frameLeafId, frameType } from "../../transports/frame/decode.ts";
import { sealedKind, wireVersion } from "../../transports/frame/sealed/read.ts";
import { frameTag } from "../leaf/leaf.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { FrameTap } from "./frame-tap.ts";
import type { FrameRefusal, HubCounters } from "./hub-counters.ts";
import type { LeafChildren } from "./leaf-children.ts";
import type { Roster } from "./roster.ts";
import type { HubSecurity } from "./security/hub-security.ts";

const { SENSOR_REPORT, HEARTBEAT, WAKE_NOTIFY, REGISTER, ACK } = MESSAGE_TYPES;
/** 1 for the types that a leaf sends. */
const IS_LEAF_TYPE = new Uint8Array(256);
for (const type of [SENSOR_REPORT, HEARTBEAT, WAKE_NOTIFY, REGISTER, ACK]) IS_LEAF_TYPE[type] = 1;
/** Likewise of v2, but for PAIR_REQUEST, which is the hub's own. */
const IS_SEALED_TYPE = new Uint8Array(256);
for (const name of ["REPORT", "HEARTBEAT", "WAKE_NOTIFY", "REGISTER", "RESULT"] as const) {
  IS_SEALED_TYPE[SEALED_TYPES[name]] = 1;
}
const SEALED_VERSION = SEALED.version;

export interface FrameRouterParts {
  readonly leavesMax: number;
  readonly counters: HubCounters;
  readonly roster: Roster;
  readonly leaves: LeafChildren;
  /** A leaf is heard for the first time, with a frame of this type. */
  meet(leafId: number, type: number): LeafRecord;
}

export class FrameRouter {
  readonly #leavesMax: number;
  readonly #counters: HubCounters;
  readonly #roster: Roster;
  readonly #leaves: LeafChildren;
  readonly #meet: FrameRouterParts["meet"];
  /** Undefined: wire v1 alone. */
  security: HubSecurity | undefined;
  /** Undefined while nobody looks at a leaf's frames. */
  tap: FrameTap | undefined;
  /** End of the last sealed frame, opened; 0: it was not. */
  #openedEnd = 0;

  constructor({ leavesMax, counters, roster, leaves, meet }: FrameRouterParts) {
    this.#leavesMax = leavesMax;
    this.#counters = counters;
    this.#roster = roster;
    this.#leaves = leaves;
    this.#meet = meet;
  }

  /** A frame that is counted as received. */
  route(bytes: Uint8Array, start: number, end: number, peer: number, atMs: number): void {
    const refusal = this.#pass(bytes, start, end, peer, atMs);
    if (refusal !== undefined) this.#counters.refuse(refusal);
    if (this.tap !== undefined) {
      const opened = this.security?.sessions.opened;
      this.tap.see(bytes, start, end, atMs, refusal, opened, this.#openedEnd);
      this.#openedEnd = 0;
    }
  }

  #pass(
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: number,
    atMs: number,
  ): FrameRefusal | undefined {
    const { security } = this;
    if (security !== undefined && wireVersion(bytes, start, end) === SEALED_VERSION) {
      return this.#passSealed(security, bytes, start, end, peer, atMs);
    }
    const fault = checkFrame(bytes, start, end);
    if (fault !== undefined) return fault;
    const type = frameType(bytes, start);
    if (IS_LEAF_TYPE[type] !== 1) return "unexpectedType";
    const leafId = frameLeafId(bytes, start);
    if (leafId >= this.#leavesMax) return "hubFull";
    const refusal = security?.refuseV1(leafId);
    if (refusal !== undefined) return refusal;

    const record = this.#roster.get(leafId) ?? this.#meet(leafId, type);
    const way = type === REGISTER ? "use" : this.#roster.senders.route(record, peer);
    if (way === "refuse") return "disputed";
    const tag = frameTag(peer, way === "apart");
    return this.#leaves.get(leafId)?.tellBytes(bytes, start, end, tag, atMs) ? undefined : "busy";
  }

  /** Opened, a frame goes to its leaf as header and payload: who sent it is proved, whatever the address. */
  #passSealed(
    security: HubSecurity,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: number,
    atMs: number,
  ): FrameRefusal | undefined {
    const verdict = security.open(bytes, start, end, peer, atMs);
    if (verdict === "taken") return undefined;
    if (verdict !== "opened") return verdict;
    const { opened, openedEnd, leafId } = security.sessions;
    this.#openedEnd = openedEnd;
    const kind = sealedKind(opened, 0);
    if (IS_SEALED_TYPE[kind] !== 1) return "unexpectedType";
    if (this.#roster.get(leafId) === undefined) this.#meet(leafId, kind);
    const tag = frameTag(peer, false);
    return this.#leaves.get(leafId)?.tellBytes(opened, 0, openedEnd, tag, atMs)
      ? undefined
      : "busy";
  }
}
