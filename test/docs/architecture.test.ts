/** What is drawn and listed about the whole is what is there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./bounds.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

const DRAWN = ["actors/guardian.ts", "actors/office/office.ts"] as const;

for (const file of DRAWN) {
  test(`the tree at the head of ${file} has the actors that it starts, and no others`, () => {
    const text = read(file);
    const drawn = [...text.matchAll(/^ \* {3}[├└]── (\w+)/gm)].map(([, name]) => name);
    const started = [...text.matchAll(/^ +id: "(\w+)",$/gm)].map(([, name]) => name);
    assert.ok(drawn.length > 5);
    assert.deepEqual(drawn.toSorted(), started.toSorted());
  });
}

const DECISIONS = "docs/decisions";
const decisions = readdirSync(join(ROOT, DECISIONS)).filter((file) => /^\d{4}-/.test(file));

test("docs/decisions/README.md lists every decision in the order of its number", () => {
  const listed = [...read(`${DECISIONS}/README.md`).matchAll(/^- \[.*\]\((\d{4}-.*\.md)\)/gm)];
  assert.deepEqual(
    listed.map(([, file]) => file),
    decisions.toSorted(),
  );
});

test("a decision that is superseded names the one that supersedes it, and is named there", () => {
  const pair = (word: string): readonly string[] =>
    decisions.flatMap((file) => {
      const [, by] =
        new RegExp(`^Status: .*${word} \\[decision \\d+\\]\\((.*?)\\)`, "m").exec(
          read(`${DECISIONS}/${file}`),
        ) ?? [];
      return by === undefined
        ? []
        : word === "Supersedes"
          ? [`${by} by ${file}`]
          : [`${file} by ${by}`];
    });
  assert.ok(pair("superseded by").length > 0);
  assert.deepEqual(pair("superseded by"), pair("Supersedes"));
});

test("every decision says whether it is accepted or superseded", () => {
  for (const file of decisions)
    assert.match(read(`${DECISIONS}/${file}`), /^Status: (?:accepted|superseded by)\b/m, file);
});
