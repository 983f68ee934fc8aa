/** Certificates of clients: those that our broker asks for, and ours for a Mosquitto that asks. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openBroker } from "../../../actors/node-broker.ts";
import { validateConfig } from "../../../config/parse.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { silentLogger } from "../../../runtime/logger.ts";
import { publishProperties } from "../../../transports/mcp/frames/mqtt5.ts";
import { startBroker } from "../../../transports/mqtt/broker.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { mqtt5Connections } from "../../../transports/mqtt/mqtt5-connections.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import { openTlsFiles } from "../../../transports/tls-files.ts";
import { authority, certificate, OPENSSL_MISSING } from "../../support/certificate.ts";
import { freeTcpPort } from "../../support/ports.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, startMosquitto, USER } from "./brokers.ts";

const TOOLS_MISSING =
  spawnSync("mosquitto_pub", ["--help"]).error !== undefined &&
  "mosquitto_pub is not installed: apt-get install mosquitto-clients";
const skip = BROKER_KINDS[1]?.skip || OPENSSL_MISSING;

interface Files {
  readonly cert: string;
  readonly key: string;
}

/** Debian's client says what it was told; empty: its message was taken. */
async function publish(
  port: number,
  server: string,
  files?: Files,
  args: readonly string[] = [],
): Promise<string> {
  const child = spawn("mosquitto_pub", [
    ...["-h", "localhost", "-p", String(port), "--cafile", server, "-q", "1", "-m", "1"],
    ...(files === undefined ? [] : ["--cert", files.cert, "--key", files.key]),
    ...(args.includes("-t") ? args : ["-t", "office/lab/sensor/lamp/x", ...args]),
  ]);
  let said = "";
  for await (const chunk of child.stderr) said += chunk;
  return said.split("\n", 1)[0] ?? "";
}

/** A subject alternative name (RFC 5280 §4.2.1.6) that is one URI: GeneralNames, [6], IA5String. */
const LIST_URI = Buffer.from("a, DNS:lamp, b");
const LIST = `DER:${Buffer.concat([
  Buffer.of(0x30, LIST_URI.length + 2, 0x86, LIST_URI.length),
  LIST_URI,
]).toString("hex")}`;

const REFUSED = "Connection error: Connection Refused: not authorised.";

test("the broker lets in who shows a certificate of mqtt.tls.clientCa, as the user it names", {
  skip: skip || TOOLS_MISSING,
}, async (t) => {
  const server = certificate();
  const [ours, others] = [authority(), authority()];
  const passwordHash = await hashPassword(PASSWORD, RANDOM_PASSWORD_COST);
  const user = { role: "device" as const, zones: [], write: [], read: [] };
  const tls = openTlsFiles({ ...server, clientCa: ours.ca }, "mqtt.tls");
  const broker = await startBroker({
    ...{ host: "127.0.0.1", port: await freeTcpPort(), portFixed: true, tls },
    users: new Map([[USER, passwordHash]]),
    others: [
      { id: "lamp", ...user },
      { id: "both", ...user, passwordHash },
    ],
  });
  t.after(() => broker.close());
  const lamp = ours.issue("lamp");
  const both = ours.issue("both");
  const mine = (topic: string) => ["-t", topic];
  const as = (name: string, password?: string) => [
    ...["-u", name],
    ...(password === undefined ? [] : ["-P", password]),
  ];
  const cases: readonly [string, string, (Files | undefined)?, string[]?][] = [
    ["its common name", "", lamp],
    ["and the same as user", "", lamp, as("lamp")],
    ["one of its DNS names", "", ours.issue("a lamp", "DNS:other,DNS:lamp")],
    [
      "a password beside it",
      "",
      both,
      [...as("both", PASSWORD), ...mine("office/lab/sensor/both/x")],
    ],
    ["no certificate", REFUSED],
    ["no certificate, the node's password", REFUSED, undefined, as(USER, PASSWORD)],
    ["another's authority", REFUSED, others.issue("lamp")],
    ["nobody's authority", REFUSED, certificate()],
    ["another user's name", REFUSED, lamp, as("both", PASSWORD)],
    ["the node's name", REFUSED, lamp, as(USER, PASSWORD)],
    ["a name of nobody", REFUSED, ours.issue("nobody")],
    ["an address that spells a list of names", REFUSED, ours.issue("x", LIST)],
    ["one that has expired", REFUSED, ours.outdated("lamp")],
    ["two common names", REFUSED, ours.issue("x/CN=lamp")],
    [
      "no password where there is one",
      "Connection error: Connection Refused: bad user name or password.",
      both,
    ],
    // As with a password, the connection ends at the first word that is not its own.
    ["another's topic", "Error: The connection was lost.", lamp, mine("office/lab/sensor/both/x")],
  ];
  for (const [what, said, files, args] of cases) {
    assert.equal(await publish(broker.port, server.cert, files, args), said, what);
  }
  const { noCertificate, otherCertificate, badPassword } = broker.stats().refused;
  assert.deepEqual([noCertificate, otherCertificate, badPassword], [5, 5, 1]);

  // The authority is another from now on, and what the old one signed opens nothing.
  copyFileSync(others.ca, ours.ca);
  tls.reload();
  assert.equal(await publish(broker.port, server.cert, lamp), REFUSED);
  assert.equal(await publish(broker.port, server.cert, others.issue("lamp")), "");
});

