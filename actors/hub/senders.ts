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
  /** Index: leaf id, so at most one for each of the hub's leaves. */
  readonly #owners: (number | undefined)[];
  readonly #claimants: (number | undefined)[];

  constructor(leavesMax: number) {
    this.#owners = new Array(leavesMax).fill(undefined);
    this.#claimants = new Array(leavesMax).fill(undefined);
  }

  /** For all frames but registrations, which `own` and `contest` judge. */
  route({ leafId, standing }: LeafRecord, peer: number): Route {
    // A claim counts from its coming; the record follows when it is on disk.
    if (standing !== "disputed" && this.#claimants[leafId] === undefined) {
      this.#owners[leafId] = peer;
      return "use";
    }
    const owner = this.#owners[leafId];
    if (owner === undefined || owner === this.#claimants[leafId]) return "apart";
    return peer === owner ? "use" : "refuse";
  }

  /** A registration was accepted: this address speaks for the leaf. */
  own(leafId: number, peer: number): void {
    this.#owners[leafId] = peer;
  }

  /** A registration was refused: this address claims the id. */
  contest(leafId: number, peer: number): void {
    this.#claimants[leafId] = peer;
  }

  /** The operator has decided for the claimant. */
  handOver(leafId: number): void {
    const claimant = this.#claimants[leafId];
    this.#claimants[leafId] = undefined;
    this.#owners[leafId] = claimant;
  }

  /** The operator has decided against the claimant. */
  keep(leafId: number): void {
    this.#claimants[leafId] = undefined;
  }
}
