import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { leafCommand } from "../../../actors/commands/leaf.ts";
import { ENVELOPE } from "../../../firmware/wire/gateway-types.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import { Gateway } from "../../../transports/gateway/gateway.ts";
import { SERIAL_PEER, SerialLink } from "../../../transports/serial/serial-link.ts";
import { TcpLink } from "../../../transports/tcp/tcp-link.ts";
import { UdpLink } from "../../../transports/udp/udp-link.ts";
import { FLEET_SECRET, HubModel } from "../../firmware/sealed-hub-model.ts";
import { until } from "../../transports/link-compliance.ts";
import { noSocat, ptyPair } from "../../transports/serial/pty-pair.ts";

const SECRET = Buffer.from(FLEET_SECRET).toString("hex");

/** `mycel leaf` alone: the command parses what follows it. */
const LEAF = fileURLToPath(new URL("leaf-process.ts", import.meta.url));

interface Process {
  readonly child: ChildProcess;
  /** Whole output so far. */
  out(): string;
  err(): string;
  /** Its exit status, once it has ended and all its output is here. */
  ended(): Promise<number | null>;
  summary(): Record<string, unknown>;
}

function leafProcess(t: { after: (run: () => void) => void }, ...flags: string[]): Process {
  return watched(
    t,
    spawn(process.execPath, [LEAF, ...flags], { stdio: ["ignore", "pipe", "pipe"] }),
  );
}

function watched(t: { after: (run: () => void) => void }, child: ChildProcess): Process {
  let out = "";
  let err = "";
  let streamsOpen = 2;
  const { stdout, stderr } = child;
  assert.ok(stdout !== null && stderr !== null);
  for (const stream of [stdout, stderr]) {
    stream.setEncoding("utf8").on("end", () => {
      streamsOpen -= 1;
    });
  }
  stdout.on("data", (text: string) => {
    out += text;
  });
  stderr.on("data", (text: string) => {
    err += text;
  });
  const ended = async (): Promise<number | null> => {
    // Not the event "close": it does not come after a disconnect (Node 24).
    const over = (): boolean => child.exitCode !== null || child.signalCode !== null;
    await until(() => over() && streamsOpen === 0, "the process to end");
    return child.exitCode;
  };
  t.after(() => void child.kill("SIGKILL"));
  return {
    child,
    ended,
    out: () => out,
    err: () => err,
    summary: () => JSON.parse(out.trim().split("\n").at(-1) ?? ""),
  };
}

interface Hub {
  readonly port: number;
  readonly link: UdpLink | TcpLink;
  readonly heard: { frame: Frame; peer: number }[];
}

async function hubAt(
  t: { after: (run: () => Promise<void>) => void },
  port = 0,
  Driver: typeof UdpLink | typeof TcpLink = UdpLink,
): Promise<Hub> {
  const link = new Driver({ port });
  const heard: Hub["heard"] = [];
  await link.open(
    (bytes, start, end, peer) => {
      const decoded = decodeFrame(bytes.subarray(start, end));
      assert.ok(decoded.ok, "leaves send sound frames only");
      heard.push({ frame: decoded.value, peer });
    },
    () => {},
  );
  t.after(() => link.close());
  return { port: Number(new URL(link.address).port), link, heard };
}

const typesOf = ({ heard }: Hub): string[] => heard.map(({ frame }) => String(frame.type));

/** Two hubs on ports that follow each other, wherever the system has them. */
async function neighbours(
  t: { after: (run: () => Promise<void>) => void },
  Driver: typeof UdpLink | typeof TcpLink = UdpLink,
): Promise<[Hub, Hub]> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const first = await hubAt(t, 0, Driver);
    try {
      return [first, await hubAt(t, first.port + 1, Driver)];
    } catch {
      await first.link.close();
    }
  }
  return assert.fail("no two free ports beside each other");
}

