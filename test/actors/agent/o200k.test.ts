import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { readO200k } from "../../../actors/agent/prompt/o200k.ts";
import { type CountTokens, loadTokenCounter } from "../../../actors/agent/prompt/tokens.ts";
import fc from "../../support/fc.ts";

let count: CountTokens;
before(async () => {
  count = await loadTokenCounter();
});

const theirs = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

const words = fc
  .array(
    fc.constantFrom(
      ...["- [main] high_temperature: It is 30.5 °C.", "会議室の気温は", "ﾃｽﾄ", "don't", "I'LL"],
      ...[
        "\r\n\n",
        "   ",
        "\t",
        "12345.678",
        "{}",
        "<|endoftext|>",
        "👩‍👩‍👧",
        "नमस्ते",
        "\ud83d",
        "ǅ",
      ],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

test("o200kCounter() counts as gpt-tokenizer does, whatever the text", () => {
  fc.assert(
    fc.property(
      fc.oneof(words, fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 300 })),
      (text) => assert.equal(count(text), theirs(text)),
    ),
    { numRuns: 500 },
  );
});

test("o200kCounter() counts as gpt-tokenizer does on pages of ours, Japanese among them", () => {
  for (const page of [
    "docs/models.md",
    "web/src/words/ja/agent.ts",
    "actors/agent/prompt/o200k.ts",
  ]) {
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
    assert.equal(count(text), theirs(text), page);
  }
});

test("o200kCounter() counts a word of any length in parts, within a token each", () => {
  for (const length of [1_023, 1_024, 1_025, 5_000]) {
    for (const letter of ["a", "あ", "="]) {
      const word = letter.repeat(length);
      const parts = Math.ceil(Buffer.byteLength(word) / 1_020);
      assert.ok(Math.abs(count(word) - theirs(word)) <= parts, `${length} of ${letter}`);
    }
  }
  // 1 MB: were it merged as one, this would outlive every time-out.
  assert.ok(count("x".repeat(1_000_000)) > 0);
});

test("readO200k() says what is wrong with a file that was cut", () => {
  const file = new TextEncoder().encode("IQ== 0\nIg== 1\nIw");
  assert.throws(() => readO200k(file), /has 3 tokens, and should have 199998/);
});
