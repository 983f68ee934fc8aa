import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SEALED_REFUSALS } from "../../actors/hub/security/refusals.ts";
import { ROOT } from "./bounds.ts";

const text = readFileSync(`${ROOT}docs/threats.md`, "utf8");

test("docs/threats.md names tests that exist", () => {
  const titles = globSync("test/**/*.ts", { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(`${ROOT}${file}`, "utf8").matchAll(/test\(\s*["'`](.+)/g)].map(
      ([, title]) => title,
    ),
  );
  const named = [...text.matchAll(/^ *▸ (.+)$/gm)].map(([, title]) => title as string);
  assert.ok(named.length > 10);
  for (const title of named) {
    assert.ok(
      titles.some((each) => each?.startsWith(title)),
      `no test is called "${title}"`,
    );
  }
});

test("docs/threats.md says what each refusal of a sealed frame stops, and each claim has its test", () => {
  for (const reason of SEALED_REFUSALS) assert.ok(text.includes(`\`${reason}\``), reason);
  const stops = text.split("## What v2 stops")[1]?.split("\n## ")[0] ?? "";
  const claims = stops.split(/^### /m).slice(1);
  assert.ok(claims.length > 5);
  for (const claim of claims) assert.match(claim, /▸/, `no test holds: ${claim.split("\n")[0]}`);
});
