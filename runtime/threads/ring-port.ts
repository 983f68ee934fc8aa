/**
 * The `ThreadPort` of one thread: a `Peer` for each other thread, drained lane by lane.
 *
 *   drain: system of all peers ▶ control of all peers ▶ data of all peers
 *   rest:  look out for more ▶ sleep in the event loop until the bell
 *
 * A lost thread has no peer here until a fresh one takes its number; sending to it is refused.
 */
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { Doorbell } from "./doorbell.ts";
import { FlatEncoder } from "./flat-codec.ts";
import { Lookout } from "./lookout.ts";
import { Peer, type PeerEnd } from "./peer.ts";
import { RecordEncoder, type RefCodec } from "./record-codec.ts";
import { MESSAGE_BYTES_MAX, THREAD, threadWord } from "./shared-layout.ts";
import { LANE, type Lane, type ThreadPort, type ThreadReceiver } from "./thread-port.ts";

const LANES: readonly Lane[] = [LANE.system, LANE.control, LANE.data];

export interface RingPortOptions {
  readonly self: number;
  readonly epoch: number;
  /** The node's buffer of thread words, see `THREAD`. */
  readonly words: Int32Array;
  readonly ends: readonly PeerEnd[];
}

export class RingPort implements ThreadPort {
  readonly self: number;
  readonly epoch: number;
  readonly threads: readonly number[];
  readonly #words: Int32Array;
  readonly #probe: number;
  readonly #beat: number;
  readonly #bell: Doorbell;
  readonly #encoder: RecordEncoder;
  readonly #flatEncoder = new FlatEncoder();
  readonly #refs: LateRefs;
  /** By thread number; undefined at `self` and where a thread is lost. */
  readonly #peers: (Peer | undefined)[] = [];
  /** The peer whose data is drained first; turns, so that a busy one cannot keep others out. */
  #first = 0;
  #wake: () => void = () => {};
  readonly #lookout = new Lookout(() => this.#arrived());

  constructor({ self, epoch, words, ends }: RingPortOptions) {
    this.self = self;
    this.epoch = epoch;
    this.threads = [self, ...ends.map((end) => end.thread)].sort((a, b) => a - b);
    this.#words = words;
    this.#probe = threadWord(self, THREAD.probe);
    this.#beat = threadWord(self, THREAD.beat);
    this.#bell = new Doorbell(words, self);
    this.#refs = new LateRefs();
    this.#encoder = new RecordEncoder(this.#refs);
    for (const end of ends) this.attach(end);
  }

  /** Until this is called, no ref can be sent or received. */
  bindRefs(codec: RefCodec): void {
    this.#refs.codec = codec;
  }

  /** Takes a thread, or the fresh one in place of a lost one, as peer. */
  attach(end: PeerEnd): void {
    this.detach(end.thread);
    const encoders = { flat: this.#flatEncoder, record: this.#encoder };
    this.#peers[end.thread] = new Peer(end, this.#bell, encoders, this.#refs, () => this.#wake());
  }

  /** Forgets a lost thread and what it sent but nobody has drained. */
  detach(thread: number): void {
    this.#peers[thread]?.close();
    this.#peers[thread] = undefined;
  }

  send(thread: number, lane: Lane, target: number, message: unknown): boolean {
    return this.#peer(thread).send(lane, target, message);
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
    return this.#peer(thread).sendBytes(LANE.data, target, bytes, start, end, tag, atMs);
  }

  canCross(message: unknown): boolean {
    try {
      this.#encoder.encode(message);
    } catch {
      return false;
    }
    return this.#encoder.end - this.#encoder.start <= MESSAGE_BYTES_MAX;
  }

  flush(): void {
    for (const peer of this.#peers) peer?.flush();
  }

  drain(receiver: ThreadReceiver, most: number): number {
    this.#answerWatchdog();
    this.#bell.disarm();
    return this.#drainLanes(receiver, most);
  }

  rest(): boolean {
    if (this.#lookout.look()) return true;
    this.#bell.arm();
    return this.#arrived();
  }

  /** Wakes a thread whether it sleeps or not, for the watchdog's question. */
  nudge(thread: number): void {
    this.#peers[thread]?.ring();
  }

  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  close(): void {
    this.#wake = () => {};
    for (const thread of this.threads) this.detach(thread);
  }

  #drainLanes(receiver: ThreadReceiver, most: number): number {
    const peers = this.#peers;
    const count = peers.length;
    this.#first = (this.#first + 1) % count;
    let handed = 0;
    for (const lane of LANES) {
      for (let i = 0; i < count && handed < most; i += 1) {
        const peer = peers[(this.#first + i) % count];
        if (peer !== undefined) handed += peer.drain(lane, receiver, most - handed);
      }
    }
    return handed;
  }

  #arrived(): boolean {
    for (const peer of this.#peers) if (peer?.arrived()) return true;
    return false;
  }

  /** A thread that gets to drain is alive: the watchdog's last question is answered here. */
  #answerWatchdog(): void {
    const asked = Atomics.load(this.#words, this.#probe);
    if (asked !== Atomics.load(this.#words, this.#beat))
      Atomics.store(this.#words, this.#beat, asked);
  }

  #peer(thread: number): Peer {
    const peer = this.#peers[thread];
    if (peer !== undefined) return peer;
    invariant(thread !== this.self, "a thread sends nothing to itself through its port");
    throw new MycelError(
      "E_THREAD_LOST",
      `Thread ${thread} is lost; send again when it is replaced.`,
      {
        thread,
      },
    );
  }
}

/** The port exists before the actor system that knows what a ref is. */
class LateRefs implements RefCodec {
  codec: RefCodec | undefined;

  encodeRef(ref: object): unknown {
    invariant(this.codec !== undefined, "refs are bound before the first message");
    return this.codec.encodeRef(ref);
  }

  decodeRef(data: unknown): object {
    invariant(this.codec !== undefined, "refs are bound before the first message");
    return this.codec.decodeRef(data);
  }
}
