/** The C codec and leaf on the host: vectors, sanitizers, and the same answers as TypeScript. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { decodeFrame } from "../../transports/frame/decode.ts";
import { frameLine } from "../../transports/frame/frame-json.ts";
import { toHex } from "../../transports/frame/hex.ts";
import { hostileFrames } from "../transports/frame/hostile-frames.ts";
import { make, noCompiler, noSanitizer, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const sanitized = join(directory, "sanitized");
const skipSanitized = noSanitizer(directory);

test("make test: the C codec holds every vector, the C leaf its day", {
  skip: noCompiler,
}, async () => {
  const { status, output } = await make(directory, "test-frame");
  assert.match(output, /^\d{4} checks, 0 failed\n$/);
  assert.equal(status, 0);
});

test("make test under the sanitizers: no overrun, no undefined behaviour", {
  skip: skipSanitized,
}, async () => {
  const { status, output } = await make(sanitized, "test-frame", "SANITIZE=1");
  assert.match(output, /, 0 failed\n$/);
  assert.equal(status, 0, output);
});

const count = Number(process.env["FUZZ_FRAMES"] ?? 20_000);
const seed = Number(process.env["SEED"] ?? randomInt(1_000_000));

test(`the C codec answers ${count} hostile frames as decodeFrame() does (SEED=${seed})`, {
  skip: noCompiler,
}, async () => {
  const [build, settings] = skipSanitized ? [directory, []] : [sanitized, ["SANITIZE=1"]];
  const built = await make(build, "frame-decode", ...settings);
  assert.equal(built.status, 0, built.output);

  const hex: string[] = [];
  const expected: string[] = [];
  for (const bytes of hostileFrames(seed, count)) {
    hex.push(toHex(bytes));
    const decoded = decodeFrame(bytes);
    expected.push(
      decoded.ok ? frameLine(decoded.value) : JSON.stringify({ ok: false, fault: decoded.error }),
    );
  }
  const { status, output } = await run(join(build, "frame-decode"), [], `${hex.join("\n")}\n`);
  assert.equal(status, 0, output.slice(-2_000));
  const answers = output.trimEnd().split("\n");
  assert.equal(answers.length, count);
  for (let index = 0; index < count; index++) {
    assert.equal(answers[index], expected[index], `frame ${hex[index]}`);
  }
});
