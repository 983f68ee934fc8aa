/**
 * The common message, `{ type, … }` with nothing nested, as words: msgpackr would take five times as long
 * to find its shape anew each time. All else is left to msgpackr (`record-codec.ts`).
 *
 *   shape, sent once: ["Reading", "leafId", "channel", "atMs"]
 *   message: │ shape │ leafId │ channel: head, bytes │ atMs: head, two words │
 *
 *   head: value << 3 | kind        int   value                 text  length, then Latin-1 in whole words
 *                                  wide  the next word         float the next two words
 *
 * A text is mostly the same as in the message before: each field keeps its last one with its words.
 */

import { invariant } from "../invariant.ts";

const VALUE = {
  int: 0,
  wide: 1,
  float: 2,
  text: 3,
  yes: 4,
  no: 5,
  nothing: 6,
  none: 7,
} as const;
const KIND_BITS = 3;
const KIND_MASK = 7;

/** As many kinds of message as a program may have; further ones, and dictionaries, go by msgpackr. */
const FLAT_SHAPES_MAX = 1_024;
const FIELDS_MAX = 16;
/** A type whose messages are mostly of other shapes is not worth another try. */
const MISSES_MAX = 16;
const TEXT_CHARS_MAX = 64;
const TEXT_WORDS = TEXT_CHARS_MAX / 4;
const MESSAGE_WORDS = 1 + FIELDS_MAX * (1 + TEXT_WORDS);

/** A shape as it crosses: the `type`, then the keys in their order, `type` among them. */
type ShapeText = readonly string[];

/** The last text of a field. */
class LastText {
  text: string | undefined = undefined;
  readonly words = new Int32Array(TEXT_WORDS);
}

class Shape {
  readonly id: number;
  readonly type: string;
  readonly keys: readonly string[];
  readonly texts: readonly LastText[];
  /** Messages in a row of this type that were not of this shape. */
  misses = 0;

  constructor(id: number, type: string, keys: readonly string[]) {
    this.id = id;
    this.type = type;
    this.keys = keys;
    this.texts = keys.map(() => new LastText());
  }
}

const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);

export class FlatEncoder {
  /** The last encoded message is `bytes[0, end)`, valid until the next `encode`. */
  readonly bytes: Uint8Array;
  end = 0;
  readonly #words = new Int32Array(MESSAGE_WORDS);
  readonly #shapes: Shape[] = [];
  /** The first shape of each type; undefined where that is not flat, or mostly missed. */
  readonly #byType = new Map<string, Shape | undefined>();
  #last: Shape | undefined;
  #at = 0;

  constructor() {
    this.bytes = new Uint8Array(this.#words.buffer);
  }

  /** False when the message is not one of these; nothing is lost then. */
  encode(message: unknown): boolean {
    if (typeof message !== "object" || message === null) return false;
    const { type } = message as { readonly type?: unknown };
    if (typeof type !== "string" || Object.getPrototypeOf(message) !== Object.prototype)
      return false;
    const shape = this.#last?.type === type ? this.#last : this.#shapeOf(type, message);
    if (shape === undefined) return false;
    if (this.#fits(message, shape)) {
      this.#last = shape;
      shape.misses = 0;
      return true;
    }
    shape.misses += 1;
    if (shape.misses >= MISSES_MAX) {
      this.#byType.set(type, undefined);
      this.#last = undefined;
    }
    return false;
  }

  get shapeCount(): number {
    return this.#shapes.length;
  }

  shapesFrom(first: number): Uint8Array {
    const texts = this.#shapes.slice(first).map(({ type, keys }): ShapeText => [type, ...keys]);
    return Buffer.from(JSON.stringify(texts));
  }

  #fits(message: object, shape: Shape): boolean {
    const { keys, texts } = shape;
    this.#words[0] = shape.id;
    this.#at = 1;
    let field = 0;
    for (const key in message) {
      if (key !== keys[field]) return false;
      if (key !== "type") {
        const value = (message as Readonly<Record<string, unknown>>)[key];
        if (!this.#put(value, texts[field] as LastText)) return false;
      }
      field += 1;
    }
    this.end = this.#at * 4;
    return field === keys.length;
  }

  #put(value: unknown, last: LastText): boolean {
    if (typeof value === "number") this.#putNumber(value);
    else if (typeof value === "string") return this.#putText(value, last);
    else if (typeof value === "boolean") this.#putWord(value ? VALUE.yes : VALUE.no);
    else if (value === undefined) this.#putWord(VALUE.nothing);
    else if (value === null) this.#putWord(VALUE.none);
    else return false;
    return true;
  }

