/** What whoever waits for `/healthz`, as a load balancer does, may ask at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Health } from "../../transports/http/contract.ts";
import {
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { freeTcpPort } from "../support/ports.ts";
import { until } from "../support/until.ts";

test("/healthz is well no sooner than the office answers", async (t) => {
  const dir = temporaryDir();
  const port = await freeTcpPort();
  const starting = startNodeProcess(dir, {
    http: { port },
    zones: [{ id: "main" }],
    hubs: [{ id: "swarm_hub_01", zone: "main" }],
  });
  let node: NodeProcess | undefined;
  t.after(async () => {
    node = await starting;
    await node.end("SIGKILL");
    removeDir(dir);
  });
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const health = await until(async () => {
    const response = await get("/healthz").catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as Health) : undefined;
  });
  assert.equal((await get("/api/tasks/")).status, 200);
  assert.deepEqual(health.checks["office"], {
    ok: true,
    code: "started",
    values: {},
    detail: "started",
  });
});
