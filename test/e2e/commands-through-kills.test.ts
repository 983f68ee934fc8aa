/** Commands to sealed leaves while their node is killed again and again: each is run once, and told so. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Command, Leaf } from "../../transports/http/contract.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { freeUdpPort } from "../support/ports.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const FLEET = "00112233445566778899aabbccddeeff";
const LEAVES = 4;
const KILLS = 3;
const COMMANDS = 5;
const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));

test("commands to sealed leaves are run once each, though the node is killed with them under way", async (t) => {
  const dir = temporaryDir();
  const link = `udp://127.0.0.1:${await freeUdpPort()}`;
  const hub = { id: HUB, zone: "main", fleetSecret: FLEET, accept: "v2", link };
  const settings = { node: "killed", zones: [{ id: "main" }] };
  let node: NodeProcess | undefined;
  let leaves: ChildProcess | undefined;
  t.after(async () => {
    leaves?.kill("SIGKILL");
    await node?.end("SIGKILL");
    removeDir(dir);
  });
  node = await startNodeProcess(dir, { ...settings, hubs: [hub] });
  assert.equal((await runMycel(["pair", "--hub", HUB, "--url", node.file.url])).status, 0);
  leaves = spawn(
    process.execPath,
    [
      ...[MAIN, "leaf", "--hub", link, "--count", `${LEAVES}`, "--every", "100ms"],
      ...["--wire", "2", "--fleet-secret", FLEET],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const said = text(leaves.stdout as NonNullable<typeof leaves.stdout>);
  const running = (): NodeProcess => node as NodeProcess;
  const ids = await until(async () => {
    const found = await running().json<Leaf[]>("/api/leaves");
    const heard = found.filter(({ frames }) => frames > 1).map(({ leafId }) => leafId);
    return heard.length === LEAVES && heard;
  });

  const pathOf = (leafId: number): string => `/api/hubs/${HUB}/leaves/${leafId}/commands`;
  const give = (leafId: number, id: string, expiresInMs = 600_000): Promise<Command> =>
    running().json(pathOf(leafId), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, command: "read_now", expiresInMs, mergeKey: id }),
    });
  for (let round = 0; round <= KILLS; round++) {
    for (let i = 0; i < COMMANDS; i++) {
      await Promise.all(ids.map((leafId) => give(leafId, `${round}.${i}`)));
    }
    if (round === KILLS) break;
    await running().end("SIGKILL");
    node = await startNodeProcess(dir, { ...settings, hubs: [hub] });
    // An asker whose node went away asks again by the same id.
    for (let i = 0; i < COMMANDS; i++) {
      await Promise.all(ids.map((leafId) => give(leafId, `${round}.${i}`)));
    }
  }

  const given = ids.length * COMMANDS * (KILLS + 1);
  const all = await until(async () => {
    const lists = await Promise.all(
      ids.map((leafId) => running().json<{ commands: Command[] }>(pathOf(leafId))),
    );
    const commands = lists.flatMap((list) => list.commands);
    return commands.every(({ endedAtMs }) => endedAtMs !== null) && commands;
  });
  assert.equal(all.length, given);
  assert.deepEqual([...new Set(all.map(({ state }) => state))], ["applied"]);
  assert.equal(new Set(all.map(({ commandId }) => commandId)).size, given);

  const ended = once(leaves, "close");
  leaves.kill("SIGTERM");
  await ended;
  const summary = JSON.parse((await said).trim().split("\n").at(-1) ?? "");
  assert.equal(summary.commandsAcknowledged, given, "each was run once");
});