  #putNumber(value: number): void {
    const int = value | 0;
    if (int !== value) {
      this.#putWord(VALUE.float);
      float[0] = value;
      this.#putWord(floatWords[0] as number);
      this.#putWord(floatWords[1] as number);
    } else if ((int << KIND_BITS) >> KIND_BITS === int) {
      this.#putWord((int << KIND_BITS) | VALUE.int);
    } else {
      this.#putWord(VALUE.wide);
      this.#putWord(int);
    }
  }

  #putText(text: string, last: LastText): boolean {
    if (text !== last.text && !learn(text, last)) return false;
    this.#putWord((text.length << KIND_BITS) | VALUE.text);
    const count = wordsOf(text.length);
    for (let i = 0; i < count; i += 1) this.#putWord(last.words[i] as number);
    return true;
  }

  #putWord(word: number): void {
    this.#words[this.#at] = word;
    this.#at += 1;
  }

  #shapeOf(type: string, message: object): Shape | undefined {
    const known = this.#byType.get(type);
    if (known !== undefined || this.#byType.has(type)) return known;
    if (this.#byType.size >= FLAT_SHAPES_MAX) return undefined;
    const keys = Object.keys(message);
    // `__proto__` as a key would be more than a field where the message is made anew.
    const isFlat =
      keys.length <= FIELDS_MAX &&
      !keys.includes("__proto__") &&
      !Object.values(message).some((value) => typeof value === "object" && value !== null);
    const shape = isFlat ? new Shape(this.#shapes.length, type, keys) : undefined;
    if (shape !== undefined) this.#shapes.push(shape);
    this.#byType.set(type, shape);
    return shape;
  }
}

/** Notes a text and its words; false when it is too long or not Latin-1. */
function learn(text: string, last: LastText): boolean {
  const { length } = text;
  if (length > TEXT_CHARS_MAX) return false;
  last.text = undefined;
  const { words } = last;
  for (let i = 0; i < length; i += 4) words[i >> 2] = 0;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return false;
    words[i >> 2] = (words[i >> 2] as number) | (code << ((i & 3) * 8));
  }
  last.text = text;
  return true;
}

const wordsOf = (chars: number): number => (chars + 3) >> 2;

type Make = (values: readonly unknown[]) => object;

export class FlatDecoder {
  readonly #shapes: { readonly shape: Shape; readonly make: Make }[] = [];
  /** Of the message at hand; `make` reads them. */
  readonly #values: unknown[] = new Array(FIELDS_MAX).fill(undefined);
  #at = 0;

  addShapes(bytes: Uint8Array, start: number, end: number): void {
    const texts = JSON.parse(Buffer.from(bytes.slice(start, end)).toString()) as ShapeText[];
    for (const [type, ...keys] of texts) {
      invariant(
        type !== undefined && !keys.includes("__proto__"),
        "a shape has a type and its keys",
      );
      const shape = new Shape(this.#shapes.length, type, keys);
      this.#shapes.push({ shape, make: maker(shape) });
    }
  }

  /** The message in `words[first, end)`. */
  decode(words: Int32Array, first: number, end: number): object {
    const known = this.#shapes[words[first] as number];
    invariant(known !== undefined && first < end, "a message follows its shape");
    const { keys, texts, type } = known.shape;
    const values = this.#values;
    this.#at = first + 1;
    for (let field = 0; field < keys.length; field += 1) {
      values[field] = keys[field] === "type" ? type : this.#take(words, texts[field] as LastText);
    }
    invariant(this.#at === end, "a message is as long as its fields");
    return known.make(values);
  }

  #take(words: Int32Array, last: LastText): unknown {
    const head = words[this.#at] as number;
    this.#at += 1;
    switch (head & KIND_MASK) {
      case VALUE.int:
        return head >> KIND_BITS;
      case VALUE.wide:
        this.#at += 1;
        return words[this.#at - 1];
      case VALUE.float:
        floatWords[0] = words[this.#at] as number;
        floatWords[1] = words[this.#at + 1] as number;
        this.#at += 2;
        return float[0];
      case VALUE.text:
        return this.#takeText(words, head >> KIND_BITS, last);
      case VALUE.yes:
        return true;
      case VALUE.no:
        return false;
      case VALUE.none:
        return null;
      default:
        return undefined;
    }
  }

  #takeText(words: Int32Array, length: number, last: LastText): string {
    invariant(length >= 0 && length <= TEXT_CHARS_MAX, "a text is a short one");
    const from = this.#at;
    const count = wordsOf(length);
    this.#at += count;
    let isSame = last.text?.length === length;
    for (let i = 0; isSame && i < count; i += 1) isSame = words[from + i] === last.words[i];
    if (isSame) return last.text as string;
    let text = "";
    for (let i = 0; i < length; i += 1) {
      const word = words[from + (i >> 2)] as number;
      text += String.fromCharCode((word >> ((i & 3) * 8)) & 0xff);
    }
    learn(text, last);
    return text;
  }
}

/** One literal for each shape, so that V8 makes all messages of it alike and at once. */
function maker({ keys }: Shape): Make {
  const fields = keys.map((key, field) => `${JSON.stringify(key)}: values[${field}]`);
  return new Function("values", `return { ${fields.join(", ")} };`) as Make;
}
