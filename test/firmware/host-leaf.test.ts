/** The C leaf as a process: over UDP, and over a pty with socat as the cable. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { decodeFrame } from "../../transports/frame/decode.ts";
import { encodeFrame } from "../../transports/frame/encode.ts";
import type { Frame } from "../../transports/frame/frame.ts";
import { Splitter, toStream } from "../../transports/frame/splitter.ts";
import { until } from "../support/until.ts";
import { has, make, noCompiler, run, temporaryDirectory } from "./toolchain.ts";

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

/** Says what a hub would on the leaf's registration, and notes what the leaf sends. */
function hub(send: (frame: Uint8Array) => void) {
  const frames: Frame[] = [];
  return {
    frames,
    hear(bytes: Uint8Array, start: number, end: number): void {
      const decoded = decodeFrame(bytes, start, end);
      assert.ok(decoded.ok, "the leaf sends sound frames only");
      frames.push(decoded.value);
      if (decoded.value.type !== "REGISTER") return;
      for (const frame of greetings) {
        const encoded = encodeFrame(frame);
        assert.ok(encoded.ok);
        send(encoded.value);
      }
    },
  };
}

const head = { version: 1, leafId: 7 } as const;
const greetings: readonly Frame[] = [
  { ...head, type: "TIME_SYNC", unixS: 1_771_027_200 },
  { ...head, type: "COMMAND", command: "set_state", args: { on: true } },
  { ...head, type: "COMMAND", command: "set_pwm", args: { duty: 512 } },
  { ...head, leafId: 8, type: "COMMAND", command: "set_pwm", args: { duty: 1 } },
  { ...head, type: "COMMAND", command: 77, argsHex: "" },
];

const settings = ["--id", "7", "--every", "25", "--seed", "42"];
const REPORTS = 20;

/** Lets it run until it has reported and obeyed, and ends it: all that it sent was heard, as it says itself. */
async function assertLeafsDay(args: readonly string[], frames: readonly Frame[]): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const output = text(child.stdout);
  const heard = (type: Frame["type"]): number =>
    frames.filter((frame) => frame.type === type).length;
  await until(() => heard("ACK") === 2 && heard("SENSOR_REPORT") >= REPORTS, {
    what: () => `reports and answers: ${JSON.stringify(frames.map(({ type }) => type))}`,
  });
  child.kill("SIGTERM");
  const [status] = await once(child, "close");
  assert.equal(status, 0);
  const { reports, heartbeats, ...rest } = JSON.parse(await output);
  assert.deepEqual(rest, { registers: 1, acks: 2, on: true, duty: 512, unixS: 1_771_027_200 });
  assert.ok(heartbeats >= 1);
  // The last frames may still be on their way from the kernel to us.
  await until(() => heard("SENSOR_REPORT") === reports && heard("HEARTBEAT") === heartbeats);
  assert.equal(frames.length, rest.registers + reports + heartbeats + rest.acks);
  assert.deepEqual(frames[0], {
    ...head,
    type: "REGISTER",
    hardware: "esp32",
    capabilities: ["temperature", "humidity", "co2", "illuminance", "relay", "pwm"],
  });
  for (const frame of frames) {
    if (frame.type !== "SENSOR_REPORT") continue;
    const [temperature] = frame.readings;
    assert.equal(temperature?.channel, "temperature");
    assert.ok(temperature.value >= 18 && temperature.value <= 27);
  }
}

async function udpSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

async function overUdp(): Promise<readonly Frame[]> {
  await using socket = await udpSocket();
  let leafPort = 0;
  const { frames, hear } = hub((frame) => socket.send(frame, leafPort, "127.0.0.1"));
  socket.on("message", (bytes, { port }) => {
    leafPort = port;
    hear(bytes, 0, bytes.length);
  });
  await assertLeafsDay(["--udp", `127.0.0.1:${socket.address().port}`, ...settings], frames);
  return frames;
}

test("host-leaf over UDP registers, reports, lives and obeys", { skip: noCompiler }, async () => {
  await overUdp();
});

test("host-leaf measures the same values again from the same seed", {
  skip: noCompiler,
}, async () => {
  const readings = (frames: readonly Frame[]) =>
    frames.filter(({ type }) => type === "SENSOR_REPORT").slice(0, REPORTS);
  assert.deepEqual(readings(await overUdp()), readings(await overUdp()));
});

const noPty = noCompiler || (has("socat") ? false : "no pty pair here: apt-get install socat");

test("host-leaf over a pty does the same, in COBS with CRC", { skip: noPty }, async () => {
  const path = join(directory, "pty");
  const cable = spawn("socat", [`pty,link=${path},raw,echo=0`, "stdio"], { stdio: "pipe" });
  children.push(cable);
  cable.stdin.on("error", () => {});
  const { frames, hear } = hub((frame) => cable.stdin.write(toStream(frame)));
  const splitter = new Splitter(hear);
  cable.stdout.on("data", (chunk: Buffer) => splitter.feed(chunk));
  await until(() => existsSync(path), { what: () => "socat makes a pty" });
  await assertLeafsDay(["--serial", path, ...settings], frames);
  cable.kill();
  assert.deepEqual(splitter.refused, { badCrc: 0, tooLong: 0, badCobs: 0, empty: 0 });
});

test("host-leaf ends by itself after --count reports", { skip: noCompiler }, async () => {
  await using socket = await udpSocket();
  const address = `127.0.0.1:${socket.address().port}`;
  const args = ["--id", "9", "--udp", address, "--every", "5", "--count", "3"];
  const { status, output } = await run(program, args);
  assert.deepEqual([status, JSON.parse(output).reports], [0, 3]);
});

test("host-leaf stops on SIGTERM with status 0 and its summary", { skip: noCompiler }, async () => {
  await using socket = await udpSocket();
  const address = `127.0.0.1:${socket.address().port}`;
  const child = spawn(program, ["--id", "9", "--udp", address, "--every", "5"]);
  children.push(child);
  const output = text(child.stdout);
  await once(socket, "message");
  // From here on nobody listens, which a leaf does not mind.
  socket.close();
  child.kill("SIGTERM");
  const [status] = await once(child, "close");
  assert.equal(status, 0);
  assert.match(await output, /^\{"registers":1,"reports":\d+,.*\}\n$/);
});

for (const [args, expected, message] of [
  [[], 2, /^usage: /],
  [["--id", "256", "--udp", "127.0.0.1:1"], 2, /^usage: /],
  [["--id", "7"], 2, /^usage: /],
  [["--id", "7", "--udp", "127.0.0.1:1", "--serial", "/dev/null"], 2, /^usage: /],
  [["--id", "7", "--udp", "127.0.0.1:1", "--every"], 2, /^usage: /],
  [["--id", "7", "--udp", "nowhere"], 1, /^host-leaf: --udp takes HOST:PORT/],
  [["--id", "7", "--serial", "/nonexistent"], 1, /^host-leaf: \/nonexistent: /],
] as const) {
  test(`host-leaf ${args.join(" ")} leaves with ${expected}`, { skip: noCompiler }, async () => {
    const { status, output } = await run(program, args);
    assert.equal(status, expected);
    assert.match(output, message);
  });
}
