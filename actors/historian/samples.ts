/** Samples and steps as columns: what a query gathers, without an object each. */

const COUNT_FIRST = 1_024;

export class Samples {
  count = 0;
  atMs = new Float64Array(COUNT_FIRST);
  values = new Float32Array(COUNT_FIRST);
  /** The same as `values`, so that a value is copied bit by bit. */
  bits = new Int32Array(this.values.buffer);

  add(atMs: number, bits: number): void {
    if (this.count === this.atMs.length) this.reserve(1);
    this.atMs[this.count] = atMs;
    this.bits[this.count++] = bits;
  }

  /** Room for so many more. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.atMs.length) return;
    const length = Math.max(needed, 2 * this.atMs.length);
    const { atMs, bits } = this;
    this.atMs = new Float64Array(length);
    this.atMs.set(atMs);
    this.values = new Float32Array(length);
    this.bits = new Int32Array(this.values.buffer);
    this.bits.set(bits);
  }

  /** Sorts those from `start` on by time; those of one time stay as they came. */
  sort(start: number): void {
    let i = start + 1;
    while (i < this.count && (this.atMs[i] as number) >= (this.atMs[i - 1] as number)) i += 1;
    if (i >= this.count) return;
    const atMs = this.atMs.slice(start, this.count);
    const bits = this.bits.slice(start, this.count);
    const order = Array.from(atMs.keys());
    order.sort((a, b) => (atMs[a] as number) - (atMs[b] as number));
    for (const [to, from] of order.entries()) {
      this.atMs[start + to] = atMs[from] as number;
      this.bits[start + to] = bits[from] as number;
    }
  }
}

export class Steps {
  readonly stepMs: number;
  count = 0;
  /** Where each begins; in order after `sort`. */
  atMs = new Float64Array(COUNT_FIRST);
  counts = new Float64Array(COUNT_FIRST);
  sums = new Float64Array(COUNT_FIRST);
  mins = new Float32Array(COUNT_FIRST);
  maxs = new Float32Array(COUNT_FIRST);
  readonly #places = new Map<number, number>();
  #last = -1;
  #lastEndMs = Number.NEGATIVE_INFINITY;

  constructor(stepMs: number) {
    this.stepMs = stepMs;
  }

  /** Samples that all lie in one step, at `atMs` or later. */
  add(atMs: number, count: number, sum: number, min: number, max: number): void {
    const i = this.#placeOf(atMs);
    this.counts[i] = (this.counts[i] as number) + count;
    this.sums[i] = (this.sums[i] as number) + sum;
    if (min < (this.mins[i] as number)) this.mins[i] = min;
    if (max > (this.maxs[i] as number)) this.maxs[i] = max;
  }

  #placeOf(atMs: number): number {
    if (atMs < this.#lastEndMs && atMs >= this.#lastEndMs - this.stepMs) return this.#last;
    const startMs = Math.floor(atMs / this.stepMs) * this.stepMs;
    let place = this.#places.get(startMs);
    if (place === undefined) {
      if (this.count === this.atMs.length) this.#grow();
      place = this.count++;
      this.atMs[place] = startMs;
      this.mins[place] = Number.POSITIVE_INFINITY;
      this.maxs[place] = Number.NEGATIVE_INFINITY;
      this.#places.set(startMs, place);
    }
    this.#last = place;
    this.#lastEndMs = startMs + this.stepMs;
    return place;
  }

  #grow(): void {
    const length = 2 * this.atMs.length;
    const grown = <A extends Float64Array | Float32Array>(larger: A, array: A): A => {
      larger.set(array);
      return larger;
    };
    this.atMs = grown(new Float64Array(length), this.atMs);
    this.counts = grown(new Float64Array(length), this.counts);
    this.sums = grown(new Float64Array(length), this.sums);
    this.mins = grown(new Float32Array(length), this.mins);
    this.maxs = grown(new Float32Array(length), this.maxs);
  }

  /** The places in order of time. */
  inOrder(): number[] {
    return Array.from({ length: this.count }, (_, i) => i).sort(
      (a, b) => (this.atMs[a] as number) - (this.atMs[b] as number),
    );
  }
}
