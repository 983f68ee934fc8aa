/**
 * Which address speaks for a leaf while its id is disputed. Wire v1 has no proof of sender; the
 * address a frame came from is all there is to tell two claimants apart.
 *
 *   id disputed, frame from                  becomes
 *   the address the leaf had before          used
 *   any other                                refused: `disputed`
 *   … both claimants at one address, or the leaf's unknown since a restart
 *                                            apart: shown, used by no zone
 *
 * Before a dispute a leaf's address may change at will, as a rebooted one's does. Lost with the hub.
 */
import type { LeafRecord } from "../leaf/messages.ts";

export type Route = "use" | "apart" | "refuse";

export class Senders {
  /** leafId → peer; at most 256 each, wire v1's ids. */
  readonly #owners = new Map<number, number>();
  readonly #claimants = new Map<number, number>();

  /** For all frames but registrations, which `own` and `contest` judge. */
  route({ leafId, standing }: LeafRecord, peer: number): Route {
    // A claim counts from its coming; the record follows when it is on disk.
    if (standing !== "disputed" && !this.#claimants.has(leafId)) {
      this.#owners.set(leafId, peer);
      return "use";
    }
    const owner = this.#owners.get(leafId);
    if (owner === undefined || owner === this.#claimants.get(leafId)) return "apart";
    return peer === owner ? "use" : "refuse";
  }

  /** A registration was accepted: this address speaks for the leaf. */
  own(leafId: number, peer: number): void {
    this.#owners.set(leafId, peer);
  }

  /** A registration was refused: this address claims the id. */
  contest(leafId: number, peer: number): void {
    this.#claimants.set(leafId, peer);
  }

  /** The operator has decided for the claimant. */
  handOver(leafId: number): void {
    const claimant = this.#claimants.get(leafId);
    this.#claimants.delete(leafId);
    if (claimant === undefined) this.#owners.delete(leafId);
    else this.#owners.set(leafId, claimant);
  }

  /** The operator has decided against the claimant. */
  keep(leafId: number): void {
    this.#claimants.delete(leafId);
  }
}
