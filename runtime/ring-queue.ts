/** First in, first out, in a ring that doubles as it fills and is let go when a burst is over. */

const SLOTS_MIN = 4;
/** A ring beyond this is let go when it runs empty: 32 KiB. */
const SLOTS_KEPT_MAX = 4_096;

export class RingQueue<T> {
  /** A power of two, once there is anything. */
  #slots: (T | undefined)[] = [];
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(item: T): void {
    if (this.#count === this.#slots.length) this.grow();
    this.#slots[(this.#head + this.#count) & (this.#slots.length - 1)] = item;
    this.#count += 1;
  }

  first(): T | undefined {
    return this.#count === 0 ? undefined : this.#slots[this.#head];
  }

  /** A copy, oldest first. */
  items(): T[] {
    const slots = this.#slots;
    const items: T[] = [];
    for (let i = 0; i < this.#count; i += 1) {
      items.push(slots[(this.#head + i) & (slots.length - 1)] as T);
    }
    return items;
  }

  shift(): T | undefined {
    if (this.#count === 0) return undefined;
    const slots = this.#slots;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#count -= 1;
    if (this.#count === 0 && slots.length > SLOTS_KEPT_MAX) {
      this.#slots = [];
      this.#head = 0;
    }
    return item;
  }

  /** Takes the item at `index` from the front; the first one takes its place. */
  shiftAt(index: number): T | undefined {
    if (index > 0 && index < this.#count) {
      const mask = this.#slots.length - 1;
      const at = (this.#head + index) & mask;
      const item = this.#slots[at];
      this.#slots[at] = this.#slots[this.#head];
      this.#slots[this.#head] = item;
    }
    return this.shift();
  }

  private grow(): void {
    const old = this.#slots;
    const slots: (T | undefined)[] = new Array(Math.max(SLOTS_MIN, old.length * 2)).fill(undefined);
    for (let i = 0; i < this.#count; i += 1) slots[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = slots;
    this.#head = 0;
  }
}
