/** The sensor drivers on the host: datasheet check values, faults by name, any bytes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHANNELS } from "../../firmware/wire/frame-types.ts";
import { firmware, make, noCompiler, noSanitizer, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const settings = noSanitizer(directory) === false ? ["SANITIZE=1"] : [];

interface SensorVector {
  readonly sensor: string;
  readonly name: string;
  readonly hex: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly fault?: string;
}

const vectors: SensorVector[] = JSON.parse(
  readFileSync(join(firmware, "drivers/vectors.json"), "utf8"),
);
const names = new Map<number, string>(
  Object.entries(CHANNELS).map(([name, { code }]) => [code, name]),
);

test("the drivers give the datasheets' check values, and name what is wrong", {
  skip: noCompiler,
}, async () => {
  const built = await make(directory, "driver-answer", ...settings);
  assert.equal(built.status, 0, built.output);
  const lines = vectors.map(({ sensor, hex }) => `${sensor} ${hex}\n`).join("");
  const { status, output } = await run(join(directory, "driver-answer"), [], lines);
  assert.equal(status, 0, output);
  const answers = output.split("\n");
  for (const [index, { sensor, name, values, fault }] of vectors.entries()) {
    const title = `${sensor}: ${name}`;
    const words = (answers[index] ?? "").trim().split(" ");
    if (values === undefined) {
      assert.deepEqual(words, [fault], title);
      continue;
    }
    const measured: Record<string, number> = {};
    for (let at = 0; at < words.length; at += 2)
      measured[names.get(Number(words[at])) ?? String(words[at])] = Number(words[at + 1]);
    assert.deepEqual(Object.keys(measured), Object.keys(values), title);
    // The vectors are computed in double precision; a float32 chain of ten steps keeps five digits.
    for (const [channel, value] of Object.entries(values))
      assert.ok(
        Math.abs((measured[channel] ?? Number.NaN) - value) <= 1e-5 * Math.max(1, Math.abs(value)),
        `${title}: ${channel} ${measured[channel]}, not ${value}`,
      );
  }
});

test("the drivers wait, fail, come back and let no impossible value through", {
  skip: noCompiler,
}, async () => {
  const { status, output } = await make(directory, "test-sensors", ...settings);
  assert.match(output, /^\d+ checks, 0 failed\n$/);
  assert.equal(status, 0, output);
});
