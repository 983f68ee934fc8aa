import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dropNulls, functionsOf, grammarSchema } from "../../../transports/llm/gguf/history.ts";
import { ggufModel } from "../../../transports/llm/gguf.ts";
import type { ModelPort } from "../../../transports/llm/model-port.ts";
import { tinyGguf } from "../../support/tiny-gguf.ts";
import { describeModel, HOT } from "./model-compliance.ts";

const dir = mkdtempSync(join(tmpdir(), "mycel-gguf-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, "tiny.gguf");
writeFileSync(file, tinyGguf());

const isInstalled = existsSync(new URL("../../../node_modules/node-llama-cpp", import.meta.url));
const skip = isInstalled ? false : "node-llama-cpp is not installed: npm install";
/** Loading takes seconds where the machine is busy: one for all. */
let shared: ModelPort | undefined;
after(() => shared?.close());

const tiny = () => ggufModel({ file, contextTokens: 4_096, threads: 1 });

describeModel(
  "ggufModel()",
  async () => {
    shared ??= tiny();
    return { model: { ...shared, close: async () => {} }, close: async () => {} };
  },
  { understands: false, isServed: false, skip },
);

test("ggufModel() says what is wrong with a file that cannot be loaded", { skip }, async () => {
  const cut = join(dir, "cut.gguf");
  writeFileSync(cut, tinyGguf());
  truncateSync(cut, 4_000);
  const huge = join(dir, "huge.gguf");
  writeFileSync(huge, tinyGguf());
  // Of holes: it takes no room on the disk.
  truncateSync(huge, 2 ** 40);
  const text = join(dir, "text.gguf");
  writeFileSync(text, "this is no model\n".repeat(99));
  const files = [
    [join(dir, "absent.gguf"), /ENOENT/],
    [dir, /is no file/],
    [cut, /cannot be loaded/],
    [huge, /takes more than 1024.0 GiB of memory, and \d+\.\d GiB are free/],
    [text, /cannot be loaded/],
  ] as const;
  const refusals = files.map(async ([path, words]) => {
    const model = ggufModel({ file: path, contextTokens: 512, threads: 1 });
    const answer = await model.chat(HOT);
    assert.ok(!answer.ok, path);
    assert.equal(answer.error.code, "serverError");
    assert.match(answer.error.message, words);
    await model.close();
  });
  await Promise.all(refusals);
});

test("ggufModel() outlives a file at which llama.cpp aborts its process, and tells it in the next sentence", {
  skip,
}, async () => {
  const bytes = tinyGguf();
  const damaged = join(dir, "damaged.gguf");
  // The shares of the node and of llama.cpp are not ours to choose: whatever it does with these, we answer.
  for (const keep of [0.35, 0.6, 0.9]) {
    writeFileSync(damaged, bytes.subarray(0, Math.floor(bytes.length * keep)));
    const model = ggufModel({ file: damaged, contextTokens: 512, threads: 1 });
    for (const _ of ["first", "again"]) {
      const answer = await model.chat({ ...HOT, tools: [], tokensMax: 4 });
      assert.ok(!answer.ok);
      assert.equal(answer.error.code, "serverError", answer.error.message);
    }
    await model.close();
  }
});

test("ggufModel() refuses what its context has no room for, rather than forget the beginning", {
  skip,
}, async () => {
  const model = ggufModel({ file, contextTokens: 512, threads: 1 });
  const answer = await model.chat({
    ...HOT,
    messages: [{ role: "user", content: "hot ".repeat(500) }],
  });
  assert.ok(!answer.ok);
  assert.equal(answer.error.code, "contextTooLong");
  await model.close();
});

test("ggufModel() ends a running answer when told so, and answers the next call", {
  skip,
}, async () => {
  const model = tiny();
  const abort = new AbortController();
  const answer = await model.chat(
    { ...HOT, tools: [], tokensMax: 2_000 },
    { signal: abort.signal, onAlive: () => abort.abort() },
  );
  assert.ok(!answer.ok);
  assert.equal(answer.error.code, "aborted");
  assert.ok((await model.chat({ ...HOT, tools: [], tokensMax: 4 })).ok);
  await model.close();
});

test("grammarSchema() lets what is not required be null, and dropNulls() takes it away again", () => {
  const parameters = {
    type: "object",
    properties: {
      title: { type: "string", description: "what to do" },
      urgency: { type: "integer", minimum: 0, maximum: 4 },
      tone: { enum: ["neutral", "alert"] },
      zones: { type: "array", items: { type: "string" } },
      any: {},
    },
    required: ["title"],
  };
  const nullable = (schema: object) => ({ oneOf: [schema, { type: "null" }] });
  assert.deepEqual(grammarSchema(parameters, 0), {
    type: "object",
    properties: {
      title: { type: "string", description: "what to do" },
      urgency: nullable({ type: "integer" }),
      tone: nullable({ enum: ["neutral", "alert"] }),
      zones: nullable({ type: "array", items: { type: "string" } }),
      any: nullable({ type: "string" }),
    },
  });
  assert.deepEqual(dropNulls({ title: "x", urgency: null, in: { deep: null, kept: [1] } }), {
    title: "x",
    in: { kept: [1] },
  });
  assert.deepEqual(Object.keys(functionsOf([{ name: "a", description: "", parameters }])), ["a"]);
});
