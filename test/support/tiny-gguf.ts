/**
 * Writes a GGUF file of some 140 kB with random weights: one llama layer over a vocabulary of bytes. It loads and
 * generates, which proves the path; what it says means nothing.
 *
 *   "GGUF" version tensors keys │ key type value … │ name dims kind offset … │ pad │ data, each padded to 32
 *
 * The layout is GGUF's own specification (ggml/docs/gguf.md), version 3, little endian.
 */
import { seededRandom } from "../../runtime/random.ts";

const KIND = { u32: 4, f32: 6, bool: 7, text: 8, list: 9, i32: 5 } as const;
const ALIGNMENT = 32;
const WIDTH = 32;
const HEADS = 2;
const HIDDEN = 64;
const CONTEXT_TOKENS = 4_096;

export function tinyGguf(seed = 1): Buffer {
  const { tokens, kinds, scores } = vocabulary();
  const tensors = layers(tokens.length, seed);
  const keys = [
    text("general.architecture", "llama"),
    text("general.name", "tiny-random"),
    u32("general.alignment", ALIGNMENT),
    u32("llama.context_length", CONTEXT_TOKENS),
    u32("llama.embedding_length", WIDTH),
    u32("llama.block_count", 1),
    u32("llama.feed_forward_length", HIDDEN),
    u32("llama.attention.head_count", HEADS),
    u32("llama.attention.head_count_kv", HEADS),
    f32("llama.attention.layer_norm_rms_epsilon", 1e-5),
    u32("llama.rope.dimension_count", WIDTH / HEADS),
    u32("llama.vocab_size", tokens.length),
    text("tokenizer.ggml.model", "llama"),
    list("tokenizer.ggml.tokens", KIND.text, tokens.map(string)),
    list("tokenizer.ggml.scores", KIND.f32, scores.map(float)),
    list("tokenizer.ggml.token_type", KIND.i32, kinds.map(word)),
    u32("tokenizer.ggml.bos_token_id", 1),
    u32("tokenizer.ggml.eos_token_id", 2),
    u32("tokenizer.ggml.unknown_token_id", 0),
    entry("tokenizer.ggml.add_bos_token", KIND.bool, Buffer.of(1)),
    entry("tokenizer.ggml.add_space_prefix", KIND.bool, Buffer.of(0)),
  ];
  let offset = 0;
  const infos = tensors.map(({ name, dims, data }) => {
    const info = [string(name), word(dims.length), ...dims.map(long), word(0), long(offset)];
    offset += padded(data).length;
    return Buffer.concat(info);
  });
  const head = [Buffer.from("GGUF"), word(3), long(tensors.length), long(keys.length)];
  const before = padded(Buffer.concat([...head, ...keys, ...infos]));
  return Buffer.concat([before, ...tensors.map(({ data }) => padded(data))]);
}

/** SentencePiece's: unknown, begin, end, the 256 bytes, and printable ASCII with the blank as U+2581. */
function vocabulary() {
  const rows: [token: string, kind: number, score: number][] = [
    ["<unk>", 2, 0],
    ["<s>", 3, 0],
    ["</s>", 3, 0],
  ];
  for (let byte = 0; byte < 256; byte++) {
    rows.push([`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, 6, 0]);
  }
  rows.push(["\u2581", 1, -1]);
  for (let code = 33; code < 127; code++) rows.push([String.fromCharCode(code), 1, 31 - code]);
  return {
    tokens: rows.map(([token]) => token),
    kinds: rows.map(([, kind]) => kind),
    scores: rows.map(([, , score]) => score),
  };
}

function layers(vocabularySize: number, seed: number) {
  const random = seededRandom(seed);
  /** Box and Muller. */
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const tensor = (name: string, dims: readonly number[], scale: number | "ones") => {
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    for (let at = 0; at < values.length; at++) values[at] = scale === "ones" ? 1 : normal() * scale;
    return { name, dims, data: Buffer.from(values.buffer) };
  };
  const inner = 1 / Math.sqrt(WIDTH);
  return [
    tensor("token_embd.weight", [WIDTH, vocabularySize], 1),
    tensor("blk.0.attn_norm.weight", [WIDTH], "ones"),
    ...["attn_q", "attn_k", "attn_v", "attn_output"].map((part) =>
      tensor(`blk.0.${part}.weight`, [WIDTH, WIDTH], inner),
    ),
    tensor("blk.0.ffn_norm.weight", [WIDTH], "ones"),
    tensor("blk.0.ffn_gate.weight", [WIDTH, HIDDEN], inner),
    tensor("blk.0.ffn_up.weight", [WIDTH, HIDDEN], inner),
    tensor("blk.0.ffn_down.weight", [HIDDEN, WIDTH], 1 / Math.sqrt(HIDDEN)),
    tensor("output_norm.weight", [WIDTH], "ones"),
    tensor("output.weight", [WIDTH, vocabularySize], inner),
  ];
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const string = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([long(bytes.length), bytes]);
};
const entry = (key: string, kind: number, value: Buffer): Buffer =>
  Buffer.concat([string(key), word(kind), value]);
const text = (key: string, value: string): Buffer => entry(key, KIND.text, string(value));
const u32 = (key: string, value: number): Buffer => entry(key, KIND.u32, word(value));
const f32 = (key: string, value: number): Buffer => entry(key, KIND.f32, float(value));
const list = (key: string, kind: number, values: readonly Buffer[]): Buffer =>
  entry(key, KIND.list, Buffer.concat([word(kind), long(values.length), ...values]));
