/** Logins of a real node over its end: a cookie that was good stays good, what has ended stays ended. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { freeTcpPort } from "../support/ports.ts";
import { until } from "../support/until.ts";

const PAGE = { "x-mycel": "page" };
const PASSWORD = "kept over restarts";

test("a session outlives kill -9 of its node; one that ended, and all after a restore, stay out", async (t) => {
  const dir = temporaryDir();
  const file = join(dir, "data", "sessions.json");
  const settings = {
    threads: 1,
    zones: [{ id: "main" }],
    hubs: [{ id: "swarm_hub_01", zone: "main" }],
    http: { port: await freeTcpPort(), user: "script", password: "for scripts alone" },
  };
  let node: NodeProcess = await startNodeProcess(dir, settings);
  t.after(async () => {
    await node.end("SIGKILL");
    removeDir(dir);
  });
  const script = { authorization: `Basic ${btoa("script:for scripts alone")}` };
  const ask = (method: string, path: string, headers: object, body?: object) =>
    fetch(`${node.file.url}${path}`, {
      method,
      headers: {
        ...PAGE,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const login = async (name: string, password: string) => {
    const answer = await ask("POST", "/api/login", {}, { name, password });
    assert.equal(answer.status, 200, await answer.text());
    return { cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "" };
  };
  const statusOf = async (who: object) => (await ask("GET", "/api/me", who)).status;

  assert.equal((await ask("PUT", "/api/users/1", script, { password: PASSWORD })).status, 200);
  const desk = await login("operator", PASSWORD);
  const phone = await login("operator", PASSWORD);
  const ofSettings = await login("script", "for scripts alone");
  assert.equal((await ask("POST", "/api/logout", phone, {})).status, 200);

  // Hashes alone, for the owner alone.
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file, "utf8").includes(desk.cookie.split("=")[1] ?? ""));

  await node.end("SIGKILL");
  node = await startNodeProcess(dir, settings);
  assert.equal(await statusOf(desk), 200);
  assert.equal(await statusOf(phone), 401);
  assert.equal(await statusOf(ofSettings), 401, "the settings may name another password by now");

  const other = await login("operator", PASSWORD);
  assert.equal((await ask("DELETE", "/api/me/sessions", desk)).status, 200);
  assert.equal(await statusOf(other), 401);
  await node.end("SIGKILL");
  node = await startNodeProcess(dir, settings);
  assert.equal(await statusOf(desk), 401);
  assert.equal(await statusOf(other), 401);

  // Another store has other people, or the same with older passwords.
  const backup = join(dir, "backup");
  const url = node.file.url.replace("//", `//script:${encodeURIComponent("for scripts alone")}@`);
  const data = ["--url", url];
  const made = await runMycel(["backup", backup, ...data]);
  assert.equal(made.status, 0, made.stderr);
  const late = await login("operator", PASSWORD);
  const restored = await runMycel(["restore", backup, ...data]);
  assert.equal(restored.status, 0, restored.stderr);
  await until(async () => (await statusOf(late).catch(() => 200)) === 401, {
    what: () => "the restored node asks everybody again",
  });
  assert.ok(!existsSync(file));
});
