/** `mycel top` and `mycel trace` on a real node, whose leaf is a radio of this test. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ActorDetail, TraceHop, Tree } from "../../transports/http/contract.ts";
import {
  metricsOf,
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { openRadio } from "../support/radio.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const SETTINGS = {
  node: "attic",
  threads: 2,
  zones: [{ id: "main" }],
  hubs: [{ id: HUB, zone: "main" }],
};

describe("watching a real node", () => {
  const dir = temporaryDir();
  let node: NodeProcess;
  let radio: Awaited<ReturnType<typeof openRadio>>;
  const mycel = (...args: readonly string[]) => runMycel([...args, "--url", node.file.url]);

  before(async () => {
    node = await startNodeProcess(dir, SETTINGS);
    radio = await openRadio(node.file.hubs[HUB] ?? "");
    await radio.register(3, "esp32");
    // Enough for its messages to be sampled.
    for (let i = 0; i < 400; i += 1) await radio.report(3, { temperature: 20 + (i % 2) });
  });
  after(async () => {
    await radio?.close();
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  test("mycel top without a terminal prints threads, dead letters and actors of all threads", async () => {
    await until(async () => {
      const { actors, threads } = await node.json<Tree>("/api/tree");
      const leaf = actors.find(({ path }) => path.endsWith(`/${HUB}/leaf_3`));
      return leaf !== undefined && leaf.thread > 0 && threads.length === 3;
    });
    const { status, stdout, stderr } = await mycel("top", "--filter", HUB, "--sort", "depth");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^main +busy .+ heap .+\nworker 1 .+\nworker 2 .+\ndead letters /);
    assert.match(stdout, new RegExp(`hubs/${HUB}/leaf_3 +worker \\d `));
    assert.doesNotMatch(stdout, /^historian/m);
    assert.equal((await mycel("top", "--sort", "colour")).status, 2);
  });

  test("GET /api/actor has the times of each message type of an actor on a worker", async () => {
    const name = `${HUB}/leaf_3`;
    const leaf = await until(async () => {
      const found = await node.json<ActorDetail>(`/api/actor?name=${name}`);
      return found.types.length > 0 ? found : undefined;
    });
    assert.ok(leaf.types.some(({ type, wait }) => type === "Bytes" && wait.samples > 0));
    assert.ok(leaf.times !== null && leaf.times.handler.maxMs > 0);
    const metrics = await metricsOf(node);
    assert.ok((metrics.get('mycel_message_wait_seconds{group="hubs"}') ?? 0) > 0);
    assert.ok((metrics.get('mycel_thread_heap_bytes{thread="2"}') ?? 0) > 0);
  });

  test("mycel trace follows a reading from the hub to zone, bus and historian", async () => {
    const reporting = { over: false };
    const reports = (async () => {
      for (let i = 0; !reporting.over; i += 1) {
        await radio.report(3, { temperature: 18 + (i % 3) });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const json = await mycel("trace", `hubs/${HUB}`, "--json", "--for", "2s");
    // One after the other: what is part of one trace begins no other.
    const text = await mycel("trace", "zones/main", "--for", "2s");
    reporting.over = true;
    await reports;

    assert.equal(json.status, 0, json.stderr);
    const hops = json.stdout
      .trim()
      .split("\n")
      .map((line): TraceHop => JSON.parse(line));
    const traces = [...Map.groupBy(hops, ({ trace }) => trace).values()];
    const whole = traces.find((trace) =>
      ["leaf_3", "main", "bus", "historian"].every((end) =>
        trace.some(({ to }) => to.endsWith(`/${end}`)),
      ),
    );
    assert.ok(whole !== undefined, json.stdout.slice(0, 4_000));
    assert.ok(new Set(whole.map(({ thread }) => thread)).size > 1, "over threads");
    assert.ok(whole.every(({ outcome, waitMs }) => outcome === "handled" && waitMs >= 0));

    assert.equal(text.status, 0, text.stderr);
    assert.match(text.stderr, /following mycel:\/\/attic\/user\/zones\/main; Ctrl-C ends it/);
    assert.match(text.stdout, /──▶ zones\/main: \w+ {3}worker \d, waited .+, took /);
    // One step deep where the zone's own timer evaluated, two where a reading made it.
    assert.match(text.stdout, /\n +└▶ dashboard: ZoneSituation {3}main, waited /);
  });

  test("mycel trace of no actor says which may have been meant", async () => {
    const { status, stderr } = await mycel("trace", "swrm_hub_01", "--for", "2s");
    assert.equal(status, 1);
    assert.match(stderr, /^mycel: There is no one actor swrm_hub_01\. Did you mean .*\?\n$/);
  });
});
