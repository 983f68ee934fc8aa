import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Hub, NodeInfo } from "../../../transports/http/contract.ts";
import { createMetrics, type MetricSources } from "../../../transports/http/metrics.ts";

const hub: Hub = {
  hub: "swarm_hub_01",
  zone: "lab",
  address: "udp://127.0.0.1:5701",
  startedAtMs: 0,
  leafCount: 4,
  onlineCount: 3,
  framesReceived: 10,
  framesApplied: 7,
  refused: { badChecksum: 2, rateLimited: 1 },
  lostByKernel: null,
};
const node: NodeInfo = {
  node: "n1",
  version: "1.2.3",
  startedAtMs: 0,
  threads: 2,
  storeDir: "x",
  storeHealth: "full",
  broker: { url: "mqtt://127.0.0.1:1883", connected: true },
};
const actor = (path: string, mailboxDepth: number): Actor => ({
  path,
  parent: null,
  thread: 0,
  mailboxDepth,
  mailboxCapacity: 64,
  processed: 5,
  failures: 1,
  restarts: 0,
  rate: null,
  times: null,
});

const wait = { samples: 9, p50Ms: 1, p99Ms: 4, p999Ms: 5, maxMs: 6 };
const handler = { ...wait, p99Ms: 2 };

const sources: MetricSources = {
  node: () => node,
  hubs: () => [hub],
  gateways: () => [
    {
      ...{ id: "gw", address: "udp://127.0.0.1:5800", received: 12, sent: 0, lostByKernel: 3 },
      refused: { noHub: 4 },
    },
  ],
  heldBack: () => ({ swarm_hub_01: 6 }),
  hubLosses: () => ({ swarm_hub_01: { readingsNotStored: 2, framesNotSent: 0 } }),
  historian: () => ({
    readingsReceived: 9,
    readingsStored: 5,
    readingsWaiting: 3,
    commits: 2,
    dropped: { storeFull: 1 },
  }),
  actors: () => [
    actor("mycel://n1/user", 0),
    actor("mycel://n1/user/hubs/swarm_hub_01", 2),
    { ...actor("mycel://n1/user/hubs/swarm_hub_01/leaf_1", 7), times: { wait, handler } },
    actor("mycel://n1/user/zones/lab", 1),
  ],
  kernel: () => ({
    threads: [
      {
        ...{ thread: 0, actors: 4, rate: 2, busyShare: 0.25, heapBytes: 4_096 },
        ...{ sent: 11, received: 12, full: 1 },
      },
    ],
    deadLetters: { byReason: { stopped: 3 }, last: [] },
  }),
  httpRefused: () => ({ notFound: 4 }),
};

test("createMetrics() shows the counters of their owners, twice the same when nothing happened", async () => {
  const metrics = createMetrics(sources);
  await metrics.text();
  const lines = (await metrics.text()).split("\n");
  for (const line of [
    'mycel_info{node="n1",version="1.2.3"} 1',
    "mycel_store_ok 0",
    'mycel_frames_received_total{hub="swarm_hub_01"} 10',
    'mycel_frames_refused_total{hub="swarm_hub_01",reason="badChecksum"} 2',
    'mycel_gateway_envelopes_total{gateway="gw"} 12',
    'mycel_gateway_refused_total{gateway="gw",reason="noHub"} 4',
    'mycel_gateway_lost_by_kernel_total{gateway="gw"} 3',
    'mycel_link_held_back_total{hub="swarm_hub_01"} 6',
    'mycel_leaves_online{hub="swarm_hub_01"} 3',
    'mycel_hub_lost_total{hub="swarm_hub_01",what="readingsNotStored"} 2',
    "mycel_readings_received_total 9",
    "mycel_readings_stored_total 5",
    "mycel_readings_waiting 3",
    'mycel_store_dropped_total{reason="storeFull"} 1',
    "mycel_store_commits_total 2",
    'mycel_mailbox_depth{group="hubs"} 9',
    'mycel_mailbox_depth_max{group="hubs"} 7',
    'mycel_actors{group="zones"} 1',
    'mycel_dead_letters_total{reason="stopped"} 3',
    'mycel_thread_busy_ratio{thread="0"} 0.25',
    'mycel_thread_full{thread="0"} 1',
    'mycel_message_wait_seconds{group="hubs"} 0.004',
    'mycel_message_handler_seconds{group="hubs"} 0.002',
    'mycel_http_refused_total{reason="notFound"} 4',
  ]) {
    assert.ok(
      lines.includes(line),
      `${line}\n${lines.filter((l) => l.startsWith("mycel_")).join("\n")}`,
    );
  }
  assert.ok(!lines.some((line) => line.startsWith("mycel_frames_lost_by_kernel_total{")));
  assert.ok(lines.some((line) => line.startsWith("process_cpu_seconds_total ")));
});

