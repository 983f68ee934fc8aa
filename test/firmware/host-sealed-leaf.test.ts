/** The sealed C leaf as a process over UDP: paired, killed, back with its keys. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { toHex } from "../../transports/frame/hex.ts";
import { UdpLink } from "../../transports/udp/udp-link.ts";
import { until } from "../transports/link-compliance.ts";
import { commandOf, FLEET_SECRET, HubModel, LEAF_ID } from "./sealed-hub-model.ts";
import { make, noCompiler, run, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const program = join(directory, "host-leaf");
const children: ChildProcess[] = [];

before(async () => {
  if (noCompiler !== false) return;
  const { status, output } = await make(directory, "host-leaf");
  assert.equal(status, 0, output);
});

after(() => {
  for (const child of children) child.kill("SIGKILL");
});

const keys = ["--eui", "0200000000000007", "--fleet-secret", toHex(FLEET_SECRET)];

test("host-leaf pairs, reports sealed, obeys, and goes on above its epoch when it was killed", {
  skip: noCompiler,
}, async (t) => {
  const hub = new HubModel();
  const link = new UdpLink({ port: 0 });
  let leafPeer = 0;
  await link.open(
    (bytes, start, end, peer) => {
      const frame = bytes.slice(start, end);
      leafPeer = peer;
      hub.sealed(frame);
      for (const answer of hub.hear(frame, 0)) link.send(peer, answer);
    },
    () => {},
  );
  t.after(() => link.close());
  const { host } = new URL(link.address);
  const start = (...settings: string[]) => {
    const state = join(directory, "leaf.state");
    const child = spawn(
      program,
      [...keys, "--udp", host, "--every", "20", "--state", state, ...settings],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(child);
    return { child, output: text(child.stdout) };
  };

  for (let times = 1; times <= 3; times++) {
    const before = hub.of("REPORT").length;
    const { child, output } = start();
    await until(() => hub.of("REPORT").length >= before + 3, "sealed reports");
    link.send(leafPeer, hub.says(commandOf(7, "set_pwm", { duty: 512 })));
    await until(() => hub.of("RESULT").length >= times, "the command's outcome");
    child.kill("SIGKILL");
    await output;
  }
  hub.isOpenForPairing = false;
  const { output } = start("--count", "5");
  const { leafId, epoch, pairRequests, duty } = JSON.parse(await output);
  assert.deepEqual({ leafId, epoch, pairRequests }, { leafId: LEAF_ID, epoch: 4, pairRequests: 0 });
  assert.equal(duty, 0, "the command was run by the process that got it first");
  const outcomes = hub.of("RESULT").map(({ results }) => results[0]?.outcome);
  assert.deepEqual(outcomes, ["applied", "applied", "applied"]);
});

test("host-leaf refuses keys that contradict each other", { skip: noCompiler }, async () => {
  const hub = ["--udp", "127.0.0.1:1"];
  const code = ["--install-code", "00".repeat(16)];
  for (const args of [
    [...hub, "--eui", "0200000000000007"],
    [...hub, ...keys, ...code],
    [...hub, ...keys, "--id", "7"],
    [...hub, "--eui", "02", ...code],
    [...hub, "--id", "7", "--state", "x"],
  ]) {
    const { status, output } = await run(program, args);
    assert.equal(status, 2, args.join(" "));
    assert.match(output, /^usage: host-leaf/);
  }
});
