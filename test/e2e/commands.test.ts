/** Commands from the API and the command line over a real socket to leaves written in C, and back. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { Command, Event } from "../../transports/http/contract.ts";
import { make, noCompiler, temporaryDirectory } from "../firmware/toolchain.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";
import { noSocat, ptyPair } from "../transports/serial/pty-pair.ts";

const HUB = "swarm_hub_01";
const SETTINGS = {
  node: "commander",
  zones: [{ id: "main" }],
  hubs: [{ id: HUB, zone: "main" }],
  mqtt: { broker: "embedded" },
};

test("a C leaf on a serial line obeys and acknowledges too", {
  skip: noCompiler || noSocat,
}, async () => {
  const directory = temporaryDirectory();
  const { status, output } = await make(directory, "host-leaf");
  assert.equal(status, 0, output);
  const dir = temporaryDir();
  const line = await ptyPair();
  const hub = { id: HUB, zone: "main", link: `serial://${line.near}` };
  const node = await startNodeProcess(dir, { ...SETTINGS, hubs: [hub] });
  const args = ["--id", "7", "--serial", line.far, "--every", "100"];
  const leaf = spawn(join(directory, "host-leaf"), args, { stdio: ["ignore", "pipe", "inherit"] });
  const said = text(leaf.stdout);
  try {
    await untilAdopted(node, 1);
    const set = ["command", `${HUB}/7`, "set_pwm", "77", "--wait", "--url", node.file.url];
    const ran = await runMycel(set);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal((JSON.parse(ran.stdout) as Command).state, "acknowledged");
    const ended = once(leaf, "close");
    leaf.kill("SIGTERM");
    await ended;
    const { duty, acks, unixS } = JSON.parse(await said) as Summary;
    assert.deepEqual([duty, acks], [77, 1]);
    assert.ok(unixS > 1_700_000_000, "it was told the time");
  } finally {
    leaf.kill("SIGKILL");
    await node.end("SIGKILL");
    await line.unplug();
    removeDir(dir);
  }
});

interface Summary {
  readonly reports: number;
  readonly acks: number;
  readonly on: boolean;
  readonly duty: number;
  readonly unixS: number;
}

describe("commands to a C leaf over UDP", { skip: noCompiler }, () => {
  const directory = temporaryDirectory();
  const program = join(directory, "host-leaf");
  const dir = temporaryDir();
  const leaves: ChildProcess[] = [];
  let node: NodeProcess;

  before(async () => {
    const { status, output } = await make(directory, "host-leaf");
    assert.equal(status, 0, output);
    node = await startNodeProcess(dir, SETTINGS);
  });
  after(async () => {
    for (const leaf of leaves) leaf.kill("SIGKILL");
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  /** Its end and what it says then. */
  const startLeaf = (id: number): (() => Promise<Summary>) => {
    const hub = new URL(node.file.hubs[HUB] ?? "");
    const args = ["--id", `${id}`, "--udp", `${hub.hostname}:${hub.port}`, "--every", "100"];
    const leaf = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    leaves.push(leaf);
    const said = text(leaf.stdout);
    return async () => {
      const ended = once(leaf, "close");
      leaf.kill("SIGTERM");
      await ended;
      return JSON.parse(await said) as Summary;
    };
  };
  const command = (leaf: number, body: object): Promise<Command> =>
    node.json(`/api/hubs/${HUB}/leaves/${leaf}/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const untilEnded = (leaf: number, id: string): Promise<Command> =>
    until(async () => {
      const found = await node.json<Command>(`/api/hubs/${HUB}/leaves/${leaf}/commands/${id}`);
      return found.endedAtMs !== null && found;
    });

  test("a leaf does what it is told, once, and the asker learns of it", async () => {
    const end = startLeaf(7);
    await untilAdopted(node, 1);
    const given = await command(7, { id: "light", command: "set_state", args: { on: true } });
    assert.equal(given.endedAtMs, null);
    assert.equal((await untilEnded(7, "light")).state, "acknowledged");
    await command(7, { id: "dim", command: "set_pwm", args: { duty: 512 } });
    assert.equal((await untilEnded(7, "dim")).state, "acknowledged");
    const again = await command(7, { id: "dim", command: "set_pwm", args: { duty: 512 } });
    assert.equal(again.state, "acknowledged");
    const { acks, on, duty } = await end();
    assert.deepEqual([acks, on, duty], [2, true, 512]);
  });

  test("a command given while the leaf is away survives kill -9 and reaches it", async () => {
    await command(7, { id: "dark", command: "set_state", args: { on: false } });
    await command(7, { id: "late", command: "set_pwm", args: { duty: 9 }, delivery: "onWake" });
    await node.end("SIGKILL");
    node = await startNodeProcess(dir, SETTINGS);
    const end = startLeaf(7);
    assert.equal((await untilEnded(7, "dark")).state, "acknowledged");
    assert.equal((await untilEnded(7, "late")).state, "acknowledged");
    const path = `/api/hubs/${HUB}/leaves/7/commands`;
    const { commands } = await node.json<{ commands: Command[] }>(path);
    const order = commands.map(({ id }) => id);
    assert.deepEqual(order, ["light", "dim", "dark", "late"]);
    const numbers = commands.map(({ commandId }) => commandId);
    assert.equal(new Set(numbers).size, 4, "no number comes twice, not after kill -9 either");
    assert.equal((await end()).duty, 9);
  });

  test("a command that nobody answers expires with an event, and one may be cancelled", async () => {
    await command(7, { id: "never", command: "reset", expiresInMs: 200 });
    assert.equal((await untilEnded(7, "never")).state, "expired");
    const { events } = await until(async () => {
      const found = await node.json<{ events: Event[] }>("/api/events?kind=command_expired");
      return found.events.length > 0 && found;
    });
    assert.equal(events[0]?.data["id"], "never");
    await command(7, { id: "undone", command: "reset" });
    const cancelled = await node.json<Command>(`/api/hubs/${HUB}/leaves/7/commands/undone`, {
      method: "DELETE",
    });
    assert.deepEqual([cancelled.state, cancelled.reason], ["refused", "cancelled"]);
  });

  test("mycel command does the same from a shell", async () => {
    const end = startLeaf(8);
    const url = ["--url", node.file.url];
    await untilAdopted(node, 2);
    const set = ["command", `${HUB}/8`, "set_state", "on", "--id", "x", "--wait", ...url];
    const { status, stdout, stderr } = await runMycel(set);
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as Command).state, "acknowledged");
    const listed = await runMycel(["command", `${HUB}/leaf_8`, ...url]);
    assert.equal((JSON.parse(listed.stdout) as Command).id, "x");
    const wrong = await runMycel(["command", `${HUB}/8`, "set_state", "maybe", ...url]);
    assert.deepEqual([wrong.status, wrong.stdout], [1, ""]);
    const late = ["command", `${HUB}/8`, "77", "00", "--expires", "100ms", "--wait", ...url];
    assert.equal((await runMycel(late)).status, 1);
    assert.equal((await end()).on, true);
  });
});
