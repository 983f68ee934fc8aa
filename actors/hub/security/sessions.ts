/**
 * Opens what leaves seal and seals what goes to them: keys, replay windows and counters of one hub.
 *
 *   sealed frame ──checkSealed──▶ key? ──▶ counter fresh? ──▶ tag right? ──▶ marked? ──▶ header + payload
 *
 * The cheap questions come first, so that a replay costs no AES. A counter counts as seen only after
 * its tag was right: a stranger moves no window. Nothing is allocated a frame. The state is in shared
 * memory (session-table.ts); expanded keys are made again after a restart.
 */
import { SEALED, type SealedFault } from "../../../firmware/wire/sealed-types.ts";
import { expandKey } from "../../../transports/frame/sealed/aes.ts";
import {
  checkOpened,
  checkSealed,
  sealedCounter,
  sealedKeyNo,
  sealedLeafId,
} from "../../../transports/frame/sealed/read.ts";
import { openFrame, sealFrame } from "../../../transports/frame/sealed/seal.ts";
import { writeHeader } from "../../../transports/frame/sealed/write.ts";
import type { SealedRefusal } from "./refusals.ts";
import type { SessionTable, SlotNo } from "./session-table.ts";

/**
 * `opened`: it lies in `opened`, from 0 to `openedEnd`, and counts as seen. `unmarked`: sound, but the
 * store has to allow its counter first, and nothing has changed. `askedAgain`: a replay of the last
 * frame that was answered, whose leaf may not have heard the answer.
 */
export type OpenVerdict = "opened" | "unmarked" | "askedAgain" | SealedRefusal | SealedFault;

const EPOCH_COUNTERS = 2 ** 16;
const COUNTER_LAST = SEALED.epochMax * EPOCH_COUNTERS + SEALED.sequenceMax;
/**
 * A hub's epoch goes up by this much with each start of its node: 4,096 times 65,536 frames to one leaf
 * are nine years at one a second, and a million starts until the epochs are used up.
 */
export const EPOCHS_A_START = 4_096;
const DOWNLINKS_A_START = EPOCHS_A_START * EPOCH_COUNTERS;

export class Sessions {
  readonly table: SessionTable;
  /** Header and payload of the frame that was opened last. */
  readonly opened = new Uint8Array(SEALED.bytesMax);
  openedEnd = 0;
  /** Of the frame that was asked about last. */
  leafId = 0;
  slot: SlotNo = 0;
  counter = 0;
  readonly #rowBase: number;
  readonly #leavesMax: number;
  /** Index: leaf id and slot. At most two generations a leaf, 176 bytes each; made when first used. */
  readonly #expanded: (Int32Array | undefined)[] = [];

  constructor(table: SessionTable, rowBase: number, leavesMax: number) {
    this.table = table;
    this.#rowBase = rowBase;
    this.#leavesMax = leavesMax;
  }

  row(leafId: number): number {
    return this.#rowBase + leafId;
  }

  isPaired(leafId: number): boolean {
    return leafId < this.#leavesMax && this.table.isPaired(this.row(leafId));
  }

  /** For all frames of leaves but PAIR_REQUEST, which no leaf's key seals. */
  open(bytes: Uint8Array, start: number, end: number): OpenVerdict {
    const fault = checkSealed(bytes, start, end);
    if (fault !== undefined) return fault;
    const { table } = this;
    const leafId = sealedLeafId(bytes, start);
    if (!this.isPaired(leafId)) return "notPaired";
    const row = this.row(leafId);
    const slot = table.slotOf(row, sealedKeyNo(bytes, start));
    if (slot === undefined) return "unknownKey";
    const counter = sealedCounter(bytes, start);
    const isAskedAgain = table.wasAnswered(row, slot, counter);
    if (table.wasSeen(row, slot, counter) && !isAskedAgain) return "replayed";

    const openedEnd = openFrame(this.#key(leafId, slot), 0, bytes, start, end, this.opened, 0);
    if (openedEnd === 0) return "badTag";
    this.leafId = leafId;
    this.slot = slot;
    this.counter = counter;
    this.openedEnd = openedEnd;
    if (isAskedAgain) return "askedAgain";
    if (counter <= table.floor(row, slot)) {
      // Seen from now on: each is refused for uncertainty once, and answered once.
      table.see(row, slot, counter);
      return "uncertain";
    }
    if (counter > table.mark(row, slot)) return "unmarked";
    table.see(row, slot, counter);
    return checkOpened(this.opened, 0, openedEnd) ?? "opened";
  }

  /** A frame to a leaf under the key in force; undefined when it has none, or its counters are used up. */
  seal(leafId: number, type: number, payload: Uint8Array): Uint8Array | undefined {
    if (!this.isPaired(leafId) || payload.length > SEALED.payloadBytesMax) return undefined;
    const row = this.row(leafId);
    const slot = this.table.active(row);
    const keyNo = this.table.keyNo(row, slot);
    return this.sealUnder(this.#key(leafId, slot), keyNo, leafId, type, payload);
  }

  /** Under any key that this leaf's counter counts for. */
  sealUnder(
    key: Int32Array,
    keyNo: number,
    leafId: number,
    type: number,
    payload: Uint8Array,
  ): Uint8Array | undefined {
    const row = this.row(leafId);
    const counter = this.table.downlink(row);
    // The next start begins with the next multiple: no counter comes twice.
    if ((counter + 1) % DOWNLINKS_A_START === 0 || counter > COUNTER_LAST) return undefined;
    this.table.setDownlink(row, counter + 1);
    const frame = new Uint8Array(SEALED.headerBytes + payload.length + SEALED.tagBytes);
    const epoch = Math.floor(counter / EPOCH_COUNTERS);
    const at = writeHeader(frame, 0, type, keyNo, leafId, epoch, counter % EPOCH_COUNTERS);
    frame.set(payload, at);
    sealFrame(key, 0, frame, 0, at + payload.length);
    return frame;
  }

  /** A slot has got another key, or none. */
  keyChanged(leafId: number, slot: SlotNo): void {
    this.#expanded[2 * leafId + slot] = undefined;
  }

  #key(leafId: number, slot: SlotNo): Int32Array {
    const at = 2 * leafId + slot;
    let expanded = this.#expanded[at];
    if (expanded === undefined) {
      expanded = expandKey(this.table.key(this.row(leafId), slot));
      this.#expanded[at] = expanded;
    }
    return expanded;
  }
}

/** The first counter of a hub's frames in the node's start of this number. */
export const downlinkStart = (start: number): number => start * DOWNLINKS_A_START;
