/**
 * Wrong passwords on the broker, each compared at the cost of a hash. A device behind an address that many share must
 * not shut the others out, so that a name from one network waits long, and the network as a whole a second at most.
 */
import { keyOf, networkOf, Waits } from "../attempts.ts";

const PAIR_WAIT_MS_MAX = 900_000;
const NETWORK_WAIT_MS_MAX = 1_000;

export class BrokerGuesses {
  readonly #pairs: Waits;
  readonly #networks: Waits;

  constructor(nowMs: () => number) {
    this.#pairs = new Waits({ free: 5, waitMsMax: PAIR_WAIT_MS_MAX }, nowMs);
    this.#networks = new Waits({ free: 100, waitMsMax: NETWORK_WAIT_MS_MAX }, nowMs);
  }

  mustWait(address: string, name: string): boolean {
    const network = networkOf(address);
    return this.#pairs.waitMs(pair(network, name)) > 0 || this.#networks.waitMs(network) > 0;
  }

  failed(address: string, name: string): void {
    const network = networkOf(address);
    this.#pairs.failed(pair(network, name));
    this.#networks.failed(network);
  }

  succeeded(address: string, name: string): void {
    this.#pairs.forget(pair(networkOf(address), name));
  }
}

const pair = (network: string, name: string): string => `${network} ${keyOf(name)}`;
