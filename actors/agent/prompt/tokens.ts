/**
 * How long a text is to a model, in tokens of o200k, the tokenizer of OpenAI's newer models. Others
 * (Qwen, Llama, Claude) count some tenths more or less: a budget, not an invoice.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { o200kCounter, readO200k } from "./o200k.ts";

export type CountTokens = (text: string) => number;

/** The table is read where it is needed, in some 50 ms: by the agent that thinks. */
export async function loadTokenCounter(): Promise<CountTokens> {
  const file = import.meta.resolve("gpt-tokenizer/data/o200k_base.tiktoken");
  return o200kCounter(readO200k(await readFile(fileURLToPath(file))));
}

/** Role and separators of one message of a chat. */
export const MESSAGE_TOKENS = 4;

/** Counts each text once while it stays in use: most lines of a prompt were in the one before. */
export class TokenCache {
  readonly #count: CountTokens;
  readonly #linesMax: number;
  #counts = new Map<string, number>();
  /** Of the prompt before: what is not asked for again is forgotten with it. */
  #before = new Map<string, number>();

  constructor(count: CountTokens, linesMax: number) {
    this.#count = count;
    this.#linesMax = linesMax;
  }

  of(text: string): number {
    const known = this.#counts.get(text);
    if (known !== undefined) return known;
    const tokens = this.#before.get(text) ?? this.#count(text);
    if (this.#counts.size < this.#linesMax) this.#counts.set(text, tokens);
    return tokens;
  }

  /** To be called before each prompt. */
  turn(): void {
    this.#before = this.#counts;
    this.#counts = new Map();
  }
}
