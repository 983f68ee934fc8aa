/**
 * Sealed leaves and a real node, over UDP: paired by an operator's command, recorded by somebody who
 * hears all, and through `kill -9` at each step. Nothing is in the history twice.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Leaf } from "../../transports/http/contract.ts";
import { make, noCompiler } from "../firmware/toolchain.ts";
import {
  historyOf,
  metricsOf,
  type NodeProcess,
  removeDir,
  runMycel,
  spawnLeaves,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { freeUdpPort } from "../support/ports.ts";
import { openRadio, type Radio } from "../support/radio.ts";
import { SealedLeaf } from "../support/sealed-leaf.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const CODE = "00112233445566778899aabbccddeeff";
const SETTINGS = {
  threads: 2,
  zones: [{ id: "main" }],
  hubs: [{ id: HUB, zone: "main", leaves: [{ id: 1, framesPerSecondMax: null }] }],
};

/** A node on one folder that may be killed and started again, and a leaf that everybody hears. */
class Scene {
  readonly dir = temporaryDir();
  readonly leaf = new SealedLeaf(7, Buffer.from(CODE, "hex"));
  /** All that the leaf has ever sent. */
  readonly recorded: Uint8Array[] = [];
  /** Values in the order in which they were sent. */
  readonly values: number[] = [];
  node: NodeProcess | undefined;
  radio: Radio | undefined;

  constructor(t: TestContext) {
    t.after(async () => {
      this.radio?.close();
      await this.node?.end("SIGKILL");
      removeDir(this.dir);
    });
  }

  get running(): NodeProcess {
    assert.ok(this.node !== undefined);
    return this.node;
  }

  async start(): Promise<void> {
    this.node = await startNodeProcess(this.dir, SETTINGS);
    this.radio = await openRadio(this.node.file.hubs[HUB] ?? "");
    this.radio.listen((bytes) => void this.leaf.hear(bytes));
  }

  async kill(): Promise<void> {
    this.radio?.close();
    await this.running.end("SIGKILL");
    await this.start();
  }

  async pair(...args: readonly string[]): Promise<void> {
    const { status, stderr } = await runMycel([
      ...["pair", "--hub", HUB, "--url", this.running.file.url],
      ...args,
    ]);
    assert.equal(status, 0, stderr);
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.recorded.push(bytes);
    await this.radio?.send(bytes);
  }

  /** Reports until the hub has said that it took one. */
  async report(): Promise<void> {
    const answers = this.leaf.acks.length;
    await until(async () => {
      if (this.leaf.acks.length > answers && this.leaf.acks.at(-1) === this.leaf.counter - 1) {
        return true;
      }
      this.values.push(this.values.length + 1);
      await this.send(this.leaf.temperature(this.values.length, { answer: true }));
      // It answers within a turn, or not at all.
      for (let look = 0; look < 20 && this.leaf.acks.length === answers; look++)
        await this.metrics();
      return undefined;
    });
  }

  async replayAll(): Promise<void> {
    for (const bytes of this.recorded) await this.radio?.send(bytes);
  }

  metrics(): Promise<Map<string, number>> {
    return metricsOf(this.running);
  }

  async refused(reason: string): Promise<number> {
    const name = `mycel_frames_refused_total{hub="${HUB}",reason="${reason}"}`;
    return (await this.metrics()).get(name) ?? 0;
  }

  async stored(): Promise<number[]> {
    const series = { hub: HUB, leaf: `${this.leaf.leafId}`, channel: "temperature" };
    return (await historyOf(this.running, series)).map((row) => row.value);
  }
}

test("a leaf that is paired by command reports sealed over UDP, beside one of v1, and replays are refused", async (t) => {
  const scene = new Scene(t);
  await scene.start();
  const { leaf } = scene;
  await scene.send(leaf.pairRequest());
  await until(async () => (await scene.refused("pairingClosed")) === 1 || undefined);
  await scene.pair("--code", CODE, "--for", "1m");
  await scene.send(leaf.pairRequest());
  await until(async () => leaf.isPaired || undefined);
  for (let i = 0; i < 5; i++) await scene.report();
  await scene.radio?.report(1, { temperature: 40 });
  const stored = await until(async () => {
    const found = await scene.stored();
    return found.includes(scene.values.length) ? found : undefined;
  });
  assert.deepEqual(stored, scene.values);

  await scene.replayAll();
  await until(async () => (await scene.refused("replayed")) >= 5 || undefined);
  await scene.report();
  await scene.replayAll();
  await until(async () => (await scene.stored()).includes(scene.values.length) || undefined);
  assert.deepEqual(await scene.stored(), scene.values);
  const leaves = await scene.running.json<{ leafId: number }[]>("/api/leaves");
  assert.deepEqual(leaves.map(({ leafId }) => leafId).sort(), [1, leaf.leafId]);
});

test("a node that is killed takes no recorded frame, and its leaf goes on by itself, also while its key is changed", async (t) => {
  const scene = new Scene(t);
  await scene.start();
  const { leaf } = scene;
  await scene.pair("--code", CODE);
  await scene.send(leaf.pairRequest());
  await until(async () => leaf.isPaired || undefined);
  await scene.report();

  const before = leaf.keyNo;
  for (const step of ["kill", "rotate", "kill", "report", "kill", "report"]) {
    if (step === "rotate") await scene.pair("--leaf", `${leaf.leafId}`, "--rotate");
    else if (step === "kill") await scene.kill();
    await scene.replayAll();
    await scene.report();
  }
  assert.notEqual(leaf.keyNo, before);
  await until(async () => (await scene.stored()).includes(scene.values.length) || undefined);
  const stored = await scene.stored();
  assert.deepEqual(
    stored,
    [...new Set(stored)].sort((a, b) => a - b),
    "none twice, in order",
  );
  assert.ok((await scene.refused("replayed")) + (await scene.refused("uncertain")) > 0);
  assert.ok(leaf.acks.length > 0);

  await scene.pair("--leaf", `${leaf.leafId}`, "--forget");
  await scene.replayAll();
  await until(async () => (await scene.refused("notPaired")) > 0 || undefined);
});

