import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sealedLine } from "../../../transports/frame/sealed/sealed-frame.ts";
import { sealedVectors } from "../../transports/frame/sealed/sealed-vectors.ts";
import { encodeVectors, frameVectors } from "../../transports/frame/vectors.ts";

const program = fileURLToPath(new URL("frame-program.ts", import.meta.url));

function start(args: readonly string[]) {
  return spawn(process.execPath, [program, "frame", ...args], { stdio: "pipe" });
}

async function run(args: readonly string[], input = "") {
  const child = start(args);
  // A program that answers and leaves before its input ends must not fail the test's writing.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { stdout, stderr, status };
}

test("mycel frame decode prints one line of JSON and leaves with 0", async () => {
  assert.deepEqual(await run(["decode", "5301010101010000b441a7"]), {
    stdout:
      '{"ok":true,"version":1,"type":"SENSOR_REPORT","leafId":1,"readings":[{"channel":"temperature","value":22.5}]}\n',
    stderr: "",
    status: 0,
  });
});

const single: readonly (readonly [string[], string, number])[] = [
  [["decode", "53 01:FE 01 ad"], '{"ok":true,"version":1,"type":"ACK","leafId":1}', 0],
  [["decode", "5301fe01ae"], '{"ok":false,"fault":"badChecksum"}', 1],
  [["decode", ""], '{"ok":false,"fault":"tooShort"}', 1],
  [["decode", "5301fe01a"], '{"ok":false,"fault":"badHex"}', 1],
  [["decode", "0x5301fe01ad"], '{"ok":false,"fault":"badHex"}', 1],
  [["decode", "00".repeat(40_000)], '{"ok":false,"fault":"tooLong"}', 1],
  [["encode", '{"type":"ACK","leafId":1}'], '{"ok":true,"hex":"5301fe01ad"}', 0],
  [
    ["encode", "{type: ACK}"],
    '{"ok":false,"fault":"badInput","message":"The input is not JSON."}',
    1,
  ],
];

for (const [args, line, expected] of single) {
  test(`mycel frame ${args.join(" ").slice(0, 60)} leaves with ${expected}`, async () => {
    const { stdout, status } = await run(args);
    assert.equal(stdout, `${line}\n`);
    assert.equal(status, expected);
  });
}

for (const args of [
  [],
  ["decode"],
  ["decode", "--key", "00", "00"],
  ["encode", "{}", "{}"],
  ["jump"],
  ["decode", "--fast", "00"],
]) {
  test(`mycel frame ${args.join(" ")} is wrong usage: status 2, nothing on stdout`, async () => {
    const { stdout, stderr, status } = await run(args);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  });
}

test("mycel frame decode --key opens the sealed frames of one key, and reads v1 beside them", async () => {
  const key = sealedVectors[0]?.key ?? "";
  const ofKey = sealedVectors.filter((vector) => vector.key === key && vector.hex !== "");
  const asked = ofKey.map(({ hex }) => hex);
  const { stdout } = await run(["decode", "--key", key, "-"], `${asked.join("\n")}\n5301fe01ad\n`);
  const answers = stdout.trimEnd().split("\n");
  assert.equal(answers.pop(), '{"ok":true,"version":1,"type":"ACK","leafId":1}');
  for (const [index, { frame, hex }] of ofKey.entries()) {
    const answer = answers[index] ?? "";
    if (frame !== undefined) assert.equal(answer, sealedLine(frame), hex);
    else assert.match(answer, /^\{"ok":false,"fault":"\w+"\}$/, hex);
  }
});

test("mycel frame decode - answers every vector on a line of its own", async () => {
  const { stdout, status } = await run(
    ["decode", "-"],
    frameVectors.map(({ hex }) => `${hex}\n`).join(""),
  );
  assert.equal(status, 1);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    answers,
    frameVectors.map(({ frame, fault }) => (frame ? { ok: true, ...frame } : { ok: false, fault })),
  );
});

test("mycel frame encode - is the inverse of decode -, line by line", async () => {
  const sound = frameVectors.filter(({ frame }) => frame !== undefined);
  const decoded = await run(["decode", "-"], sound.map(({ hex }) => hex).join("\r\n"));
  assert.equal(decoded.status, 0);
  const encoded = await run(["encode", "-"], decoded.stdout);
  assert.equal(encoded.status, 0);
  assert.deepEqual(
    encoded.stdout.trimEnd().split("\n"),
    sound.map(({ hex, canonicalHex }) => `{"ok":true,"hex":"${canonicalHex ?? hex}"}`),
  );
});

test("mycel frame encode - refuses each bad input with a sentence, and goes on", async () => {
  const { stdout, status } = await run(
    ["encode", "-"],
    encodeVectors.map(({ input }) => `${JSON.stringify(input)}\n`).join(""),
  );
  assert.equal(status, 1);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(answers.length, encodeVectors.length);
  for (const [index, { name, hex, fault }] of encodeVectors.entries()) {
    const { message, ...answer } = answers[index];
    assert.deepEqual(answer, hex === undefined ? { ok: false, fault } : { ok: true, hex }, name);
    assert.equal(typeof message, hex === undefined ? "string" : "undefined", name);
  }
});

test("mycel frame decode - answers an empty line as an empty input, and a last line without end", async () => {
  const { stdout } = await run(["decode", "-"], "\n5301fe01ad\n\nzz");
  assert.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).fault ?? "none"),
    ["tooShort", "none", "tooShort", "badHex"],
  );
});

test("mycel frame decode - answers nothing to nothing, and leaves with 0", async () => {
  assert.deepEqual(await run(["decode", "-"], ""), { stdout: "", stderr: "", status: 0 });
});

test("mycel frame decode - refuses a line of a million characters and stays in step", async () => {
  const { stdout, status } = await run(["decode", "-"], `${"53".repeat(500_000)}\n5301fe01ad\n`);
  const [first, second] = stdout.trimEnd().split("\n");
  assert.equal(first, '{"ok":false,"fault":"tooLong"}');
  assert.match(second ?? "", /"ACK"/);
  assert.equal(status, 1);
});

test("mycel frame decode - answers a line before the next one comes", async () => {
  const child = start(["decode", "-"]);
  child.stdin.write("5301fe01ad\n");
  const [answer] = await once(child.stdout, "data");
  assert.match(String(answer), /"ACK"/);
  child.stdin.end();
  const [status] = await once(child, "close");
  assert.equal(status, 0);
});

test("mycel frame decode - ends quietly when its reader does", async () => {
  const child = start(["decode", "-"]);
  child.stdin.on("error", () => {});
  const errors = text(child.stderr);
  child.stdin.write("5301fe01ad\n".repeat(100_000));
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stdin.end();
  await once(child, "close");
  assert.equal(await errors, "");
});
