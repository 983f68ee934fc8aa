/**
 * Stands a number of 15 bits for each gateway that sends, so that it and the gateway's own number of a radio
 * peer make one peer number. At the bound the one heard longest ago is forgotten; its number is not given
 * again before all others were.
 */

/** A site has a handful of gateways; more are somebody's random senders. */
const SENDERS_MAX = 1_024;
const SLOT_MAX = 0x7fff;

export class SenderSlots {
  /** In the order last heard, but for the last two: a Map keeps the order of insertion. */
  readonly #byPeer = new Map<number, number>();
  readonly #bySlot = new Map<number, number>();
  #lastPeer = -1;
  #lastSlot = 0;
  #newest = 0;

  slotOf(peer: number): number {
    if (peer === this.#lastPeer) return this.#lastSlot;
    const slot = this.#byPeer.get(peer) ?? this.#newSlot(peer);
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, slot);
    this.#lastPeer = peer;
    this.#lastSlot = slot;
    return slot;
  }

  /** The driver's number of the sender that has this slot. */
  peerOf(slot: number): number | undefined {
    return this.#bySlot.get(slot);
  }

  /** A new driver numbers its peers anew; old slots lead nowhere. */
  clear(): void {
    this.#byPeer.clear();
    this.#bySlot.clear();
    this.#lastPeer = -1;
  }

  #newSlot(peer: number): number {
    for (const [oldest, slot] of this.#byPeer) {
      if (this.#byPeer.size < SENDERS_MAX) break;
      this.#byPeer.delete(oldest);
      this.#bySlot.delete(slot);
    }
    do {
      this.#newest = this.#newest === SLOT_MAX ? 1 : this.#newest + 1;
    } while (this.#bySlot.has(this.#newest));
    this.#bySlot.set(this.#newest, peer);
    return this.#newest;
  }
}
