/**
 * Stands a small number for each sender's address, so that a frame can cross threads with its way
 * back in one word. A number is never given to another sender while a hub may still hold it: the
 * table forgets whom it heard longest ago, and counts on.
 */

export interface Peer {
  readonly number: number;
  readonly address: string;
  readonly port: number;
}

/** Numbers stay positive 31-bit integers, which JavaScript engines keep unboxed. */
const NUMBER_MAX = 0x7fff_ffff;

export class PeerTable {
  readonly #peersMax: number;
  /** In the order last heard, oldest first: a Map keeps the order of insertion. */
  readonly #byAddress = new Map<string, Peer>();
  readonly #byNumber = new Map<number, Peer>();
  #lastHeard: Peer | undefined;
  #lastNumber = 0;

  constructor(peersMax: number) {
    this.#peersMax = peersMax;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** The sender's entry, if it has one, which thereby counts as heard last. */
  hear(address: string, port: number): Peer | undefined {
    const last = this.#lastHeard;
    // A process that emulates many leaves sends for all of them from one socket.
    if (last !== undefined && last.port === port && last.address === address) return last;
    const key = keyOf(address, port);
    const peer = this.#byAddress.get(key);
    if (peer === undefined) return undefined;
    this.#byAddress.delete(key);
    this.#byAddress.set(key, peer);
    this.#lastHeard = peer;
    return peer;
  }

  /** Enters a sender that `hear` did not find; at the bound the one heard longest ago goes. */
  add(address: string, port: number): Peer {
    if (this.#byNumber.size >= this.#peersMax) this.#forgetOldest();
    const peer: Peer = { number: this.#freeNumber(), address, port };
    this.#byAddress.set(keyOf(address, port), peer);
    this.#byNumber.set(peer.number, peer);
    this.#lastHeard = peer;
    return peer;
  }

  find(number: number): Peer | undefined {
    return this.#byNumber.get(number);
  }

  #forgetOldest(): void {
    for (const [key, peer] of this.#byAddress) {
      this.#byAddress.delete(key);
      this.#byNumber.delete(peer.number);
      if (this.#lastHeard === peer) this.#lastHeard = undefined;
      return;
    }
  }

  /** Ends because at most `peersMax` numbers are in use. */
  #freeNumber(): number {
    do {
      this.#lastNumber = this.#lastNumber === NUMBER_MAX ? 1 : this.#lastNumber + 1;
    } while (this.#byNumber.has(this.#lastNumber));
    return this.#lastNumber;
  }
}

const keyOf = (address: string, port: number): string => `${address} ${port}`;
