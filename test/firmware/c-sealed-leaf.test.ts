/** The C leaf of wire v2, under the sanitizers where there are any. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before } from "node:test";
import { describeSealedLeaf, type LeafDriver } from "./sealed-leaf-suite.ts";
import { make, noCompiler, noSanitizer, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const settings = noSanitizer(directory) ? [] : ["SANITIZE=1"];

before(async () => {
  if (noCompiler) return;
  const { status, output } = await make(directory, "sealed-leaf-driver", ...settings);
  assert.equal(status, 0, output);
});

describeSealedLeaf("C", { skip: noCompiler, runs: 20 }, async (): Promise<LeafDriver> => {
  const child = spawn(join(directory, "sealed-leaf-driver"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async do(line) {
      child.stdin.write(`${line}\n`);
      const answer: string[] = [];
      for (;;) {
        const { value, done } = await lines.next();
        assert.ok(done !== true, `the driver ended at: ${line}`);
        answer.push(value);
        if (value.startsWith("wait ")) return answer;
      }
    },
    close: () => void child.kill("SIGKILL"),
  };
});
