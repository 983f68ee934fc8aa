/** BLE, I2C and gateway framing in C: the cases of firmware/wire/links, and noise, under the sanitizers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { firmware, make, noCompiler, noSanitizer, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const settings = noSanitizer(directory) === false ? ["SANITIZE=1"] : [];

interface Case {
  readonly name: string;
  readonly ask: string;
  readonly answer: string;
}

for (const link of ["ble", "i2c", "gateway"]) {
  test(`${link}.json: what goes over the air or the wires, byte by byte`, {
    skip: noCompiler,
  }, async () => {
    const built = await make(directory, "link-answer", ...settings);
    assert.equal(built.status, 0, built.output);
    const cases: Case[] = JSON.parse(
      readFileSync(join(firmware, `wire/links/${link}.json`), "utf8"),
    );
    const lines = cases.map(({ ask }) => `${ask}\n`).join("");
    const { status, output } = await run(join(directory, "link-answer"), [], lines);
    assert.equal(status, 0, output);
    const answers = output.split("\n").map((line) => line.trim());
    for (const [index, { name, answer }] of cases.entries()) {
      assert.equal(answers[index], answer, name);
    }
  });
}

test("frames over lossy BLE and faulty I2C come as they were sent, once, in order", {
  skip: noCompiler,
}, async () => {
  const { status, output } = await make(directory, "test-links", ...settings);
  assert.match(output, /^\d+ checks, 0 failed\n$/);
  assert.equal(status, 0, output);
});
