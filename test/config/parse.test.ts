import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig, OFFICE_PRESET } from "../../config/load.ts";
import { parseConfig, validateConfig } from "../../config/parse.ts";
import fc from "../support/fc.ts";

const SOUND = `
zones: [{ id: main }]
hubs: [{ id: swarm_hub_01, zone: main }]
`;

test("loadConfig() accepts the office preset", () => {
  const config = loadConfig(OFFICE_PRESET);
  assert.equal(config.node, "office");
  assert.ok(config.hubs.every((hub) => hub.adopt === "always"));
});

test("parseConfig() fills in the defaults, none of which listens beyond loopback", () => {
  const parsed = parseConfig(SOUND);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.http.host, "127.0.0.1");
  assert.equal(parsed.value.mqtt.host, "127.0.0.1");
  assert.equal(parsed.value.http.port, undefined);
  assert.equal(parsed.value.hubs[0]?.offlineAfterMs, 120_000);
  assert.equal(parsed.value.zones[0]?.sedentaryAfterS, 1_200);
});

const MISTAKES: readonly { text: string; paths: readonly string[] }[] = [
  { text: "zones: []\nhubs: []", paths: ["zones", "hubs"] },
  { text: `${SOUND}\nhttp: { port: 99999 }`, paths: ["http.port"] },
  { text: `${SOUND}\nhttp: { user: a }`, paths: ["http"] },
  { text: `${SOUND}\nmqtt: { broker: "ftp://x", password: p }`, paths: ["mqtt.broker", "mqtt"] },
  { text: `${SOUND}\nthreads: -1\nlogLevel: loud`, paths: ["threads", "logLevel"] },
  { text: `${SOUND}\nstorage: { dri: x }`, paths: ["storage.dri"] },
  {
    text: "zones: [{ id: main }, { id: main }]\nhubs: [{ id: h, zone: attic }, { id: h, zone: main }]",
    paths: ["zones[1].id", "hubs[1].id", "hubs[0].zone"],
  },
  {
    text: "zones: [{ id: main }]\nhubs: [{ id: h, zone: main, leaves: [{ id: 1, zone: x }, { id: 1 }, { id: 256 }] }]",
    paths: [
      "hubs[0].leaves[2].id",
      "hubs[0].leaves[1].id",
      "hubs[0].leaves[1].name",
      "hubs[0].leaves[0].zone",
    ],
  },
  {
    text: 'zones: [{ id: "a/b" }]\nhubs: [{ id: h, zone: q, foo: 1, link: 3 }]\nhttp: { port: 0 }\nx: 1',
    paths: ["http.port", "zones[0].id", "hubs[0].link", "hubs[0].foo", "x", "hubs[0].zone"],
  },
  {
    text: `zones: [{ id: main }]\nhubs: [{ id: h, zone: main, link: "serial:///dev/x" }]\nemulate: {}`,
    paths: ["hubs[0].link"],
  },
  {
    text: `zones: [{ id: main }]
hubs:
  - { id: a, zone: main, link: "udp://127.0.0.1:99999" }
  - { id: b, zone: main, link: "tcp://127.0.0.1", allow: ["192.0.2.7", "192.0.2.0/33", "a"] }
  - { id: c, zone: main, link: "udp://127.0.0.1:5701" }
  - { id: d, zone: main, link: "udp://127.0.0.1:5701" }
  - { id: e, zone: main, link: "udp://127.0.0.1" }
  - { id: f, zone: main, link: "udp://127.0.0.1" }
mqtt: { broker: "mqtt://127.0.0.1:99999" }`,
    paths: [
      "mqtt.broker",
      "hubs[0].link",
      "hubs[1].link",
      "hubs[1].allow[1]",
      "hubs[1].allow[2]",
      "hubs[3].link",
    ],
  },
  {
    text: `zones: [{ id: main }]
hubs:
  - { id: a, zone: main, link: "gateway://gw/1", allow: ["192.0.2.7"] }
  - { id: b, zone: main, link: "gateway://gw/1" }
  - { id: c, zone: main, link: "gateway://other/1" }
  - { id: d, zone: main, link: "gateway://gw/65536" }
  - { id: e, zone: main, link: "gateway://gw/01" }
  - { id: f, zone: main, link: "udp://127.0.0.1:5800" }
gateways:
  - { id: gw, link: "udp://127.0.0.1:5800" }
  - { id: gw, link: "udp://127.0.0.1" }
  - { id: x, link: "gateway://gw/3" }
  - { id: y, link: "serial:///dev/x?framing=resync" }`,
    paths: [
      "hubs[0].allow",
      "hubs[1].link",
      "hubs[2].link",
      "hubs[3].link",
      "hubs[4].link",
      "gateways[0].link",
      "gateways[1].id",
      "gateways[1].link",
      "gateways[2].link",
      "gateways[3].link",
    ],
  },
  { text: "zones: [", paths: [""] },
  { text: "just words", paths: [""] },
];

for (const { text, paths } of MISTAKES) {
  test(`parseConfig() names every mistake at once: ${paths.join(", ")}`, () => {
    const parsed = parseConfig(text);
    assert.ok(!parsed.ok);
    const found = new Set(parsed.error.map((mistake) => mistake.path));
    for (const path of paths)
      assert.ok(found.has(path), `${path} not among ${[...found].join(", ")}`);
  });
}

test("validateConfig() never throws, whatever the settings are", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      assert.equal(typeof validateConfig(value).ok, "boolean");
    }),
  );
});

test("parseConfig() tells a mistake without the text that stands there: it may be a password", () => {
  const password = "canary-5b1f09a7";
  for (const value of [
    ...[`*${password}`, `>${password}`, `| ${password}`, `"a" ${password}`, `[${password}`],
    ...[`"${password}`, `{${password}: {`, `${password}: b: c`, `!${password} a`, `&${password}`],
  ]) {
    const parsed = parseConfig(`${SOUND}http:\n  user: a\n  password: ${value}\n`);
    assert.ok(!parsed.ok, value);
    assert.ok(!JSON.stringify(parsed.error).includes(password), JSON.stringify(parsed.error));
  }
});
