/**
 * Stands a small number for each sender's address, so that a frame can cross threads with its way
 * back in one word. A number is never given to another sender while a hub may still hold it: the
 * table forgets whom it heard longest ago, and counts on.
 */

export interface Peer {
  readonly number: number;
  readonly address: string;
  readonly port: number;
  /** The how-many-th frame of all was its last. */
  heardAt: number;
}

/** Numbers stay positive 31-bit integers, which JavaScript engines keep unboxed. */
const NUMBER_MAX = 0x7fff_ffff;

export class PeerTable {
  readonly #peersMax: number;
  /** By port, then by address: no key is put together for a frame. */
  readonly #byPort = new Map<number, Map<string, Peer>>();
  readonly #byNumber = new Map<number, Peer>();
  #lastNumber = 0;
  #heard = 0;

  constructor(peersMax: number) {
    this.#peersMax = peersMax;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** The sender's entry, if it has one, which thereby counts as heard last. */
  hear(address: string, port: number): Peer | undefined {
    const peer = this.#byPort.get(port)?.get(address);
    if (peer !== undefined) peer.heardAt = ++this.#heard;
    return peer;
  }

  /** Enters a sender that `hear` did not find; at the bound the one heard longest ago goes. */
  add(address: string, port: number): Peer {
    if (this.#byNumber.size >= this.#peersMax) this.#forgetOldest();
    const peer: Peer = { number: this.#freeNumber(), address, port, heardAt: ++this.#heard };
    const neighbours = this.#byPort.get(port);
    if (neighbours === undefined) this.#byPort.set(port, new Map([[address, peer]]));
    else neighbours.set(address, peer);
    this.#byNumber.set(peer.number, peer);
    return peer;
  }

  find(number: number): Peer | undefined {
    return this.#byNumber.get(number);
  }

  /** Looks at all, some microseconds, for each new sender at the bound; hearing a known one costs nothing. */
  #forgetOldest(): void {
    let oldest: Peer | undefined;
    for (const peer of this.#byNumber.values()) {
      if (oldest === undefined || peer.heardAt < oldest.heardAt) oldest = peer;
    }
    if (oldest === undefined) return;
    const neighbours = this.#byPort.get(oldest.port);
    neighbours?.delete(oldest.address);
    if (neighbours?.size === 0) this.#byPort.delete(oldest.port);
    this.#byNumber.delete(oldest.number);
  }

  /** Ends because at most `peersMax` numbers are in use. */
  #freeNumber(): number {
    do {
      this.#lastNumber = this.#lastNumber === NUMBER_MAX ? 1 : this.#lastNumber + 1;
    } while (this.#byNumber.has(this.#lastNumber));
    return this.#lastNumber;
  }
}
