/**
 * What the samples of a leaf's channels come to in each hour of a day: 0.5 KB a day and channel. As a
 * row of the store, channel after channel, little-endian:
 *
 *   0           1          4
 *   channel u8  hours u24  for each hour whose bit is set: count u32, min f32, max f32, sum f64
 */
import type { ByteSink } from "./byte-sink.ts";
import { viewOf } from "./records.ts";
import { HOUR_MS } from "./tables.ts";

const HOURS = 24;
const CHANNEL_BYTES = 4;
const HOUR_BYTES = 20;

/** The hours of one channel's day. */
export class Hours {
  readonly counts = new Uint32Array(HOURS);
  readonly mins = new Float32Array(HOURS);
  readonly maxs = new Float32Array(HOURS);
  readonly sums = new Float64Array(HOURS);

  clear(): void {
    this.counts.fill(0);
  }

  add(hour: number, value: number): void {
    const count = this.counts[hour] as number;
    this.counts[hour] = count + 1;
    this.sums[hour] = count === 0 ? value : (this.sums[hour] as number) + value;
    if (count === 0 || value < (this.mins[hour] as number)) this.mins[hour] = value;
    if (count === 0 || value > (this.maxs[hour] as number)) this.maxs[hour] = value;
  }

  /** Reads what `DayRollup` wrote at `at`; returns where it ends. */
  read(row: Uint8Array, start: number): number {
    const view = viewOf(row);
    const set = view.getUint32(start, true) >>> 8;
    let at = start + CHANNEL_BYTES;
    this.clear();
    for (let hour = 0; hour < HOURS; hour++) {
      if ((set & (1 << hour)) === 0) continue;
      this.counts[hour] = view.getUint32(at, true);
      this.mins[hour] = view.getFloat32(at + 4, true);
      this.maxs[hour] = view.getFloat32(at + 8, true);
      this.sums[hour] = view.getFloat64(at + 12, true);
      at += HOUR_BYTES;
    }
    return at;
  }

  write(sink: ByteSink, channel: number): void {
    const head = sink.take(CHANNEL_BYTES);
    let set = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      const count = this.counts[hour] as number;
      if (count === 0) continue;
      set |= 1 << hour;
      const at = sink.take(HOUR_BYTES);
      sink.view.setUint32(at, count, true);
      sink.view.setFloat32(at + 4, this.mins[hour] as number, true);
      sink.view.setFloat32(at + 8, this.maxs[hour] as number, true);
      sink.view.setFloat64(at + 12, this.sums[hour] as number, true);
    }
    sink.view.setUint32(head, ((set << 8) | channel) >>> 0, true);
  }
}

/** All channels of a leaf's day; used again for day after day. */
export class DayRollup {
  /** By code; empty ones are kept. */
  readonly #hours: (Hours | undefined)[] = new Array(256);
  readonly #channels: number[] = [];

  /** Begins with what a row has, if there is one. */
  begin(row: Uint8Array | undefined): void {
    this.#channels.length = 0;
    for (let at = 0; row !== undefined && at < row.length; ) {
      at = this.#open(row[at] as number).read(row, at);
    }
  }

  add(channel: number, timeMs: number, value: number): void {
    const hours = this.#channels.includes(channel) ? this.#hours[channel] : this.#open(channel);
    hours?.add(Math.floor(timeMs / HOUR_MS), value);
  }

  write(sink: ByteSink): void {
    for (const channel of this.#channels) this.#hours[channel]?.write(sink, channel);
  }

  #open(channel: number): Hours {
    let hours = this.#hours[channel];
    if (hours === undefined) {
      hours = new Hours();
      this.#hours[channel] = hours;
    }
    hours.clear();
    this.#channels.push(channel);
    return hours;
  }
}

/** Reads one channel of a row into `hours`; false when the row has none of it. */
export function readHours(row: Uint8Array, channel: number, hours: Hours): boolean {
  for (let at = 0; at < row.length; ) {
    const code = row[at];
    at = hours.read(row, at);
    if (code === channel) return true;
  }
  return false;
}
