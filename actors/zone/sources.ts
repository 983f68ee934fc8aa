/**
 * Which sources a zone hears, so that their number stays bounded: foreign devices on the bus may
 * invent names without end. The least recently heard gives way to a new one.
 */
import { isLessTrusted } from "./causes.ts";
import type { Origin } from "./messages.ts";

/** 16 hubs full of leaves. At some 200 bytes of readings each, under a megabyte a zone. */
export const SOURCES_MAX = 4_096;

export class Sources {
  /** An object each, whose time is written over: a map of numbers would make one at each report. */
  readonly #heard = new Map<string, { atMs: number; origin: Origin }>();
  readonly #most: number;

  constructor(most: number = SOURCES_MAX) {
    this.#most = most;
  }

  /** The source that had to give way, if one had to. */
  hear(source: string, atMs: number, origin: Origin = "sensor"): string | undefined {
    const known = this.#heard.get(source);
    if (known !== undefined) {
      known.atMs = atMs;
      // One name, and once an unknown device's: it may be that device again.
      if (isLessTrusted(origin, known.origin)) known.origin = origin;
      return undefined;
    }
    const dropped = this.#heard.size === this.#most ? this.#oldest() : undefined;
    if (dropped !== undefined) this.#heard.delete(dropped);
    this.#heard.set(source, { atMs, origin });
    return dropped;
  }

  /** Of one that was never heard: a stranger's. */
  originOf(source: string): Origin {
    return this.#heard.get(source)?.origin ?? "stranger";
  }

  forget(source: string): void {
    this.#heard.delete(source);
  }

  /** A walk over all: only when a new source comes into a full zone. */
  #oldest(): string | undefined {
    let oldest: string | undefined;
    let oldestMs = Infinity;
    for (const [source, { atMs }] of this.#heard) {
      if (atMs < oldestMs) [oldest, oldestMs] = [source, atMs];
    }
    return oldest;
  }
}

/** By which number leaves send their readings, kept by the zone's parent over its restarts. */
export class SourceNames {
  readonly #names = new Map<number, string>();
  readonly #numbers = new Map<string, number>();

  name(number: number, source: string): void {
    const before = this.#names.get(number);
    if (before === source) return;
    if (before !== undefined) this.forget(before);
    // What a zone has forgotten is gone from here too; after a restart it may not know whom to forget.
    for (const oldest of this.#numbers.keys()) {
      if (this.#numbers.size < SOURCES_MAX) break;
      this.forget(oldest);
    }
    this.forget(source);
    this.#names.set(number, source);
    this.#numbers.set(source, number);
  }

  of(number: number): string | undefined {
    return this.#names.get(number);
  }

  forget(source: string): void {
    const number = this.#numbers.get(source);
    if (number === undefined) return;
    this.#numbers.delete(source);
    this.#names.delete(number);
  }
}
