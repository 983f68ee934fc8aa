/**
 * The ways between logical threads of a simulation: what the rings do, in memory. Messages are copied
 * and refs cross as data, so that what cannot cross fails here as well.
 *
 *   send ──▶ way of the lane ──flush──▶ seen by the other thread, which is woken if it sleeps ──▶ drain
 *
 * As with rings, what is not flushed is not seen, and only a thread whose last drain found nothing is
 * woken: a kernel that forgets either stands still here too.
 */
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import type { Random } from "../random.ts";
import { RingQueue } from "../ring-queue.ts";
import type { Lane, ThreadPort, ThreadReceiver } from "../threads/thread-port.ts";

/** How the actor system makes data of a ref, and a ref of data. */
export interface RefCodec {
  encodeRef(ref: object): unknown;
  decodeRef(data: unknown): object;
}

interface Letter {
  readonly target: number;
  readonly message: unknown;
  readonly bytes: { readonly tag: number; readonly atMs: number } | undefined;
}

/**
 * Messages on the way from one thread to another in one lane, before it counts as full: few, so that it
 * often is. A ring holds some 2,900 small ones.
 */
const WAY_LETTERS_MAX = 64;

export interface NetworkOptions {
  /** A drain hands over only some of what has arrived, as chance has it. */
  readonly shares?: Random;
  /** Default: 64. */
  readonly wayLettersMax?: number;
}

const LANES: readonly Lane[] = [0, 1, 2];

/** The way from one thread to another in one lane. */
class Way {
  readonly letters = new RingQueue<Letter>();
  /** How many of the letters, from the oldest, the other thread sees. */
  published = 0;
  /** A letter found no room: the sender is woken when there is some. */
  wantsRoom = false;
}

type RefClass = abstract new (...args: never[]) => object;

export class MemoryNetwork {
  readonly threads: readonly number[];
  readonly #ports: MemoryPort[] = [];
  readonly wayLettersMax: number;
  readonly #refClasses: readonly RefClass[];
  readonly #shares: Random | undefined;

  constructor(threads: number, refClasses: readonly RefClass[], options: NetworkOptions = {}) {
    this.#refClasses = refClasses;
    this.#shares = options.shares;
    this.wayLettersMax = options.wayLettersMax ?? WAY_LETTERS_MAX;
    this.threads = Array.from({ length: threads }, (_, thread) => thread);
    for (const self of this.threads) this.#ports.push(this.#portOf(self, 1));
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
    const port = this.#portOf(thread, this.port(thread).epoch + 1);
    this.#ports[thread] = port;
    return port;
  }

  /** Plain data with every ref made data, as a ring would carry it. */
  encode(value: unknown, codec: RefCodec): unknown {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new MycelError("E_INPUT", "A message between threads must be plain data.");
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.encode(each, codec));
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      const isRef = this.#refClasses.some((refClass) => value instanceof refClass);
      return isRef ? new CrossingRef(codec.encodeRef(value)) : structuredClone(value);
    }
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      copy[key] = this.encode((value as Record<string, unknown>)[key], codec);
    }
    return copy;
  }

  #portOf(self: number, epoch: number): MemoryPort {
    return new MemoryPort(this, self, epoch, this.#shares);
  }
}

class CrossingRef {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }
}

/** The copy belongs to its one reader, so refs are put into it. */
function decode(value: unknown, codec: RefCodec): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof CrossingRef) return codec.decodeRef(value.data);
  if (Array.isArray(value)) return value.map((each) => decode(each, codec));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    if (typeof field === "object" && field !== null) fields[key] = decode(field, codec);
  }
  return value;
}

export class MemoryPort implements ThreadPort {
  readonly self: number;
  readonly epoch: number;
  lost = false;
  readonly #network: MemoryNetwork;
  readonly #shares: Random | undefined;
  /** Ways to this thread by sender, then by lane. */
  readonly #arriving = new Map<number, readonly Way[]>();
  /** Threads that this one has written to since its last flush. */
  readonly #written = new Set<number>();
  /** The last drain found nothing: whoever publishes is to wake this thread. */
  #sleeps = false;
  #codec: RefCodec | undefined;
  #wake: () => void = () => {};

