import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the sources keep to who-imports-whom, and the check really saw them", () => {
  const run = spawnSync(
    process.execPath,
    [
      `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`,
      ...["actors", "runtime", "transports", "firmware", "config", "bench", "web/src"],
      "--output-type",
      "json",
    ],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  assert.equal(run.stderr, "");
  const { summary } = JSON.parse(run.stdout);
  assert.deepEqual(
    summary.violations.map(
      (v: { rule: { name: string }; from: string; to: string }) =>
        `${v.rule.name}: ${v.from} -> ${v.to}`,
    ),
    [],
  );
  assert.ok(summary.totalCruised > 50, `${summary.totalCruised} modules seen`);
});
