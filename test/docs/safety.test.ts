import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PROVENANCES } from "../../actors/agent/messages.ts";
import { GUARD_REFUSALS } from "../../actors/agent/safety/guard-types.ts";
import { POLICY } from "../../actors/agent/safety/policy.ts";
import { ACTING_TOOLS } from "../../actors/agent/safety/sanitizer.ts";
import { ROOT } from "./bounds.ts";

const text = readFileSync(`${ROOT}docs/safety.md`, "utf8");

test("docs/safety.md has a test for each claim, and names tests that exist", () => {
  const titles = globSync("test/**/*.ts", { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(`${ROOT}${file}`, "utf8").matchAll(/test\(\s*["'`](.+)/g)].map(
      ([, title]) => title,
    ),
  );
  const stops = text.split("## What stops what")[1]?.split("\n## ")[0] ?? "";
  const claims = stops.split(/^### /m).slice(1);
  assert.ok(claims.length > 7);
  for (const claim of claims) {
    const named = [...claim.matchAll(/^▸ (.+)$/gm)].map(([, title]) => title as string);
    assert.ok(named.length > 0, `no test holds: ${claim.split("\n")[0]}`);
    for (const title of named)
      assert.ok(
        titles.some((each) => each?.startsWith(title)),
        `no test is called "${title}"`,
      );
  }
});

test("docs/safety.md lists the guard's refusals", () => {
  const listed = text.split("## Refusals of the guard")[1]?.split("\n## ")[0] ?? "";
  const names = [...listed.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(names, [...GUARD_REFUSALS]);
});

test("docs/safety.md shows the policy as it is", () => {
  const rows = [...text.matchAll(/^\| (operator|sensor|device|person|stranger|model)\b.*$/gm)].map(
    ([row]) => row.split("|").map((cell) => cell.trim()),
  );
  assert.deepEqual(rows.map((row) => row[1]?.split(/\W/)[0]).sort(), [...PROVENANCES].sort());
  for (const [, whose = "", , task, speak, device, where] of rows) {
    const policy = POLICY.filter(({ provenance }) => whose.startsWith(provenance));
    const shown = { create_task: task, speak, send_device_command: device };
    for (const tool of ACTING_TOOLS) {
      const isAllowed = policy.some(({ tools }) => tools.includes(tool));
      assert.equal(shown[tool], isAllowed ? "yes" : "no", `${whose} ${tool}`);
    }
    const scope = policy[0]?.scope;
    assert.equal(where, scope === undefined ? "–" : scope === "zone" ? "its zone" : "anywhere");
  }
});
