import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { pick } from "../../../actors/commands/state.ts";
import { MycelError } from "../../../runtime/errors.ts";

const MAIN = new URL("../../../actors/main.ts", import.meta.url).pathname;
const leaf = (hub: string, leafId: number) => ({
  hub,
  leafId,
  name: `leaf_${leafId}`,
  batteryMv: 3_000,
});
const state = {
  nodes: [{ node: "office" }],
  leaves: [leaf("hub_a", 1), leaf("hub_a", 2), leaf("hub_b", 1)],
};

test("pick() follows keys, names and indices", () => {
  assert.equal(pick(state), state);
  assert.deepEqual(pick(state, "leaves/hub_a"), state.leaves.slice(0, 2));
  assert.equal(pick(state, "/leaves/hub_a/leaf_2/batteryMv/"), 3_000);
  assert.equal(pick(state, "nodes/0/node"), "office");
});

test("pick() finds the only leaf of a hub by hub and name, as it finds others", () => {
  assert.equal(pick(state, "leaves/hub_b/leaf_1"), state.leaves[2]);
  assert.equal(pick(state, "leaves/hub_b/leaf_1/batteryMv"), 3_000);
});

test("pick() says what there is not", () => {
  for (const path of [
    "leaves/hub_c",
    "leaves/hub_b/leaf_7",
    "leaves/9",
    "constructor",
    "nodes/0/node/x",
  ]) {
    assert.throws(
      () => pick(state, path),
      (error) => error instanceof MycelError && error.code === "E_INPUT",
      path,
    );
  }
});

test("mycel state --watch ends quietly when nobody reads on", async (t) => {
  const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [MAIN, "state", "--url", url, "--watch"]);
  t.after(() => child.kill("SIGKILL"));
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status] = await once(child, "close");
  assert.deepEqual([status, complaint], [0, ""]);
});
