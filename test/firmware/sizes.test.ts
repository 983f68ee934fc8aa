/** The leaf's core for 8 and 32 bits, by the cross compilers where they are. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { firmware, has, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const noCrossCompiler =
  has("avr-gcc") && has("arm-none-eabi-gcc")
    ? false
    : "no cross compilers here: apt-get install gcc-avr avr-libc gcc-arm-none-eabi libnewlib-arm-none-eabi";

interface Row {
  readonly what: string;
  readonly sizes: readonly { readonly flash: number; readonly ram: number }[];
}

/** `| what | 1006 / 252 | …` */
function rows(table: string): readonly Row[] {
  const lines = [...table.matchAll(/^\| (.+?) \| (\d.*) \|$/gm)];
  return lines.map(([, what = "", cells = ""]) => ({
    what,
    sizes: cells.split(" | ").map((cell) => {
      const [flash = 0, ram = 0] = cell.split(" / ").map(Number);
      return { flash, ram };
    }),
  }));
}

test("the leaf's core compiles for AVR and ARM without a warning, and README.md says how large it is", {
  skip: noCrossCompiler,
}, async () => {
  const { status, output } = await run(process.execPath, [
    join(firmware, "tools/sizes.ts"),
    directory,
  ]);
  assert.equal(status, 0, output);
  const measured = rows(output);
  const written = rows(readFileSync(join(firmware, "README.md"), "utf8"));
  assert.ok(measured.length > 0);
  assert.deepEqual(
    written.map(({ what }) => what),
    measured.map(({ what }) => what),
    "make -C firmware sizes writes the table",
  );
  // Another compiler's figures are near; a third and 64 bytes off, the table is an old one.
  for (const [index, { what, sizes }] of measured.entries())
    for (const [column, { flash, ram }] of sizes.entries()) {
      const said = written[index]?.sizes[column];
      assert.ok(said !== undefined, what);
      assert.ok(Math.abs(said.flash - flash) <= 64 + flash / 3, `${what}: ${flash} flash`);
      assert.ok(Math.abs(said.ram - ram) <= 64 + ram / 3, `${what}: ${ram} RAM`);
    }
});
