import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Tells what a module loads with everything it imports, as a thread of a node does at its start. */
const LIST = `
  const { registerHooks } = await import("node:module");
  const urls = [];
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
  await import(process.argv[1]);
  process.stdout.write(urls.join("\\n"));
`;

function packagesOf(module: string): ReadonlySet<string> {
  const url = new URL(`../../${module}`, import.meta.url).href;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", LIST, url],
    { encoding: "utf8" },
  );
  const urls = stdout.split("\n");
  assert.ok(urls.includes(url), stderr);
  return new Set(
    urls.flatMap((it) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(it)?.[1] ?? []),
  );
}

for (const [module, needed, absent] of [
  [
    "actors/node.ts",
    "fastify",
    [
      ...["openai", "@anthropic-ai/sdk", "node-llama-cpp", "gpt-tokenizer"],
      ...["@modelcontextprotocol/sdk", "serialport", "hyparquet-writer", "ink"],
    ],
  ],
  ["actors/office/office.ts", "lmdb", ["openai", "@anthropic-ai/sdk", "fastify", "mqtt"]],
] as const) {
  test(`${module} loads no package that only some settings need`, () => {
    const packages = packagesOf(module);
    assert.ok(packages.has(needed), "it is there to be found");
    assert.deepEqual(
      absent.filter((name) => packages.has(name)),
      [],
    );
  });
}
