/**
 * Rubbish at every door of a running node at once, while a good leaf goes on: the node stays up, answers
 * with no 5xx, accounts for every datagram and loses no reading. `FUZZ_FRAMES=1000000` for the long
 * run, `SEED=n` to run a failure again.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import mqtt from "mqtt";
import { WebSocket } from "ws";
import { seededRandom } from "../../runtime/random.ts";
import {
  historyOf,
  metricsOf,
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { openRadio } from "../support/radio.ts";
import { until } from "../support/until.ts";
import { hostileFrames } from "../transports/frame/hostile-frames.ts";

const count = Number(process.env["FUZZ_FRAMES"] ?? 20_000);
const seed = Number(process.env["SEED"] ?? randomInt(1_000_000));
const HUBS = { bad: "swarm_hub_01", good: "swarm_hub_02" };
const SETTINGS = {
  threads: 2,
  mqtt: { user: "office", password: "a-test-password" },
  zones: [{ id: "main" }],
  hubs: [
    { id: HUBS.bad, zone: "main", adopt: "always", framesPerSecondMax: 1_000_000 },
    { id: HUBS.good, zone: "main", leaves: [{ id: 1, framesPerSecondMax: null }] },
  ],
  // Every hostile frame that is sound may be an event.
  logLevel: "error",
};
/** A node takes some 130 MB; ten times a leak of a kilobyte a frame would show. */
const GROWTH_BYTES_MAX = 250 * 1024 * 1024;
/** A burst that the kernel's buffer holds, and a pause for the node to read it. */
const BURST_FRAMES = 250;

test(`a node with rubbish at every door, ${count} datagrams of it, loses nothing (SEED=${seed})`, async (t) => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, SETTINGS);
  let isOver = false;
  t.after(async () => {
    isOver = true;
    await node.end("SIGKILL");
    removeDir(dir);
  });
  await untilAdopted(node, 1);
  const atStartBytes = residentBytes(node);
  const random = seededRandom(seed);

  const while_ = async (work: () => Promise<void>): Promise<number> => {
    let times = 0;
    for (; !isOver; times++) await work();
    return times;
  };
  const good = goodLeaf(node);
  t.after(good.close);
  const doors = [
    while_(() => good.report()),
    while_(() => rubbishToTcp(new URL(node.file.mqttUrl), random.next())),
    while_(() => rubbishToTcp(new URL(node.file.url), random.next())),
    while_(() => rubbishOnTheBus(node, random.next())),
    while_(() => rubbishToTheApi(node, random.next())),
    while_(() => rubbishToTheFeed(node, random.next())),
  ];
  const sent = await rubbishToTheHub(node).finally(() => {
    isOver = true;
  });
  for (const times of await Promise.all(doors)) assert.ok(times > 0, "every door was tried");

  assert.equal(node.process.exitCode, null, node.output());
  await until(async () => (await fetch(`${node.file.url}/healthz`)).ok);
  await until(async () => (await accountOf(node, HUBS.bad)).done === sent, {
    what: () => `${sent} datagrams are accounted for`,
  });
  const account = await accountOf(node, HUBS.bad);
  assert.equal(account.received, account.applied + account.refused);
  assert.ok(account.reasons.length >= 6, `by reason: ${account.reasons}`);

  const series = { hub: HUBS.good, leaf: "1", channel: "co2" };
  await until(async () => (await historyOf(node, series)).length >= good.sent());
  const values = (await historyOf(node, series)).map((row) => row.value);
  assert.deepEqual(
    values,
    values.map((_, at) => at + 1),
    "the good leaf's history has no gap",
  );
  assert.equal(values.length, good.sent());

  const metrics = await metricsOf(node);
  const counted = (name: string): number =>
    [...metrics].reduce((sum, [key, value]) => (key.startsWith(name) ? sum + value : sum), 0);
  for (const name of ["mqtt_refused_total", "broker_refused_total", "http_refused_total"])
    assert.ok(counted(`mycel_${name}`) > 0, `${name} counts`);
  assert.equal(counted('mycel_http_refused_total{reason="internal"'), 0);
  assert.equal(counted("mycel_actor_failures_total"), 0, node.output());
  assert.ok(residentBytes(node) - atStartBytes < GROWTH_BYTES_MAX);
  assert.equal(await node.end("SIGTERM"), 0);
});

