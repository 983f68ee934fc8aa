/**
 * Messages as bytes, where they are not flat (`flat-codec.ts`): msgpackr records, in which an object's keys
 * travel once and are then a number.
 *
 *   message ─encode─▶ shapes not yet sent to this ring + record ─▶ ring ─▶ decode ─▶ message
 *
 * msgpackr's own `sequential` mode would weave new shapes into the message that first needs them; a
 * message refused by a full ring would take them with it. So shapes go in records of their own, and
 * each ring counts how many of the encoder's shapes it has carried.
 *
 * What survives: plain objects, arrays, strings, numbers, bigint, booleans, null, undefined, Map,
 * Set, Date, Error (name, message, cause), RegExp, typed arrays, ActorRefs. A function, a symbol or a
 * cycle is refused; -0 arrives as 0.
 */
import { addExtension, Packr, Unpackr } from "msgpackr";
import { MycelError } from "../errors.ts";
import { WordCopy } from "../word-copy.ts";
import { INLINE_BYTES_MAX } from "./shared-layout.ts";

/** How a ref crosses: as plain data, made a ref again by the actor system on the other side. */
export interface RefCodec {
  encodeRef(ref: object): unknown;
  decodeRef(data: unknown): object;
}

/**
 * Shapes beyond this number travel with each message. A program has one for each kind of message; what
 * could run past it are objects used as dictionaries.
 */
const SHAPES_MAX = 1_024;

/** An object with more keys than this is a dictionary, whose shape is not worth remembering. */
const SHAPE_KEYS_MAX = 48;

/** msgpackr's extension number of a ref; 0x01..0x1f are free for applications. */
const REF_EXTENSION = 0x11;

/** `REUSE_BUFFER_MODE | RESET_BUFFER_MODE`: the result lies in msgpackr's buffer until the next pack. */
const IN_PLACE = 512 + 1024;

/** The codec at work on this thread, since a msgpackr extension is global and gets no context. */
let refsInUse: RefCodec | undefined;

/** Teaches msgpackr on this thread that instances of `refClass` are refs. */
export function registerRefClass(refClass: abstract new (...args: never[]) => object): void {
  addExtension({
    Class: refClass,
    type: REF_EXTENSION,
    write: (ref: object) => refsInUse?.encodeRef(ref),
    read: (data: unknown) => refsInUse?.decodeRef(data),
  });
}

type Shapes = string[][] & { sharedLength?: number };

export class RecordEncoder {
  /** The last encoded message is `bytes[start, end)`, valid until the next `encode`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  readonly #shapes: Shapes = [];
  readonly #packr: Packr;
  readonly #refs: RefCodec;

  constructor(refs: RefCodec) {
    this.#refs = refs;
    this.#packr = new Packr({
      structures: this.#shapes,
      maxSharedStructures: SHAPES_MAX,
      shouldShareStructure: (keys) => keys.length <= SHAPE_KEYS_MAX,
      moreTypes: true,
      useBigIntExtension: true,
      useToJSON: false,
      writeFunction: () => {
        throw new TypeError("a function cannot cross threads");
      },
    });
  }

  /** Throws `E_INPUT` for what cannot cross. */
  encode(message: unknown): void {
    refsInUse = this.#refs;
    try {
      const packed: Uint8Array & { start?: number; end?: number } = this.#packr.pack(
        message,
        IN_PLACE,
      );
      this.bytes = packed;
      this.start = packed.start as number;
      this.end = packed.end as number;
    } catch (cause) {
      throw new MycelError(
        "E_INPUT",
        `A message between threads must be plain data: ${String(cause)}.`,
        { reason: "notPlainData" },
        cause,
      );
    }
  }

  get shapeCount(): number {
    return this.#shapes.sharedLength ?? 0;
  }

  shapesFrom(first: number): Uint8Array {
    return Buffer.from(JSON.stringify(this.#shapes.slice(first, this.shapeCount)));
  }
}

/**
 * Where a payload is copied before it is decoded: msgpackr reads strings natively from ordinary
 * memory, and a decoded byte array must not be a view of the ring.
 */
const scratch = Buffer.allocUnsafeSlow(INLINE_BYTES_MAX);
const scratchWords = new Int32Array(scratch.buffer);
const range = { start: 0, end: 0 };

export class RecordDecoder {
  readonly #shapes: Shapes = [];
  readonly #unpackr: Unpackr;
  readonly #copier = new WordCopy();
  readonly #refs: RefCodec;

  constructor(refs: RefCodec) {
    this.#refs = refs;
    this.#unpackr = new Unpackr({
      structures: this.#shapes,
      moreTypes: true,
      useBigIntExtension: true,
      copyBuffers: true,
    });
  }

  addShapes(bytes: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(bytes.slice(start, end)).toString();
    for (const keys of JSON.parse(text) as string[][]) {
      const id = this.#shapes.length;
      // What msgpackr notes on a shape it has read itself: ids beyond 32 take a second byte.
      Object.assign(keys, { isShared: true }, id >= 32 ? { highByte: (id - 32) >> 5 } : {});
      this.#shapes.push(keys);
      this.#shapes.sharedLength = this.#shapes.length;
    }
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    refsInUse = this.#refs;
    const count = end - start;
    if (count > scratch.length) {
      return this.#unpackr.unpack(Buffer.from(bytes.buffer, bytes.byteOffset + start, count));
    }
    this.#copier.copy(bytes, start, end, scratch, scratchWords, 0);
    range.end = count;
    return this.#unpackr.unpack(scratch, range);
  }
}
