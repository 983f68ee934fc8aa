/**
 * The window in which a hub takes devices in: opened by an operator for a time, with the install code of
 * one device, or for all whose codes come from the fleet's secret. Pure.
 */
import { expandKey } from "../../../transports/frame/sealed/aes.ts";
import { fleetInstallCode, pairingKey } from "../../../transports/frame/sealed/seal.ts";

/**
 * Requests that fail under the window's key: a wrong code typed in makes a few, beyond this somebody
 * guesses. A code has 128 bits: it is the hub's time that is protected.
 */
export const PAIR_FAILURES_MAX = 64;

export interface PairingAsk {
  readonly forS: number;
  /** Of one device; undefined: of all of the fleet. */
  readonly installCode: Uint8Array | undefined;
  /** The id that the device is to have, instead of a free one. */
  readonly leafId: number | undefined;
}

export class PairingWindow {
  readonly #fleetSecret: Uint8Array | undefined;
  #ask: PairingAsk | undefined;
  #untilMs = 0;
  #failures = 0;
  /** EUI in hex of the one device that it is for. */
  #only: string | undefined;

  constructor(fleetSecret: Uint8Array | undefined) {
    this.#fleetSecret = fleetSecret;
  }

  get canOpenForFleet(): boolean {
    return this.#fleetSecret !== undefined;
  }

  /** The id that whoever comes is to have. */
  get leafId(): number | undefined {
    return this.#ask?.leafId;
  }

  open(ask: PairingAsk, nowMs: number): number {
    this.#ask = ask;
    this.#untilMs = nowMs + ask.forS * 1_000;
    this.#failures = 0;
    this.#only = undefined;
    return this.#untilMs;
  }

  close(): void {
    this.#ask = undefined;
  }

  isOpen(nowMs: number): boolean {
    return this.#ask !== undefined && nowMs < this.#untilMs;
  }

  /** Under which the request of this device has to be sealed; undefined: the window is not for it. */
  keyOf(eui: Uint8Array, name: string): Int32Array | undefined {
    if (this.#only !== undefined && this.#only !== name) return undefined;
    const code =
      this.#ask?.installCode ?? (this.#fleetSecret && fleetInstallCode(this.#fleetSecret, eui));
    return code && expandKey(pairingKey(code));
  }

  /**
   * A device has come in. An install code is of one, and so is an id: it may ask again, should the answer
   * be lost.
   */
  paired(name: string): void {
    if (this.#ask?.installCode !== undefined || this.#ask?.leafId !== undefined) this.#only = name;
  }

  /** A request that is not under the window's key. True when it was one too many, and the window closes. */
  failed(): boolean {
    this.#failures += 1;
    if (this.#failures < PAIR_FAILURES_MAX) return false;
    this.close();
    return true;
  }
}