const residentBytes = ({ file }: NodeProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${file.pid}/status`, "utf8"))?.[1]) * 1024;

/** Every 10 ms the next number, on a hub that is otherwise left alone. */
function goodLeaf(node: NodeProcess) {
  const radio = openRadio(node.file.hubs[HUBS.good] ?? "");
  let sent = 0;
  return {
    report: async () => {
      await (await radio).report(1, { co2: ++sent });
      await sleep(10);
    },
    sent: () => sent,
    close: () => void radio.then(({ close }) => close()),
  };
}

interface Account {
  readonly received: number;
  readonly applied: number;
  readonly refused: number;
  readonly reasons: readonly string[];
  /** Applied, refused, or lost before the node could read it. */
  readonly done: number;
}

async function accountOf(node: NodeProcess, hub: string): Promise<Account> {
  const metrics = await metricsOf(node);
  const of = (name: string): number => metrics.get(`mycel_frames_${name}_total{hub="${hub}"}`) ?? 0;
  const reasons: string[] = [];
  let refused = 0;
  for (const [key, value] of metrics) {
    if (!key.startsWith(`mycel_frames_refused_total{hub="${hub}"`)) continue;
    refused += value;
    reasons.push(/reason="(\w+)"/.exec(key)?.[1] ?? key);
  }
  const [received, applied] = [of("received"), of("applied")];
  return { received, applied, refused, reasons, done: applied + refused + of("lost_by_kernel") };
}

/** As fast as the hub takes it, so that next to nothing is lost in the kernel. */
async function rubbishToTheHub(node: NodeProcess): Promise<number> {
  const radio = await openRadio(node.file.hubs[HUBS.bad] ?? "");
  let sent = 0;
  for (const bytes of hostileFrames(seed, count)) {
    await radio.send(bytes);
    if (++sent % BURST_FRAMES === 0) await sleep(5);
  }
  // Longer than any frame.
  await radio.send(new Uint8Array(1_400));
  radio.close();
  return sent + 1;
}

const below = (random: number, bound: number): number => Math.floor(random * bound);

/** Begins like the door's own protocol, or not, and goes on at random. */
const OPENINGS = [
  "",
  "GET / HTTP/1.1\r\n",
  "POST /api/leaves HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n",
  "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  "\x10\x0c\0\x04MQTT\x04\x02\0\x3c",
  "\x10\xff\xff\xff\x7f",
  "\x30\xff\xff\xff\xff\xff",
];

function rubbishToTcp({ hostname, port }: URL, random: number): Promise<void> {
  const own = seededRandom(below(random, 2 ** 31));
  const opening = OPENINGS[below(own.next(), OPENINGS.length)] ?? "";
  const bytes = Uint8Array.from({ length: below(own.next(), 2_000) }, () => below(own.next(), 256));
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {}).on("close", () => resolve());
    socket.on("connect", () => {
      socket.write(Buffer.from(opening, "latin1"));
      socket.end(bytes);
      socket.resume();
    });
    // A door may wait for more; we do not.
    setTimeout(() => socket.destroy(), 200);
  });
}

const BAD_PAYLOADS = [
  "",
  "{",
  "null",
  "[1]",
  '{"value":1e999}',
  '{"value":"hot"}',
  '{"value":{"value":1}}',
  '{"person_count":-1}',
  '{"__proto__":{"value":1}}',
  "\u0000\u0001",
  "x".repeat(20_000),
];
const BAD_TOPICS = [
  "office/main/sensor/env/temperature",
  "office/main/occupancy",
  "office/main/activity",
  "office/main/sensor/env",
  "office/main//env/temperature",
  "office/nowhere/sensor/env/temperature",
  "office/__proto__/sensor/constructor/toString",
  "office",
  `office/main/sensor/${"e".repeat(500)}/temperature`,
];

async function rubbishOnTheBus(node: NodeProcess, random: number): Promise<void> {
  const own = seededRandom(below(random, 2 ** 31));
  const client = mqtt.connect(node.file.mqttUrl, {
    username: "office",
    password: "a-test-password",
    reconnectPeriod: 0,
  });
  await new Promise((resolve) => {
    for (const end of ["connect", "error", "close"] as const) client.once(end, resolve);
  });
  for (let i = 0; i < 50; i++) {
    const topic = BAD_TOPICS[below(own.next(), BAD_TOPICS.length)] ?? "";
    const payload = BAD_PAYLOADS[below(own.next(), BAD_PAYLOADS.length)] ?? "";
    client.publish(topic, payload, { retain: own.next() < 0.1 });
  }
  await client.endAsync();
}

const BAD_PATHS = [
  "/api/history",
  "/api/history?hub=swarm_hub_02&leaf=1&channel=co2&limit=0",
  "/api/history?hub=swarm_hub_02&leaf=1&channel=co2&fromMs=1e999",
  "/api/history?hub=swarm_hub_02&leaf=1&channel=co2&stepMs=1&fromMs=-1e300&toMs=1e300",
  "/api/history?hub=__proto__&leaf=constructor&channel=toString",
  "/api/events?limit=99999999",
  "/api/leaves/swarm_hub_01/999999",
  "/../../etc/passwd",
  "/%00",
  "/%ff%fe",
  "/api/nothing",
  "/live",
];
const BAD_BODIES = [
  "",
  "{",
  "[]",
  '{"act":"move"}',
  '{"act":"limit","framesPerSecondMax":-1}',
  "x",
];

async function rubbishToTheApi(node: NodeProcess, random: number): Promise<void> {
  const own = seededRandom(below(random, 2 ** 31));
  const path = BAD_PATHS[below(own.next(), BAD_PATHS.length)] ?? "";
  const isPost = own.next() < 0.4;
  const response = await fetch(`${node.file.url}${isPost ? "/api/leaves/swarm_hub_02/1" : path}`, {
    ...(isPost && { method: "POST", body: BAD_BODIES[below(own.next(), BAD_BODIES.length)] ?? "" }),
    headers: {
      "content-type": own.next() < 0.5 ? "application/json" : "text/html",
      ...(own.next() < 0.2 && { origin: "http://evil.example" }),
    },
  }).catch(() => undefined);
  // A kept connection that the server ends at the same moment: an answer comes with the next one.
  if (response === undefined) return;
  const text = await response.text();
  assert.ok(response.status < 500, `${path}: ${response.status} ${text.slice(0, 200)}`);
}

/** A feed takes no messages: whoever sends is shown out. */
function rubbishToTheFeed(node: NodeProcess, random: number): Promise<void> {
  const own = seededRandom(below(random, 2 ** 31));
  return new Promise((resolve) => {
    const socket = new WebSocket(`${node.file.url.replace("http", "ws")}/live`);
    socket.on("error", () => {}).on("close", () => resolve());
    socket.on("open", () => {
      if (own.next() < 0.3) socket.send("x".repeat(below(own.next(), 100_000)));
      else if (own.next() < 0.5) socket.send(Uint8Array.of(0xff, 0xfe, 0x00));
      // Past the library, so no frame that WebSocket knows.
      else
        (socket as unknown as { _socket: { write(b: Buffer): void } })._socket.write(
          Buffer.from("\xff\xff\xff\xff", "latin1"),
        );
      setTimeout(() => socket.terminate(), 200);
    });
  });
}