test("emulated leaves pair by a fleet's secret, obey commands, change keys, and come through a kill by themselves", async (t) => {
  const fleetSecret = CODE;
  const count = 8;
  const dir = temporaryDir();
  let node: NodeProcess | undefined;
  t.after(async () => {
    await node?.end("SIGKILL");
    removeDir(dir);
  });
  const address = `udp://127.0.0.1:${await freeUdpPort()}`;
  const hub = { id: HUB, zone: "main", fleetSecret, accept: "v2", link: address };
  node = await startNodeProcess(dir, { ...SETTINGS, hubs: [hub] });
  const leaves = spawnLeaves([
    ...["--hub", address, "--count", `${count}`, "--every", "100ms"],
    ...["--wire", "2", "--fleet-secret", fleetSecret],
  ]);
  t.after(() => leaves.kill());
  const running = (): NodeProcess => node as NodeProcess;
  const found = (): Promise<Leaf[]> => running().json<Leaf[]>("/api/leaves");
  const reports = (sinceMs: number) =>
    until(async () => {
      const heard = (await found()).filter(({ lastSeenMs }) => lastSeenMs > sinceMs);
      return heard.length === count ? heard : undefined;
    });

  const { status } = await runMycel(["pair", "--hub", HUB, "--url", node.file.url]);
  assert.equal(status, 0);
  const paired = await reports(0);
  assert.deepEqual(
    paired.map(({ leafId }) => leafId).sort((a, b) => b - a),
    Array.from({ length: count }, (_, i) => 255 - i),
  );
  const [first, second] = paired as [Leaf, Leaf];

  const commands = `/api/hubs/${HUB}/leaves/${first.leafId}/commands`;
  const asked = await node.json<{ id: string }>(commands, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: "slower", command: "set_interval", args: { intervalS: 1 } }),
  });
  await until(async () => {
    const { state } = await running().json<{ state: string }>(`${commands}/${asked.id}`);
    return state === "applied" || undefined;
  });

  await runMycel([
    ...["pair", "--hub", HUB, "--url", node.file.url],
    ...["--leaf", `${second.leafId}`, "--rotate"],
  ]);
  await until(async () => {
    const { events } = await running().json<{ events: { leafId: number }[] }>(
      "/api/events?kind=leaf_rekeyed",
    );
    return events.some(({ leafId }) => leafId === second.leafId) || undefined;
  });

  await node.end("SIGKILL");
  const killedAtMs = Date.now();
  node = await startNodeProcess(dir, { ...SETTINGS, hubs: [hub] });
  await reports(killedAtMs);
  const metrics = await metricsOf(node);
  const refused = [...metrics].filter(
    ([name, times]) => name.startsWith("mycel_frames_refused_total") && times > 0,
  );
  for (const [name] of refused) assert.match(name, /uncertain|replayed/);
});

test("the C leaf pairs with a real node, and both go on after each has been killed", {
  skip: noCompiler,
}, async (t) => {
  const dir = temporaryDir();
  const children: ChildProcess[] = [];
  let node: NodeProcess | undefined;
  t.after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await node?.end("SIGKILL");
    removeDir(dir);
  });
  const { status, output } = await make(dir, "host-leaf");
  assert.equal(status, 0, output);
  const address = `udp://127.0.0.1:${await freeUdpPort()}`;
  const hub = { id: HUB, zone: "main", accept: "v2", link: address };
  node = await startNodeProcess(dir, { ...SETTINGS, hubs: [hub] });
  const startLeaf = (): ChildProcess => {
    const child = spawn(
      join(dir, "host-leaf"),
      [
        ...[
          "--eui",
          "0200000000000007",
          "--install-code",
          CODE,
          "--state",
          join(dir, "leaf.state"),
        ],
        ...["--udp", new URL(address).host, "--every", "50"],
      ],
      { stdio: "ignore" },
    );
    children.push(child);
    return child;
  };
  const heard = (sinceMs: number) =>
    until(async () => {
      const leaves = await (node as NodeProcess).json<Leaf[]>("/api/leaves");
      return leaves.find(({ lastSeenMs, frames }) => lastSeenMs > sinceMs && frames > 2);
    });

  let leaf = startLeaf();
  const paired = await runMycel(["pair", "--hub", HUB, "--code", CODE, "--url", node.file.url]);
  assert.equal(paired.status, 0, paired.stderr);
  const { leafId, hardware } = await heard(0);
  assert.equal(leafId, 255);

  for (let times = 0; times < 2; times++) {
    leaf.kill("SIGKILL");
    let atMs = Date.now();
    leaf = startLeaf();
    assert.equal((await heard(atMs)).leafId, leafId);
    await node.end("SIGKILL");
    atMs = Date.now();
    node = await startNodeProcess(dir, { ...SETTINGS, hubs: [hub] });
    assert.equal((await heard(atMs)).hardware, hardware);
  }
  const refused = [...(await metricsOf(node))].filter(
    ([name, times]) => name.startsWith("mycel_frames_refused_total") && times > 0,
  );
  for (const [name] of refused) assert.match(name, /uncertain|replayed/);
});
