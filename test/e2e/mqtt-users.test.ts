/** Users of the bus on a running node: added, changed and removed in its settings, and taken on SIGHUP. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { removeDir, runMycel, startNodeProcess, temporaryDir } from "../support/node-process.ts";
import { until } from "../support/until.ts";

const SETTINGS = {
  threads: 1,
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main" }],
};

test("users of the bus are added, changed and removed on SIGHUP, and those removed are put out", async (t) => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, SETTINGS);
  t.after(async () => {
    await node.end("SIGKILL");
    removeDir(dir);
  });
  const config = join(dir, "mycel.yaml");
  const open: MqttClient[] = [];
  t.after(() => Promise.all(open.map((client) => client.endAsync(true))));
  const enter = async (username: string, password: string): Promise<MqttClient> => {
    const options = { username, password, clientId: username, reconnectPeriod: 0 };
    const client = await connectAsync(node.file.mqttUrl, options);
    open.push(client);
    return client;
  };
  const user = async (...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await runMycel(["mqtt-user", ...args, "--config", config]);
    assert.equal(status, 0, stderr);
    return /^password of \w+: (.+)$/m.exec(stderr)?.[1] ?? "";
  };
  const reload = async (said: RegExp): Promise<void> => {
    const before = node.output().length;
    node.process.kill("SIGHUP");
    await until(() => said.test(node.output().slice(before)), { what: () => node.output() });
  };

  writeFileSync(config, `# ours\n${readFileSync(config, "utf8")}`);
  const [lamp, pump] = [await user("add", "lamp"), await user("add", "pump", "--zone", "main")];
  assert.match(readFileSync(config, "utf8"), /^# ours\n/, "comments stay");
  await assert.rejects(enter("lamp", lamp), /[Nn]ot authorized|Bad user/i, "not before it is told");
  await reload(/mqtt\.users: 2 added, 0 changed, 0 removed/);
  const [lampOn, pumpOn] = [await enter("lamp", lamp), await enter("pump", pump)];

  await user("remove", "lamp");
  await reload(/mqtt\.users: 0 added, 0 changed, 1 removed/);
  await until(() => !lampOn.connected, { what: () => "the removed user is put out" });
  assert.ok(pumpOn.connected, "the other stays");
  await assert.rejects(enter("lamp", lamp), /[Nn]ot authorized|Bad user/i);

  await user("remove", "pump");
  const changed = await user("add", "pump", "--role", "reader");
  await reload(/mqtt\.users: 0 added, 1 changed, 0 removed/);
  await until(() => !pumpOn.connected, { what: () => "the changed user has to come back" });
  await assert.rejects(enter("pump", pump), /[Nn]ot authorized|Bad user/i, "its old password");
  const reader = await enter("pump", changed);
  const [granted] = await reader.subscribeAsync("office/#");
  assert.equal(granted?.qos, 0, "its new role");

  writeFileSync(config, `${readFileSync(config, "utf8")}\nnonsense: 1\n`);
  await reload(/the settings are no good/);
  assert.ok(reader.connected, "a mistake in the settings changes nothing");
  assert.equal(await node.end("SIGTERM"), 0);
});

test("mycel mqtt-user writes no user twice, removes none that is not there, and leaves no half file", async (t) => {
  const dir = temporaryDir();
  t.after(() => removeDir(dir));
  const config = join(dir, "mycel.yaml");
  writeFileSync(config, "zones: [{ id: main }]\nhubs: [{ id: hub_1, zone: main }]\n", {
    mode: 0o600,
  });
  const user = (...args: readonly string[]) => runMycel(["mqtt-user", ...args, "--config", config]);
  assert.equal((await user("add", "lamp")).status, 0);
  const text = readFileSync(config, "utf8");
  const twice = await user("add", "lamp");
  assert.equal(twice.status, 1);
  assert.match(twice.stderr, /has a user lamp: remove it first/);
  assert.doesNotMatch(twice.stderr, /password of/);
  const unknown = await user("remove", "pump");
  assert.match(unknown.stderr, /has no user pump/);
  assert.equal(readFileSync(config, "utf8"), text);
});
