/**
 * The way from a hub to its leaves: a payload becomes a frame of the wire that the leaf speaks, and
 * goes to the address of the leaf's last accepted frame.
 *
 *   transmit(leafId, type, payload) ──v1: checksum · v2: seal──▶ SendFrame ──▶ link ──▶ leaf
 *
 * Type codes are the same in both wires; payloads are not. A restart forgets addresses and wires: a
 * leaf's next frame tells them anew.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { writeFrame } from "../../transports/frame/encode.ts";
import type { LinkCommand } from "../link/messages.ts";

/**
 * `neverHeard`: no frame since the hub or its link started; `cannotSeal`: no key for a v2 leaf;
 * `linkBusy`: the link's mailbox is full.
 */
export type TransmitRefusal = "neverHeard" | "cannotSeal" | "linkBusy";
export type Transmit = (
  leafId: number,
  type: number,
  payload: Uint8Array,
) => Result<void, TransmitRefusal>;

export type Wire = 1 | 2;

export interface DownlinkPorts {
  /** Looked up for each frame, since the link may have been started anew. */
  link(): ActorRef<LinkCommand>;
  /** A v2 frame of the hub's; undefined without a key of the leaf. */
  seal(leafId: number, type: number, payload: Uint8Array): Uint8Array | undefined;
}

/** v1 has 256 ids and v2 65 536: arrays of so many numbers would be most of a small hub. */
export class Downlink {
  readonly #ports: DownlinkPorts;
  /** Index: leaf id. -1: not heard. */
  readonly #peers: Int32Array;
  readonly #wires: Uint8Array;

  constructor(leavesMax: number, ports: DownlinkPorts) {
    this.#ports = ports;
    this.#peers = new Int32Array(leavesMax).fill(-1);
    this.#wires = new Uint8Array(leavesMax);
  }

  /** A frame of this leaf was accepted. */
  heard(leafId: number, peer: number, wire: number): void {
    this.#peers[leafId] = peer;
    this.#wires[leafId] = wire;
  }

  /** The link numbers its peers anew. */
  forget(): void {
    this.#peers.fill(-1);
  }

  /** Undefined: not heard yet. */
  wire(leafId: number): Wire | undefined {
    const wire = this.#wires[leafId];
    return wire === 1 || wire === 2 ? wire : undefined;
  }

  /** Whether there is an address for it; it may be an old one. */
  reaches(leafId: number): boolean {
    return (this.#peers[leafId] ?? -1) !== -1;
  }

  transmit: Transmit = (leafId, type, payload) => {
    const peer = this.#peers[leafId] ?? -1;
    if (peer === -1) return err("neverHeard");
    const frame =
      this.#wires[leafId] === 2
        ? this.#ports.seal(leafId, type, payload)
        : writeFrame(type, leafId, payload);
    if (frame === undefined) return err("cannotSeal");
    const isTaken = this.#ports.link().tell({ type: "SendFrame", peer, frame, replyTo: undefined });
    return isTaken ? ok(undefined) : err("linkBusy");
  };
}
