/** The C codec of sealed frames: vectors, sanitizers, and the same answers as TypeScript. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { toHex } from "../../transports/frame/hex.ts";
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import { decodeSealed } from "../../transports/frame/sealed/decode.ts";
import { sealedLine } from "../../transports/frame/sealed/sealed-frame.ts";
import { hostileSealed } from "../transports/frame/sealed/hostile-sealed.ts";
import { make, noCompiler, noSanitizer, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const sanitized = join(directory, "sanitized");
const skipSanitized = noSanitizer(directory);

test("make test-sealed: the C codec holds every vector of wire v2, RFC 3610's and NIST's", {
  skip: noCompiler,
}, async () => {
  const { status, output } = await make(directory, "test-sealed");
  assert.match(output, /^\d+ checks, 0 failed\n$/);
  assert.equal(status, 0);
});

test("make test-sealed under the sanitizers: no overrun, no undefined behaviour", {
  skip: skipSanitized,
}, async () => {
  const { status, output } = await make(sanitized, "test-sealed", "SANITIZE=1");
  assert.match(output, /, 0 failed\n$/);
  assert.equal(status, 0, output);
});

const count = Number(process.env["FUZZ_FRAMES"] ?? 20_000);
const seed = Number(process.env["SEED"] ?? randomInt(1_000_000));

test(`the C codec answers ${count} hostile sealed frames as decodeSealed() does (SEED=${seed})`, {
  skip: noCompiler,
}, async () => {
  const [build, settings] = skipSanitized ? [directory, []] : [sanitized, ["SANITIZE=1"]];
  const built = await make(build, "frame-decode", ...settings);
  assert.equal(built.status, 0, built.output);

  const lines: string[] = [];
  const expected: string[] = [];
  for (const { key, bytes } of hostileSealed(seed, count)) {
    lines.push(`${toHex(key)} ${toHex(bytes)}`);
    const decoded = decodeSealed(expandKey(key), bytes);
    expected.push(
      decoded.ok ? sealedLine(decoded.value) : JSON.stringify({ ok: false, fault: decoded.error }),
    );
  }
  const { status, output } = await run(join(build, "frame-decode"), [], `${lines.join("\n")}\n`);
  assert.equal(status, 0, output.slice(-2_000));
  const answers = output.trimEnd().split("\n");
  assert.equal(answers.length, count);
  for (let index = 0; index < count; index++) {
    assert.equal(answers[index], expected[index], `frame ${lines[index]}`);
  }
});