describe("mycel leaf", () => {
  test("deals leaves over a range of ports, and accounts for every frame in its last line", async (t) => {
    const [first, second] = await neighbours(t);
    const flags = ["--count", "6", "--every", "50ms", "--seed", "3"];
    const leaves = leafProcess(
      t,
      "--hub",
      `udp://127.0.0.1:${first.port}..${second.port}`,
      ...flags,
    );
    await until(() => first.heard.length > 60 && second.heard.length > 60, "reports at both hubs");
    leaves.child.kill("SIGINT");
    assert.equal(await leaves.ended(), 0, leaves.err());

    for (const hub of [first, second]) {
      const registered = hub.heard.filter(({ frame }) => frame.type === "REGISTER");
      assert.deepEqual(registered.map(({ frame }) => frame.leafId).toSorted(), [1, 2, 3]);
      assert.equal(typesOf(hub)[0], "REGISTER");
    }
    const summary = leaves.summary();
    assert.equal(summary["type"], "LeafSummary");
    assert.equal(summary["leaves"], 6);
    assert.equal(summary["hubs"], 2);
    const sent = summary["sent"] as Record<string, number>;
    const all = [...typesOf(first), ...typesOf(second)];
    const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
    await until(() => first.heard.length + second.heard.length === total, `all ${total} frames`);
    assert.equal(sent["REGISTER"], 6);
    assert.equal(all.filter((type) => type === "REGISTER").length, 6);
  });

  test("carries out a command and acknowledges it; SIGTERM ends it with status 0", async (t) => {
    const hub = await hubAt(t);
    const leaves = leafProcess(t, "--hub", `udp://127.0.0.1:${hub.port}`, "--every", "1h");
    await until(() => typesOf(hub).includes("SENSOR_REPORT"), "the first report");
    const command = encodeFrame({
      version: 1,
      type: "COMMAND",
      leafId: 1,
      command: "read_now",
      args: {},
    });
    assert.ok(command.ok);
    hub.link.send(hub.heard[0]?.peer ?? -1, command.value);
    await until(() => hub.heard.length === 5, "the answer");
    assert.deepEqual(typesOf(hub).slice(3), ["ACK", "SENSOR_REPORT"]);
    leaves.child.kill("SIGTERM");
    assert.equal(await leaves.ended(), 0, leaves.err());
    assert.equal(leaves.summary()["commandsHeard"], 1);
    assert.equal(leaves.summary()["commandsAcknowledged"], 1);
  });

  test("ends by itself after --for, and says its progress as JSON with --json", async (t) => {
    const hub = await hubAt(t);
    const leaves = leafProcess(
      t,
      "--hub",
      `udp://127.0.0.1:${hub.port}`,
      "--for",
      "200ms",
      "--json",
    );
    assert.equal(await leaves.ended(), 0, leaves.err());
    for (const line of leaves.out().trim().split("\n")) assert.ok(JSON.parse(line).type);
    assert.equal(leaves.err(), "");
  });

  test("ends with the process that forked it", async (t) => {
    const hub = await hubAt(t);
    const child = fork(LEAF, ["--hub", `udp://127.0.0.1:${hub.port}`, "--every", "50ms"], {
      silent: true,
    });
    const leaves = watched(t, child);
    await until(() => hub.heard.length > 3, "the leaf to work");
    child.disconnect();
    assert.equal(await leaves.ended(), 0, leaves.err());
    assert.equal(leaves.summary()["type"], "LeafSummary");
  });

  test("replays a file at max speed: every row arrives, in order, and the process ends", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "mycel-leaf-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "room.csv");
    const values = Array.from({ length: 1500 }, (_, at) => 15 + at / 100);
    await writeFile(file, `date,Temperature\n${values.map((value) => `,${value}\n`).join("")}`);
    const hub = await hubAt(t);
    const flags = ["--replay", file, "--speed", "max", "--first-id", "9"];
    const leaves = leafProcess(t, "--hub", `udp://127.0.0.1:${hub.port}`, ...flags);
    assert.equal(await leaves.ended(), 0, leaves.err());
    assert.equal(leaves.summary()["rows"], 1500);
    await until(() => hub.heard.length === 1502, "all frames");
    const reports = hub.heard.flatMap(({ frame }) =>
      frame.type === "SENSOR_REPORT" ? frame.readings.map(({ value }) => Math.fround(value)) : [],
    );
    assert.deepEqual(reports, values.map(Math.fround));
    assert.ok(hub.heard.every(({ frame }) => frame.leafId === 9));
    assert.equal(hub.link.stats().lostByKernel ?? 0, 0);
  });

  test("speaks over TCP, a connection to each hub, and fails when a hub has gone", async (t) => {
    const [first, second] = await neighbours(t, TcpLink);
    const leaves = leafProcess(
      t,
      "--hub",
      `tcp://127.0.0.1:${first.port}..${second.port}`,
      ...["--count", "4", "--every", "50ms"],
    );
    await until(() => first.heard.length > 20 && second.heard.length > 20, "reports at both hubs");
    const [{ frame, peer } = assert.fail()] = first.heard;
    const leafId = frame.leafId;
    const command = encodeFrame({
      version: 1,
      type: "COMMAND",
      leafId,
      command: "read_now",
      args: {},
    });
    assert.ok(command.ok);
    first.link.send(peer, command.value);
    await until(() => typesOf(first).includes("ACK"), "the answer");
    await second.link.close();
    assert.equal(await leaves.ended(), 1);
    assert.match(leaves.err(), /tcp:\/\/127\.0\.0\.1:\d+ has ended the connection: [^\n]+\.$/m);
    assert.equal(leaves.summary()["commandsAcknowledged"], 1);
  });

  for (const Driver of [UdpLink, TcpLink]) {
    test(`speaks for many hubs through one gateway (${Driver.name}), and hears their answers`, async (t) => {
      const gateway = new Gateway({
        id: "gw",
        makeLink: () => new Driver({ port: 0, frameBytesMax: ENVELOPE.bytesMax }),
      });
      const hubs = [1, 2, 3].map((number) => gateway.link(number));
      const types = hubs.map((): string[] => []);
      const ids = hubs.map(() => new Set<number>());
      for (const [at, link] of hubs.entries()) {
        await link.open(
          (bytes, start, end, peer) => {
            const decoded = decodeFrame(bytes.subarray(start, end));
            assert.ok(decoded.ok);
            const { type, leafId } = decoded.value;
            types[at]?.push(String(type));
            ids[at]?.add(leafId);
            if (type !== "REGISTER") return;
            const wake = encodeFrame({
              version: 1,
              type: "COMMAND",
              leafId,
              command: "read_now",
              args: {},
            });
            assert.ok(wake.ok && link.send(peer, wake.value).ok);
          },
          () => {},
        );
        t.after(() => link.close());
      }
      const { address } = gateway.stats();
      const flags = ["--hubs", "3", "--count", "7", "--every", "50ms"];
      const leaves = leafProcess(t, "--gateway", address, ...flags);
      await until(
        () => types.every((each) => each.length > 20 && each.includes("ACK")),
        "reports and answers at all hubs",
      );
      leaves.child.kill("SIGTERM");
      assert.equal(await leaves.ended(), 0, leaves.err());
      assert.deepEqual(
        ids.map(({ size }) => size),
        [3, 2, 2],
      );
      const summary = leaves.summary();
      assert.equal(summary["hubs"], 3);
      const { framesSent } = summary["link"] as { framesSent: number };
      const total = () => types.reduce((sum, each) => sum + each.length, 0);
      await until(() => total() === framesSent, `all ${framesSent} frames`);
      assert.ok(gateway.stats().received < framesSent, "frames share envelopes");
    });
  }

  test("speaks over a serial line, and fails when it is unplugged", {
    skip: noSocat,
  }, async (t) => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud: 115_200 });
    const types: string[] = [];
    await link.open(
      (bytes, start, end) => {
        const decoded = decodeFrame(bytes.subarray(start, end));
        types.push(decoded.ok ? String(decoded.value.type) : decoded.error);
      },
      () => {},
    );
    const leaves = leafProcess(t, "--hub", `serial://${line.far}`, "--every", "100ms");
    await until(() => types.length > 4, "reports on the line");
    assert.deepEqual(types.slice(0, 3), ["REGISTER", "HEARTBEAT", "SENSOR_REPORT"]);
    const command = encodeFrame({
      version: 1,
      type: "COMMAND",
      leafId: 1,
      command: "read_now",
      args: {},
    });
    assert.ok(command.ok);
    link.send(SERIAL_PEER, command.value);
    await until(() => types.includes("ACK"), "the answer");
    await link.close();
    await line.unplug();
    assert.equal(await leaves.ended(), 1);
    assert.match(leaves.err(), /is gone: plug the device in again/);
    assert.equal(leaves.summary()["commandsAcknowledged"], 1);
  });

  test("--wire 2 pairs by the fleet's secret, and goes on with its keys after a restart", async (t) => {
    const hub = new HubModel();
    const link = new UdpLink({ port: 0 });
    await link.open(
      (bytes, start, end, peer) => {
        const frame = bytes.slice(start, end);
        hub.sealed(frame);
        for (const answer of hub.hear(frame, 0)) link.send(peer, answer);
      },
      () => {},
    );
    t.after(() => link.close());
    const directory = await mkdtemp(join(tmpdir(), "mycel-leaf-"));
    t.after(() => rm(directory, { recursive: true }));
    const flags = ["--hub", link.address, "--every", "20ms", "--wire", "2"];
    const state = join(directory, "leaves.jsonl");
    flags.push("--fleet-secret", SECRET, "--state", state);

    const leaves = leafProcess(t, ...flags);
    await until(() => hub.of("REPORT").length >= 5, "sealed reports");
    leaves.child.kill("SIGKILL");
    await leaves.ended();
    hub.isOpenForPairing = false;
    const before = hub.taken.length;
    const again = leafProcess(t, ...flags);
    await until(() => hub.taken.length >= before + 5, "sealed reports after the restart");
    again.child.kill("SIGTERM");
    assert.equal(await again.ended(), 0);
    const epochs = new Set(hub.taken.map(({ frame }) => frame.epoch));
    assert.deepEqual([...epochs], [1, 2]);
    assert.deepEqual(again.summary()["sealed"], { paired: 1, away: 0, waiting: 0, dropped: 0 });
  });

  const wrongUsage: readonly (readonly [flags: readonly string[], sentence: RegExp])[] = [
    [[], /name one way to the hubs/],
    [["--hub", "udp://127.0.0.1:1", "--gateway", "udp://127.0.0.1:2"], /name one way to the hubs/],
    [["--hub", "udp://127.0.0.1:1", "--hubs", "2"], /name one way to the hubs/],
    [["--gateway", "udp://127.0.0.1:1..2"], /name one way to the hubs/],
    [
      ["--gateway", "udp://127.0.0.1:1", "--hubs", "2", "--count", "513"],
      /too many for 2 hubs.* 3 hubs or more/,
    ],
    [["--hub", "http://127.0.0.1:1"], /is no link address/],
    [["--hub", "memory://x"], /use udp, tcp or serial/],
    [["--hub", "udp://127.0.0.1:0"], /0 is none/],
    [["--hub", "udp://127.0.0.1:1..100"], /at most 64 ports/],
    [
      ["--hub", "udp://127.0.0.1:1", "--count", "257"],
      /257 leaves are too many for one hub.* 2 ports/,
    ],
    [["--hub", "udp://127.0.0.1:1..2", "--count", "513"], /too many for 2 hubs.* 3 ports/],
    [["--hub", "udp://127.0.0.1:1", "--count", "256", "--first-id", "1"], /room for 255 leaves/],
    [["--hub", "udp://127.0.0.1:1", "--count", "1.5"], /whole number from 1/],
    [["--hub", "udp://127.0.0.1:1", "--every", "1"], /such as 500ms, 1s or 2m/],
    [["--hub", "udp://127.0.0.1:1", "--every", "0s"], /such as 500ms, 1s or 2m/],
    [["--hub", "udp://127.0.0.1:1", "--speed", "0"], /above 0/],
    [["--hub", "udp://127.0.0.1:1", "--speed", "max"], /for --replay/],
    [["--hub", "udp://127.0.0.1:1", "--replay", "x.csv", "--count", "2"], /as one leaf/],
    [["--hub", "udp://127.0.0.1:1", "--start", "24:00"], /such as 08:30/],
    [["--hub", "udp://127.0.0.1:1", "--zones", "a b"], /zone names/],
    [["--hub", "udp://127.0.0.1:1", "--seed", "-1"], /whole number from 0/],
    [["--hub", "udp://127.0.0.1:1", "--wire", "3"], /Write 1 or 2/],
    [["--hub", "udp://127.0.0.1:1", "--wire", "2"], /give the hub's --fleet-secret/],
    [
      ["--hub", "udp://127.0.0.1:1", "--wire", "2", "--fleet-secret", "00"],
      /16 bytes as 32 hex digits/,
    ],
    [["--hub", "udp://127.0.0.1:1", "--state", "x"], /leaves of wire 1 have no keys/],
    [
      ["--hub", "udp://127.0.0.1:1", "--wire", "2", "--fleet-secret", SECRET, "--replay", "x.csv"],
      /replayed by wire 1/,
    ],
  ];
  for (const [flags, sentence] of wrongUsage) {
    test(`refuses "${flags.join(" ")}" as wrong usage`, async () => {
      const said: string[] = [];
      const command = leafCommand()
        .exitOverride()
        .configureOutput({ writeErr: (text) => void said.push(text) });
      await assert.rejects(command.parseAsync(flags, { from: "user" }), CommanderError);
      assert.match(said.join("").replaceAll("\n", " "), sentence);
    });
  }

  const failures: readonly (readonly [flags: readonly string[], sentence: RegExp])[] = [
    [
      ["--hub", "udp://127.0.0.1:1", "--replay", "/no/such.csv"],
      /There is no file \/no\/such\.csv/,
    ],
    [["--hub", "serial:///dev/no-such-tty"], /there is no such device/],
  ];
  for (const [flags, sentence] of failures) {
    test(`fails at "${flags.join(" ")}" with one sentence, and leaves nothing running`, async (t) => {
      const leaves = leafProcess(t, ...flags);
      assert.equal(await leaves.ended(), 1);
      assert.match(leaves.err(), sentence);
    });
  }
});
