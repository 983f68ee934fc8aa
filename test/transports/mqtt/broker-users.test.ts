/** Users of the bus at real brokers, with mqtt.js and Debian's clients: ours, and Mosquitto by the files made for it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectAsync, type IClientOptions } from "mqtt";
import { systemClock } from "../../../runtime/clock.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { silentLogger } from "../../../runtime/logger.ts";
import type { MqttUser } from "../../../transports/mqtt/acl.ts";
import { type Broker, startBroker } from "../../../transports/mqtt/broker.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import { openTlsFiles } from "../../../transports/tls-files.ts";
import { certificate, OPENSSL_MISSING } from "../../support/certificate.ts";
import { until } from "../../support/until.ts";
import { PASSWORD, USER } from "./brokers.ts";

const passwordHash = await hashPassword(PASSWORD, RANDOM_PASSWORD_COST);
const user = (id: string, role: MqttUser["role"]) => ({
  ...{ id, role, zones: ["main"], write: [], read: [], passwordHash },
});

async function start(t: TestContext, options: Partial<Parameters<typeof startBroker>[0]> = {}) {
  const lines: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void lines.push(fields) };
  const broker = await startBroker({
    ...{ host: "127.0.0.1", port: 0, portFixed: false, logger },
    users: new Map([[USER, passwordHash]]),
    others: [user("light_01", "device"), user("light_02", "device"), user("wall", "reader")],
    ...options,
  });
  t.after(() => broker.close());
  return { broker, lines };
}

async function enter(
  t: TestContext,
  { url }: Broker,
  username: string,
  options: IClientOptions = {},
) {
  const client = await connectAsync(url, {
    ...{
      username,
      password: PASSWORD,
      reconnectPeriod: 0,
      clientId: username === USER ? "" : username,
    },
    ...options,
  });
  client.on("error", () => {});
  t.after(() => client.end(true));
  const heard: string[] = [];
  client.on("message", (topic, payload) => void heard.push(`${topic} ${payload}`));
  return { client, heard };
}

test("a device says its own topics alone; another's end its connection, counted and logged without what was said", async (t) => {
  const { broker, lines } = await start(t);
  const node = await enter(t, broker, USER);
  await node.client.subscribeAsync(["office/#", "mcp/#"]);
  const device = await enter(t, broker, "light_01");
  await device.client.publishAsync("office/main/light/light_01/state", "on", { qos: 1 });
  await device.client.publishAsync("mcp/light_01/response/1", "{}", { qos: 1 });
  await until(() => node.heard.length === 2);
  let isClosed = false;
  device.client.on("close", () => {
    isClosed = true;
  });
  device.client.publish("office/main/light/light_02/state", "forged-payload", { retain: true });
  await until(() => isClosed);
  assert.equal(broker.stats().refused["mayNotWrite"], 1);
  assert.equal(broker.stats().retained, 0, "what may not be said is not retained");
  assert.deepEqual(lines, [
    { user: "light_01", reason: "mayNotWrite", what: "office/main/light/light_02/state" },
  ]);
  assert.ok(!JSON.stringify(lines).includes("forged-payload"));
  assert.equal(node.heard.length, 2);
});

test("a device hears its own requests alone, and filters that reach further are refused as a whole", async (t) => {
  const { broker } = await start(t);
  const node = await enter(t, broker, USER);
  const device = await enter(t, broker, "light_01");
  const granted = await device.client.subscribeAsync("mcp/light_01/request/#");
  assert.equal(granted[0]?.qos, 0);
  for (const filter of [
    "mcp/+/request/#",
    "#",
    "office/#",
    "$SYS/#",
    "$share/g/mcp/light_01/request/#",
    "x".repeat(600),
  ]) {
    await assert.rejects(device.client.subscribeAsync(filter), filter);
  }
  await node.client.publishAsync("mcp/light_02/request/call_tool", "no", { qos: 1 });
  await node.client.publishAsync("mcp/light_01/request/call_tool", "yes", { qos: 1 });
  await until(() => device.heard.length > 0);
  assert.deepEqual(device.heard, ["mcp/light_01/request/call_tool yes"]);
  assert.equal(broker.stats().refused["mayNotRead"], 5);
  assert.equal(broker.stats().refused["topicTooLong"], 1);
});

test("a last will obeys the same rights as what is said in life", async (t) => {
  const { broker } = await start(t);
  const node = await enter(t, broker, USER);
  await node.client.subscribeAsync("office/#");
  const will = (topic: string) => ({ topic, payload: "gone", qos: 0 as const, retain: true });
  const forger = await enter(t, broker, "light_01", {
    will: will("office/main/light/light_02/status"),
  });
  const honest = await enter(t, broker, "light_02", {
    will: will("office/main/light/light_02/own"),
  });
  forger.client.stream.destroy();
  await until(() => broker.stats().refused["mayNotWrite"] === 1);
  honest.client.stream.destroy();
  await until(() => node.heard.length > 0);
  assert.deepEqual(node.heard, ["office/main/light/light_02/own gone"]);
  assert.equal(broker.stats().retained, 1);
});

test("a user that is removed leaves no last will", async (t) => {
  const { broker } = await start(t);
  const topic = "office/main/light/light_01/status";
  const node = await enter(t, broker, USER);
  await node.client.subscribeAsync("office/#");
  const will = { topic, payload: "gone", qos: 0 as const, retain: false };
  const device = await enter(t, broker, "light_01", { will });
  assert.deepEqual(broker.setUsers([]), { added: 0, changed: 0, removed: 3 });
  await until(() => !device.client.connected);
  await until(() => broker.stats().refused["mayNotWrite"] === 1);
  await node.client.publishAsync(topic, "after");
  await until(() => node.heard.length > 0);
  assert.deepEqual(node.heard, [`${topic} after`]);
});

test("nobody takes another's session over by its client id, nor the node's own", async (t) => {
  const { broker } = await start(t, { isOwn: (id) => id.endsWith("@office") });
  const victim = await enter(t, broker, "light_02");
  for (const clientId of ["light_02", "mycel@office", "light_012"]) {
    await assert.rejects(enter(t, broker, "light_01", { clientId }), clientId);
  }
  assert.equal(broker.stats().refused["foreignClientId"], 3);
  assert.ok(victim.client.connected);
  await enter(t, broker, "light_01", { clientId: "light_01:second" });
});

test("one user's connections and messages are bounded, and others go on", async (t) => {
  const { broker } = await start(t, { clock: { monotonicMs: () => 0 } });
  const held = await Promise.all(
    Array.from({ length: 8 }, (_, no) =>
      enter(t, broker, "light_01", { clientId: `light_01:${no}` }),
    ),
  );
  await assert.rejects(enter(t, broker, "light_01", { clientId: "light_01:more" }));
  assert.equal(broker.stats().refused["tooManyConnections"], 1);
  const first = held[0]?.client;
  let isClosed = false;
  first?.on("close", () => {
    isClosed = true;
  });
  for (let no = 0; no < 2_100 && !isClosed; no += 1)
    first?.publish("office/main/light/light_01/x", "1");
  await until(() => isClosed);
  assert.ok((broker.stats().refused["tooManyMessages"] ?? 0) >= 1);
  const other = await enter(t, broker, "light_02");
  await other.client.publishAsync("office/main/light/light_02/x", "1", { qos: 1 });
});
const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

const TOOLS_MISSING =
  spawnSync("mosquitto_pub", ["--help"]).error !== undefined &&
  "mosquitto_pub is not installed: apt-get install mosquitto-clients";

/** Debian's clients: what a node heard of a device, and a device of others. */
async function byDebian(t: TestContext, port: number, ca: readonly string[] = []) {
  const as = (name: string, tool: "pub" | "sub", args: readonly string[]) => {
    const at = ["-h", "localhost", "-p", String(port), "-i", name, "-u", name, "-P", PASSWORD];
    // A line at a time, though nobody's terminal.
    const child = spawn("stdbuf", ["-oL", `mosquitto_${tool}`, ...at, ...ca, ...args]);
    t.after(() => child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    const heard = () =>
      said
        .split("\n")
        .filter((line) => line.startsWith("office/"))
        .join("\n");
    const ended = new Promise<void>((done) => child.on("exit", () => done()));
    const isReady = () => child.exitCode !== null || /Subscribed|SUBACK/.test(said);
    return { heard, ended, isReady };
  };
  const say = (name: string, topic: string) => as(name, "pub", ["-t", topic, "-m", name]).ended;
  const node = as(USER, "sub", ["-t", "office/#", "-v", "-d"]);
  const spy = as("light_02", "sub", ["-t", "#", "-v", "-d"]);
  await until(() => node.isReady() && spy.isReady());
  await say("light_01", "office/main/light/light_02/state");
  await say("wall", "office/main/light/wall/state");
  await say("light_01", "office/main/light/light_01/state");
  await until(() => node.heard() !== "");
  return { heard: node.heard(), spied: spy.heard() };
}

const WHAT_IS_HEARD = "office/main/light/light_01/state light_01";

test("Debian's mosquitto_pub and mosquitto_sub meet the same rights", {
  skip: TOOLS_MISSING,
}, async (t) => {
  const { broker } = await start(t);
  const { heard, spied } = await byDebian(t, broker.port);
  assert.equal(heard, WHAT_IS_HEARD);
  assert.equal(spied, "");
});

test("a real Mosquitto obeys the files of mycel mqtt-user export", {
  skip:
    TOOLS_MISSING ||
    (!existsSync("/usr/sbin/mosquitto") && "mosquitto is not installed: apt-get install mosquitto"),
}, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-acl-"));
  const mycel = (args: readonly string[], input?: string) => {
    const ran = spawnSync(process.execPath, ["actors/main.ts", ...args], {
      encoding: "utf8",
      input,
    });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout;
  };
  const entries = [
    ["light_01", "--zone", "main"],
    ["light_02", "--zone", "main"],
    ["wall", "--role", "reader"],
    [USER, "--role", "node"],
  ].map((args) => mycel(["mqtt-user", "add", ...args, "--ask"], `${PASSWORD}\n`));
  const settings = join(dir, "node.yaml");
  const users = entries.join("").replaceAll(/^/gm, "    ");
  writeFileSync(
    settings,
    `zones: [{id: main}]\nhubs: [{id: h, zone: main}]\nmqtt:\n  user: other\n  password: other-password\n  users:\n${users}`,
  );
  mycel(["mqtt-user", "export", "--config", settings, "--mosquitto", dir]);
  const probe = await startBroker({
    ...{ host: "127.0.0.1", port: 0, portFixed: false, users: new Map() },
  });
  await probe.close();
  const config = join(dir, "mosquitto.conf");
  writeFileSync(
    config,
    `listener ${probe.port} 127.0.0.1\nallow_anonymous false\npassword_file ${dir}/passwords\nacl_file ${dir}/acl\npersistence false\nuser root\n`,
  );
  const mosquitto = spawn("/usr/sbin/mosquitto", ["-c", config], { stdio: "ignore" });
  t.after(() => mosquitto.kill("SIGKILL"));
  await until(() => accepts(probe.port));
  const { heard, spied } = await byDebian(t, probe.port);
  assert.equal(heard, WHAT_IS_HEARD);
  assert.equal(spied, "");
});

test("over TLS the broker is known by its certificate, to the node and to Debian's clients", {
  skip: OPENSSL_MISSING || TOOLS_MISSING,
}, async (t) => {
  const files = certificate();
  const tls = openTlsFiles(files, "mqtt.tls");
  const { broker } = await start(t, { tls });
  assert.match(broker.url, /^mqtts:/);
  await assert.rejects(enter(t, broker, "light_01"), "nobody vouches for it");
  const { heard } = await byDebian(t, broker.port, ["--cafile", files.cert]);
  assert.ok(heard.startsWith(WHAT_IS_HEARD));
  const connections = createMqttConnections({
    ...{ url: broker.url, user: USER, password: PASSWORD, clock: systemClock, random: () => 0.5 },
    tls: () => ({
      ...{
        ca: tls.context().cert,
        allowPartialTrustChain: true,
        checkServerIdentity: () => undefined,
      },
    }),
  });
  t.after(() => connections.close());
  const own = connections.connect({ clientId: "mycel@office" });
  await until(() => own.isConnected());
});
