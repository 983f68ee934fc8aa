/** `mqtts:` to a real Mosquitto: who is believed, and what is said where nobody is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { publishProperties } from "../../../transports/mcp/frames/mqtt5.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { mqtt5Connections } from "../../../transports/mqtt/mqtt5-connections.ts";
import { OPENSSL_MISSING, signedCertificate } from "../../support/certificate.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, startMosquitto, USER } from "./brokers.ts";

const skip = BROKER_KINDS[1]?.skip || OPENSSL_MISSING;
const HERE = "DNS:localhost,IP:127.0.0.1";

const options = (url: string, ca: string | undefined) => ({
  ...{ url, user: USER, password: PASSWORD, clock: systemClock },
  ...(ca !== undefined && { tls: () => ({ ca: readFileSync(ca) }) }),
});

/** What the bus hears of its connection first: "connected", or why not. */
async function firstWord(t: TestContext, url: string, ca?: string): Promise<string> {
  const words: string[] = [];
  const all = createMqttConnections({ ...options(url, ca), random: () => 0.5 });
  t.after(() => all.close());
  all.connect({
    clientId: "bus",
    onStatus: (connected, why) => words.push(connected ? "connected" : why),
  });
  return until(() => words[0]);
}

/** The same of a connection of MQTT 5. */
async function firstWord5(t: TestContext, url: string, ca?: string): Promise<string> {
  const words: string[] = [];
  const connection = mqtt5Connections(options(url, ca))({
    ...{ clientId: "mcp", properties, keeps: false, onMessage: () => {} },
    will: { topic: "gone", payload: "", retain: false, properties },
    onConnect: () => words.push("connected"),
    onLost: (why) => words.push(why),
  });
  t.after(() => connection.close());
  return until(() => words[0]);
}

const properties = publishProperties("mcp-client", "mcp");
const NOT_TRUSTED =
  "its certificate is signed by nobody we trust: set mqtt.ca to the file of the authority that signed it";

for (const [name, first] of [
  ["the bus", firstWord],
  ["MQTT 5", firstWord5],
] as const) {
  test(`${name} believes a broker by the authority of mqtt.ca, and no other`, {
    skip,
  }, async (t) => {
    const files = signedCertificate(HERE);
    const broker = await startMosquitto(files);
    t.after(() => broker.kill());
    assert.equal(await first(t, broker.url, files.ca), "connected");
    assert.equal(await first(t, broker.url, signedCertificate(HERE).ca), NOT_TRUSTED);
    assert.equal(await first(t, broker.url), NOT_TRUSTED, "nor do the system's authorities vouch");
  });

  test(`${name} refuses a broker whose certificate is for another host`, { skip }, async (t) => {
    const files = signedCertificate("DNS:elsewhere.example");
    const broker = await startMosquitto(files);
    t.after(() => broker.kill());
    assert.equal(
      await first(t, broker.url, files.ca),
      "its certificate is for another host name than mqtt.broker has",
    );
  });

  test(`${name} says so where a broker does not speak TLS`, { skip }, async (t) => {
    const broker = await startMosquitto();
    t.after(() => broker.kill());
    const word = await first(t, broker.url.replace("mqtt:", "mqtts:"));
    assert.match(
      word,
      /^it (does not speak TLS there|broke the connection off: .* may not speak TLS)/,
    );
  });
}

test("a broker without MQTT 5, as the embedded one, is told as such", async (t) => {
  const broker = (await BROKER_KINDS[0]?.start()) ?? assert.fail();
  t.after(() => broker.kill());
  assert.equal(
    await firstWord5(t, broker.url),
    "it does not speak MQTT 5, which MCP over MQTT needs",
  );
});

test("the user properties of a CONNACK reach whoever connects", async (t) => {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  };
  const property = Buffer.concat([Buffer.of(0x26), text("MCP-SERVER-NAME"), text("lab/lamp")]);
  // MQTT 5 §3.2: type, length, flags, reason 0, length of the properties, user property (0x26).
  const head = Buffer.of(0x20, property.length + 3, 0, 0, property.length);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(Buffer.concat([head, property])));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const told: unknown[] = [];
  const connection = mqtt5Connections(options(`mqtt://127.0.0.1:${port}`, undefined))({
    ...{ clientId: "mcp", properties, keeps: false, onMessage: () => {} },
    will: { topic: "gone", payload: "", retain: false, properties },
    onConnect: (_made, suggested) => told.push({ ...(suggested as object) }),
    onLost: () => {},
  });
  t.after(() => connection.close());
  await until(() => told.length > 0);
  assert.deepEqual(told, [{ "MCP-SERVER-NAME": "lab/lamp" }]);
});
