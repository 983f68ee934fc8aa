/**
 * The ways between logical threads of a simulation: what the rings do, in memory. Messages are copied
 * and refs cross as data, so that what cannot cross fails here as well.
 */
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import type { Lane, ThreadPort, ThreadReceiver } from "../threads/thread-port.ts";

/** How the actor system makes data of a ref, and a ref of data. */
export interface RefCodec {
  encodeRef(ref: object): unknown;
  decodeRef(data: unknown): object;
}

interface Letter {
  readonly from: number;
  readonly lane: Lane;
  readonly target: number;
  readonly message: unknown;
  readonly bytes: { readonly tag: number; readonly atMs: number } | undefined;
}

/** Messages on the way from one thread to another, before it counts as full. */
export const WAY_LETTERS_MAX = 64;

export class MemoryNetwork {
  readonly #ports: MemoryPort[] = [];
  readonly #refClasses: readonly (abstract new (
    ...args: never[]
  ) => object)[];

  constructor(threads: number, refClasses: readonly (abstract new (...args: never[]) => object)[]) {
    this.#refClasses = refClasses;
    for (let self = 0; self < threads; self += 1) this.#ports.push(new MemoryPort(this, self, 1));
  }

  get threads(): readonly number[] {
    return this.#ports.map((port) => port.self);
  }

  port(thread: number): MemoryPort {
    const port = this.#ports[thread];
    invariant(port !== undefined, `thread ${thread} exists`);
    return port;
  }

  /** Nothing comes from it any more, as nothing is drained of a ring that is retired. */
  lose(thread: number): void {
    this.port(thread).lost = true;
    for (const other of this.#ports) other.forget(thread);
  }

  /** A fresh port in place of that of a lost thread; what lay on its ways is gone. */
  replace(thread: number): MemoryPort {
    const port = new MemoryPort(this, thread, this.port(thread).epoch + 1);
    this.#ports[thread] = port;
    return port;
  }

  /** Plain data with every ref made data, as a ring would carry it. */
  encode(value: unknown, codec: RefCodec): unknown {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new MycelError("E_INPUT", "A message between threads must be plain data.");
    }
    if (typeof value !== "object" || value === null) return value;
    if (this.#refClasses.some((refClass) => value instanceof refClass)) {
      return new CrossingRef(codec.encodeRef(value));
    }
    if (Array.isArray(value)) return value.map((each) => this.encode(each, codec));
    if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, this.encode(each, codec)]),
    );
  }
}

class CrossingRef {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }
}

function decode(value: unknown, codec: RefCodec): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof CrossingRef) return codec.decodeRef(value.data);
  if (Array.isArray(value)) return value.map((each) => decode(each, codec));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each, codec)]));
}

export class MemoryPort implements ThreadPort {
  readonly self: number;
  readonly epoch: number;
  lost = false;
  readonly #network: MemoryNetwork;
  /** Arrived, by sender and lane, oldest first. */
  readonly #arrived = new Map<number, Letter[]>();
  readonly #waitForRoom = new Set<MemoryPort>();
  #codec: RefCodec | undefined;
  #wake: () => void = () => {};

  constructor(network: MemoryNetwork, self: number, epoch: number) {
    this.#network = network;
    this.self = self;
    this.epoch = epoch;
  }

  get threads(): readonly number[] {
    return this.#network.threads;
  }

  bindRefs(codec: RefCodec): void {
    this.#codec = codec;
  }

  send(thread: number, lane: Lane, target: number, message: unknown): boolean {
    const copy = this.#network.encode(message, this.#refs());
    return this.#post(thread, { from: this.self, lane, target, message: copy, bytes: undefined });
  }

  sendBytes(
    thread: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const message = bytes.slice(start, end);
    return this.#post(thread, { from: this.self, lane: 2, target, message, bytes: { tag, atMs } });
  }

  flush(): void {}

  drain(receiver: ThreadReceiver, most: number): number {
    let handed = 0;
    for (const lane of [0, 1, 2]) {
      for (const [from, letters] of this.#arrived) {
        const due = letters.filter((letter) => letter.lane === lane).slice(0, most - handed);
        this.#arrived.set(
          from,
          (this.#arrived.get(from) ?? []).filter((each) => !due.includes(each)),
        );
        handed += due.length;
        for (const letter of due) this.#hand(receiver, letter);
      }
    }
    for (const port of [...this.#waitForRoom]) {
      this.#waitForRoom.delete(port);
      port.#wake();
    }
    return handed;
  }

  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  close(): void {
    this.#wake = () => {};
  }

  forget(thread: number): void {
    this.#arrived.delete(thread);
  }

  #post(thread: number, letter: Letter): boolean {
    const to = this.#network.port(thread);
    if (this.lost) return true;
    if (to.lost) throw new MycelError("E_THREAD_LOST", `Thread ${thread} is lost.`, { thread });
    let letters = to.#arrived.get(this.self);
    if (letters === undefined) {
      letters = [];
      to.#arrived.set(this.self, letters);
    }
    if (letters.filter(({ lane }) => lane === letter.lane).length >= WAY_LETTERS_MAX) {
      to.#waitForRoom.add(this);
      return false;
    }
    letters.push(letter);
    to.#wake();
    return true;
  }

  #hand(receiver: ThreadReceiver, { from, lane, target, message, bytes }: Letter): void {
    if (bytes === undefined) {
      receiver.onMessage(from, lane, target, decode(message, this.#refs()));
    } else {
      const copy = message as Uint8Array;
      receiver.onBytes(from, target, copy, 0, copy.length, bytes.tag, bytes.atMs);
    }
  }

  #refs(): RefCodec {
    invariant(this.#codec !== undefined, "refs are bound before the first message");
    return this.#codec;
  }
}
