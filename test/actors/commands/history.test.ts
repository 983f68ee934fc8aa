import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tempDir } from "../../support/store-dirs.ts";

const MAIN = fileURLToPath(new URL("../../../actors/main.ts", import.meta.url));

async function mycel(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [out, error, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, error, status: Number(status) };
}

/** A node that gives at most `pageRows` rows a request, as the real one does at 100,000. */
async function fakeNode(t: TestContext, rows: readonly object[], pageRows: number) {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://node").searchParams;
    asked.push(query);
    const fromMs = Number(query.get("fromMs") ?? 0);
    const found = rows.filter((row) => (row as { atMs: number }).atMs >= fromMs);
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        hub: "h",
        leafId: 1,
        channel: "co2",
        rows: found.slice(0, pageRows),
        more: found.length > pageRows,
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const T0 = Date.UTC(2026, 0, 31, 8);

test("mycel history prints every sample once, also where pages end among samples of one time", async (t) => {
  const rows = Array.from({ length: 50 }, (_, i) => ({
    atMs: T0 + Math.floor(i / 3),
    value: Math.fround(i / 10),
  }));
  const { url, asked } = await fakeNode(t, rows, 7);
  const { out, status } = await mycel("history", "h/leaf_1/co2", "--url", url, "--csv");
  assert.equal(status, 0);
  const [header, ...lines] = out.trimEnd().split("\n");
  assert.equal(header, "time,atMs,value,min,max,count");
  assert.equal(lines[1], `2026-01-31T08:00:00.000Z,${T0},0.1,,,`);
  assert.deepEqual(
    lines.map((line) => Number(line.split(",")[2])),
    rows.map((_, i) => i / 10),
  );
  assert.ok(asked.length > 5);
  assert.equal(asked[0]?.get("leaf"), "leaf_1");
});

test("mycel history --step asks for means of steps and prints JSON", async (t) => {
  const rows = [{ atMs: T0, value: 21.25, min: 20, max: 22.5, count: 60 }];
  const { url, asked } = await fakeNode(t, rows, 10);
  const { out } = await mycel(
    ...["history", "h/1/temperature", "--url", url, "--json"],
    ...["--from", String(T0), "--to", "2026-01-31T09:00Z", "--step", "1m"],
  );
  assert.deepEqual(JSON.parse(out), rows);
  assert.deepEqual(
    ["fromMs", "toMs", "stepMs", "channel"].map((name) => asked[0]?.get(name)),
    [String(T0), String(T0 + 3_600_000), "60000", "temperature"],
  );
});

test("mycel history without rows says so and prints an empty JSON array", async (t) => {
  const { url } = await fakeNode(t, [], 10);
  const plain = await mycel("history", "h/1/co2", "--url", url);
  assert.deepEqual([plain.out, plain.status], ["", 0]);
  assert.match(plain.error, /no rows/);
  assert.deepEqual(JSON.parse((await mycel("history", "h/1/co2", "--url", url, "--json")).out), []);
});

test("mycel history refuses a wrong series, time or step with status 2", async () => {
  for (const args of [["h/1"], ["h/1/co2", "--step", "often"], ["h/1/co2", "--from", "when?"]]) {
    const { status, error } = await mycel("history", ...args);
    assert.equal(status, 2, args.join(" "));
    assert.match(error, /Write /);
  }
});

test("history, backup and restore say in one sentence that no node runs", async (t) => {
  const data = tempDir(t);
  for (const args of [
    ["history", "h/1/co2"],
    ["backup", "b"],
    ["restore", "b"],
  ]) {
    const { status, error, out } = await mycel(...args, "--data", data);
    assert.equal(status, 1);
    assert.equal(out, "");
    assert.match(error, /^mycel: No node runs on .*\n$/);
  }
});
