import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { type MemoCode, systemMemo } from "../../actors/wallet/memos.ts";
import { memoWords } from "../../web/src/memo-words.ts";
import { setLanguage, wordOf } from "../../web/src/strings.ts";

afterEach(() => setLanguage("en"));

const WORDED: readonly (readonly [string, string, en: string, ja: string])[] = [
  [
    "infrastructure_reward",
    systemMemo("uptime", { device: "hub_01", seconds: 7_200 }),
    "hub_01 was up for 2 h",
    "hub_01 の稼働 2 時間",
  ],
  ["demurrage", systemMemo("demurrage", { day: "2026-11-21" }), "Of 2026-11-21", "2026-11-21 の分"],
  ["task_reward", systemMemo("bounty_paid", { task: 17 }), "Bounty of task 17", "タスク 17 の報酬"],
  // People's own words, and what pages of another version do not know.
  ["task_reward", "Thank you = you", "Thank you = you", "Thank you = you"],
  ["p2p_transfer", "bounty_paid task=17", "bounty_paid task=17", "bounty_paid task=17"],
  ["adjustment", "moved day=1", "moved day=1", "moved day=1"],
  ["task_reward", "toString a=1", "toString a=1", "toString a=1"],
  ["task_reward", "", "", ""],
];
for (const [kind, memo, en, ja] of WORDED) {
  test(`memoWords() of ${kind} "${memo}" is "${en}"`, () => {
    assert.equal(memoWords({ kind, memo }), en);
    setLanguage("ja");
    assert.equal(memoWords({ kind, memo }), ja);
  });
}

test("memoWords() has words for each memo that the system writes", () => {
  const source = readFileSync(new URL("../../actors/wallet/memos.ts", import.meta.url), "utf8");
  const union = /export type MemoCode =([^;]+);/.exec(source)?.[1] ?? "";
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code as MemoCode);
  assert.equal(codes.length, 6);
  for (const code of codes) assert.notEqual(wordOf("memo", code), undefined, code);
});