test("createMetrics() shows each model: whether it is up, attempts, faults, tokens and dollars", async () => {
  const model = {
    ...{
      model: "ollama:m",
      lastFault: "x",
      lastFaultCode: "timeout",
      requests: 9,
      faults: 2,
      promptTokens: 800,
    },
    ...{ completionTokens: 70, cost: 0.25, p50Ms: 12 },
  };
  const text = await createMetrics({
    ...sources,
    models: () => [
      { ...model, state: "down" },
      { ...model, model: "scripted", state: "unknown", faults: 0 },
    ],
  }).text();
  for (const line of [
    'mycel_model_up{model="ollama:m"} 0',
    'mycel_model_up{model="scripted"} 1',
    'mycel_model_requests_total{model="ollama:m"} 9',
    'mycel_model_faults_total{model="ollama:m"} 2',
    'mycel_model_tokens_total{model="ollama:m",kind="completion"} 70',
    'mycel_model_cost_dollars_total{model="scripted"} 0.25',
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
});

test("createMetrics() shows a reason that is refused later, and parts that exist", async () => {
  const refused: Record<string, number> = {};
  const metrics = createMetrics({
    ...sources,
    hubs: () => [{ ...hub, lostByKernel: 5 }],
    httpRefused: () => refused,
    live: () => ({ clients: 2, sent: 9, skipped: 1, refused: 0 }),
    mqtt: () => ({
      connected: true,
      published: 8,
      dropped: 1,
      received: 3,
      own: 6,
      refused: { badJson: 2 },
    }),
    broker: () => ({ clients: 6, refused: { badPassword: 1 } }),
  });
  assert.doesNotMatch(await metrics.text(), /mycel_http_refused_total\{/);
  refused["hostRefused"] = 1;
  const text = await metrics.text();
  assert.match(text, /^mycel_http_refused_total\{reason="hostRefused"\} 1$/m);
  assert.match(text, /^mycel_frames_lost_by_kernel_total\{hub="swarm_hub_01"\} 5$/m);
  assert.match(text, /^mycel_live_clients 2$/m);
  assert.match(text, /^mycel_mqtt_own_total 6$/m);
  assert.match(text, /^mycel_mqtt_refused_total\{reason="badJson"\} 2$/m);
  assert.match(text, /^mycel_broker_refused_total\{reason="badPassword"\} 1$/m);
});

test("createMetrics() reads hubs and actors once a scrape, so that their numbers belong together", async () => {
  let reads = 0;
  const metrics = createMetrics({
    ...sources,
    hubs: () => {
      reads += 1;
      return [{ ...hub, framesReceived: reads, framesApplied: reads, refused: {} }];
    },
  });
  const text = await metrics.text();
  assert.match(text, /^mycel_frames_received_total\{hub="swarm_hub_01"\} 1$/m);
  assert.match(text, /^mycel_frames_applied_total\{hub="swarm_hub_01"\} 1$/m);
});
