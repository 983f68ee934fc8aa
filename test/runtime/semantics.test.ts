import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("docs/semantics.md names tests that exist, and one for each promise", () => {
  const titles = ["./", "../actors/", "../e2e/", "../firmware/", "../transports/frame/"].flatMap(
    (folder) =>
      readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => [...read(folder + file).matchAll(/test\(\s*["'`](.+)/g)])
        .map(([, title]) => title),
  );
  const text = read("../../docs/semantics.md");
  const named = [...text.matchAll(/^ *▸ (.+)$/gm)].map(([, title]) => title as string);
  const promises = text.split("## Not yet")[0]?.split(/^- /m).slice(1) ?? [];
  assert.ok(promises.length > 20);
  for (const promise of promises) assert.match(promise, /▸/, `no test holds: ${promise}`);
  for (const title of named) {
    assert.ok(
      titles.some((each) => each?.startsWith(title)),
      `no test is called "${title}"`,
    );
  }
});