  constructor(network: MemoryNetwork, self: number, epoch: number, shares: Random | undefined) {
    this.#network = network;
    this.self = self;
    this.epoch = epoch;
    this.#shares = shares;
  }

  get threads(): readonly number[] {
    return this.#network.threads;
  }

  bindRefs(codec: RefCodec): void {
    this.#codec = codec;
  }

  send(thread: number, lane: Lane, target: number, message: unknown): boolean {
    const copy = this.#network.encode(message, this.#refs());
    return this.#post(thread, lane, { target, message: copy, bytes: undefined });
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
    return this.#post(thread, 2, {
      target,
      message: bytes.slice(start, end),
      bytes: { tag, atMs },
    });
  }

  canCross(message: unknown): boolean {
    try {
      this.#network.encode(message, this.#refs());
    } catch {
      return false;
    }
    return true;
  }

  flush(): void {
    for (const thread of this.#written) this.#publish(thread);
    this.#written.clear();
  }

  drain(receiver: ThreadReceiver, most: number): number {
    let left = this.#shareOf(most);
    const all = left;
    for (const lane of LANES) {
      for (const [from, ways] of this.#arriving) {
        left -= this.#drainWay(receiver, from, lane, ways[lane] as Way, left);
      }
    }
    this.#sleeps = left === all;
    return all - left;
  }

  /** Every letter wakes. */
  rest(): boolean {
    return false;
  }

  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  close(): void {
    this.#wake = () => {};
  }

  forget(thread: number): void {
    this.#arriving.delete(thread);
    this.#written.delete(thread);
  }

  #shareOf(most: number): number {
    if (this.#shares === undefined) return most;
    let arrived = 0;
    for (const ways of this.#arriving.values())
      for (const { published } of ways) arrived += published;
    return arrived < 2 ? most : Math.min(most, 1 + this.#shares.below(arrived));
  }

  #drainWay(receiver: ThreadReceiver, from: number, lane: Lane, way: Way, most: number): number {
    let handed = 0;
    while (handed < most && way.published > 0) {
      way.published -= 1;
      handed += 1;
      const { target, message, bytes } = way.letters.shift() as Letter;
      if (bytes === undefined) {
        receiver.onMessage(from, lane, target, decode(message, this.#refs()));
      } else {
        const copy = message as Uint8Array;
        receiver.onBytes(from, target, copy, 0, copy.length, bytes.tag, bytes.atMs);
      }
    }
    if (handed > 0 && way.wantsRoom) {
      way.wantsRoom = false;
      this.#network.port(from).#wake();
    }
    return handed;
  }

  #post(thread: number, lane: Lane, letter: Letter): boolean {
    const to = this.#network.port(thread);
    if (this.lost) return true;
    if (to.lost) throw new MycelError("E_THREAD_LOST", `Thread ${thread} is lost.`, { thread });
    const way = to.#wayFrom(this.self, lane);
    if (way.letters.count >= this.#network.wayLettersMax) {
      // What lies unpublished in a full way would never be drained.
      this.#publish(thread);
      way.wantsRoom = true;
      return false;
    }
    way.letters.push(letter);
    this.#written.add(thread);
    return true;
  }

  #publish(thread: number): void {
    const to = this.#network.port(thread);
    let isNew = false;
    for (const way of to.#arriving.get(this.self) ?? []) {
      isNew ||= way.published < way.letters.count;
      way.published = way.letters.count;
    }
    if (!isNew || !to.#sleeps) return;
    to.#sleeps = false;
    to.#wake();
  }

  #wayFrom(thread: number, lane: Lane): Way {
    let ways = this.#arriving.get(thread);
    if (ways === undefined) {
      ways = LANES.map(() => new Way());
      this.#arriving.set(thread, ways);
    }
    return ways[lane] as Way;
  }

  #refs(): RefCodec {
    invariant(this.#codec !== undefined, "refs are bound before the first message");
    return this.#codec;
  }
}
