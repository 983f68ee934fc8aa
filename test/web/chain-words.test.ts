import assert from "node:assert/strict";
import { test } from "node:test";
import { chainWords } from "../../web/src/chain-words.ts";
import { setLanguage } from "../../web/src/strings.ts";

const line = (code: string, values: Readonly<Record<string, string | number>>) => ({
  ...{ depth: 0, kind: "step" as const, id: null, atMs: null, tookMs: null },
  ...{ text: "as the node says it", said: { code, values } },
});

test("chainWords() words the codes of a line's values, and leaves names as they are", () => {
  assert.equal(
    chainWords(line("dispatched", { waits: "urgent" }), []),
    "Sent out: pressing: goes out at once",
  );
  const reading = { hub: "hub_1", leaf: "close", channel: "temperature", value: 30.5 };
  assert.equal(
    chainWords(line("readingOfLeaf", reading), []),
    "Temperature 30.5 °C, told by close of hub_1",
  );
  const ended = { cycleOutcome: "failed", cycleReason: "modelFailed: timeout" };
  assert.equal(
    chainWords(line("cycleOfCall", ended), []),
    "A call from outside: failed no model answered: took too long",
  );
  setLanguage("ja");
  const done = { person: "Aiko", report: "resolved", text: "" };
  assert.equal(chainWords(line("completed", done), []), "Aiko が完了：解決した");
  assert.equal(
    chainWords(line("completed", { ...done, person: "" }), []),
    "オペレーター が完了：解決した",
  );
  setLanguage("en");
});

test("chainWords() leaves others' words, and a code that is new to the page, as the node says them", () => {
  const { said: _said, ...bare } = line("dispatched", {});
  assert.equal(chainWords(bare, []), "as the node says it");
  assert.equal(chainWords(line("ofTomorrow", {}), []), "as the node says it");
});
