import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { firmware, run } from "./toolchain.ts";

test("generate.ts --check finds the generated files as the table and the vectors say", async () => {
  const { status, output } = await run(process.execPath, [
    join(firmware, "tools/generate.ts"),
    "--check",
  ]);
  assert.equal(output, "");
  assert.equal(status, 0);
});