test("the node is on its own broker by the broker's certificate and its password, both", {
  skip: OPENSSL_MISSING,
}, async (t) => {
  const server = certificate();
  const dir = mkdtempSync(join(tmpdir(), "mycel-broker-"));
  const read = validateConfig({
    zones: [{ id: "lab" }],
    hubs: [{ id: "h", zone: "lab" }],
    mqtt: {
      ...{ port: await freeTcpPort(), user: USER, password: PASSWORD },
      tls: { ...server, clientCa: authority().ca },
      users: [{ id: "lamp" }],
    },
  });
  assert.ok(read.ok);
  const broker = await openBroker(read.value, dir, () => {}, silentLogger);
  t.after(() => broker.close());
  const own = broker.connections.connect({ clientId: "mycel@office" });
  await until(() => own.isConnected());
  const words: string[] = [];
  const files = { cert: readFileSync(server.cert), key: readFileSync(server.key) };
  const as = (user: string, password: string) => {
    const all = createMqttConnections({
      ...{ url: broker.url, user, password, clock: systemClock, random: () => 0.5 },
      tls: () => ({ ca: files.cert, ...files, checkServerIdentity: () => undefined }),
    });
    t.after(() => all.close());
    all.connect({ clientId: "x", onStatus: (connected, why) => words.push(`${connected} ${why}`) });
  };
  as(USER, "wrong");
  await until(() => words.length === 1);
  as("lamp", "");
  await until(() => words.length === 2);
  assert.deepEqual(words, Array(2).fill("false it refuses our user and password"));
});

for (const [what, mqtt, path] of [
  ["a user without password", { users: [{ id: "lamp" }] }, "mqtt.users[0].passwordHash"],
  ["a certificate without key", { broker: "mqtts://there", cert: "c" }, "mqtt"],
  ["a certificate in clear", { broker: "mqtt://there", cert: "c", key: "k" }, "mqtt.cert"],
  ["a certificate for our own broker", { cert: "c", key: "k" }, "mqtt.cert"],
] as const) {
  test(`settings with ${what} are refused`, () => {
    const read = validateConfig({
      ...{ zones: [{ id: "lab" }], hubs: [{ id: "h", zone: "lab" }], mqtt },
    });
    assert.deepEqual(read.ok ? [] : read.error.map((mistake) => mistake.path), [path]);
  });
}

test("users of another's broker need no password in our settings", () => {
  const mqtt = { broker: "mqtts://there", users: [{ id: "lamp" }] };
  const read = validateConfig({
    ...{ zones: [{ id: "lab" }], hubs: [{ id: "h", zone: "lab" }], mqtt },
  });
  assert.ok(read.ok);
});

test("mqtt.tls.clientCa that is no certificate is refused at the start", {
  skip: OPENSSL_MISSING,
}, () => {
  const files = certificate();
  assert.throws(() => openTlsFiles({ ...files, clientCa: files.key }, "mqtt.tls"), {
    code: "E_CONFIG_INVALID",
    message: `mqtt.tls.clientCa: ${files.key} is no certificate in PEM.`,
  });
});

const CONNECTED = "connected";
const WANTED = "it asks for a certificate of ours: set mqtt.cert and mqtt.key";
const UNKNOWN = "it does not trust our certificate: mqtt.cert must be of the authority it asks for";

const options = (url: string, ca: string, files: Files | undefined) => ({
  ...{ url, user: USER, password: PASSWORD, clock: systemClock },
  tls: () => ({
    ca: readFileSync(ca),
    ...(files && { cert: readFileSync(files.cert), key: readFileSync(files.key) }),
  }),
});

async function firstWord(t: TestContext, url: string, ca: string, files?: Files): Promise<string> {
  const words: string[] = [];
  const all = createMqttConnections({ ...options(url, ca, files), random: () => 0.5 });
  t.after(() => all.close());
  all.connect({
    clientId: "bus",
    onStatus: (connected, why) => words.push(connected ? CONNECTED : why),
  });
  return until(() => words[0]);
}

async function firstWord5(t: TestContext, url: string, ca: string, files?: Files): Promise<string> {
  const words: string[] = [];
  const properties = publishProperties("mcp-client", "mcp");
  const connection = mqtt5Connections(options(url, ca, files))({
    ...{ clientId: "mcp", properties, keeps: false, onMessage: () => {} },
    will: { topic: "gone", payload: "", retain: false, properties },
    onConnect: () => words.push(CONNECTED),
    onLost: (why) => words.push(why),
  });
  t.after(() => connection.close());
  return until(() => words[0]);
}

for (const [name, first] of [
  ["the bus", firstWord],
  ["MQTT 5", firstWord5],
] as const) {
  for (const version of ["tlsv1.3", "tlsv1.2"]) {
    test(`mqtt.cert is shown to a Mosquitto that asks for one, or what is wrong is told: ${name}, ${version}`, {
      skip,
    }, async (t) => {
      const ours = authority();
      const server = ours.issue("broker", "DNS:localhost,IP:127.0.0.1");
      const broker = await startMosquitto(server, [
        ...[`cafile ${ours.ca}`, "require_certificate true", `tls_version ${version}`],
      ]);
      t.after(() => broker.kill());
      const word = (files?: Files) => first(t, broker.url, ours.ca, files);
      assert.equal(await word(ours.issue("node")), CONNECTED);
      assert.equal(await word(), WANTED);
      assert.equal(await word(authority().issue("node")), UNKNOWN);
      assert.equal(await word(ours.outdated("node")), "mqtt.cert has expired");
    });
  }
}
