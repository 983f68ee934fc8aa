/**
 * 25,000 leaves at 1 Hz for ten minutes: four readings a frame, sealed, behind one gateway; history on,
 * telemetry on change to one subscriber. Their records and keys lie in the store before the node starts,
 * as after a commissioning. Fails when a frame is unaccounted for:
 *
 *   sent = applied + refused by reason + in datagrams lost in the kernel's socket buffer
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import mqtt from "mqtt";
import { openSessionTables, writeSessions } from "../../actors/historian/session-rows.ts";
import { openTables } from "../../actors/historian/tables.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import {
  metricsOf,
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
} from "../../test/support/node-process.ts";
import { until } from "../../test/support/until.ts";
import { toHex } from "../../transports/frame/hex.ts";
import type { Bench, Harness } from "../harness.ts";
import { cProgram, NO_CC } from "../peers/c-program.ts";
import { accountedFor, accountLine, type FrameAccount, sumOf } from "./frame-account.ts";
import { cpuOf, type Look, spreadOf, watchProcess } from "./watch-process.ts";

interface Load {
  readonly hubs: number;
  readonly leaves: number;
  readonly everyMs: number;
  readonly warmUpS: number;
  readonly seconds: number;
  readonly lookEveryMs: number;
}

/** 25,088 leaves: what fits the rows of 98 hubs. */
const FULL: Load = {
  hubs: 98,
  leaves: 256,
  everyMs: 1_000,
  warmUpS: 30,
  seconds: Number(process.env["MYCEL_DENSE_SECONDS"] ?? 600),
  lookEveryMs: 10_000,
};
const SMOKE: Load = {
  hubs: 4,
  leaves: 32,
  everyMs: 500,
  warmUpS: 1,
  seconds: 2,
  lookEveryMs: 1_000,
};
const SETTLE_MS_MAX = 30_000;
/**
 * Of the sender's two runs. To the node the store is a backup, since it has no last start beside it: what
 * leaves may have sent since lies in 65,536 epochs (recall-sessions.ts).
 */
const EPOCHS = [70_000, 70_001] as const;
const SOURCES = ["mycel_sealed.c", "mycel_aes.c", "mycel_gateway.c", "mycel_stream.c"];

interface Sent {
  readonly sent: number;
  readonly datagrams: number;
  readonly cpuS: number;
  readonly seconds: number;
  readonly lateMs: number;
}

/** A datagram that the kernel dropped has an unknown number of frames: both are counted. */
interface Account {
  readonly frames: FrameAccount;
  readonly framesReceived: number;
  readonly datagrams: number;
  readonly datagramsLost: number;
}

export const denseLeaves: Bench = {
  name: "leaves-25000",
  question: "What do 25,000 sealed leaves at 1 Hz cost a node, and is every frame accounted for?",
  run: async (harness) => {
    if (NO_CC !== false) return harness.say(NO_CC);
    const load = harness.smoke ? SMOKE : FULL;
    const program = cProgram("dense_sender", SOURCES);
    const dir = temporaryDir();
    const port = await freeUdpPort();
    await commission(join(dir, "data", "store"), load);
    const node = await startNodeProcess(dir, settings(load, port));
    const subscriber = await subscribe(node);
    const send = (seconds: number, epoch: number): Promise<Sent> =>
      run(program, [port, load.hubs, load.leaves, load.everyMs, seconds, epoch]);
    try {
      const warmUp = await send(load.warmUpS, EPOCHS[0]);
      await settled(node, [warmUp]);
      const heardBefore = subscriber.heard();
      const sending = send(load.seconds, EPOCHS[1]);
      const pace = { forMs: load.seconds * 1_000, lookEveryMs: load.lookEveryMs };
      const looks = await watchProcess(node.file.pid, pace, harness.say);
      const sent = await sending;
      const heard = subscriber.heard() - heardBefore;
      const account = await settled(node, [warmUp, sent]);
      const all = warmUp.sent + sent.sent;
      const frames = { ...account.frames, lostByKernel: all - account.framesReceived };
      harness.say(accountLine(all, frames));
      harness.say(
        `  the last in ${account.datagramsLost} datagrams; the sender took ${((100 * sent.cpuS) / sent.seconds).toFixed(0)} % of a core and was late by ${sent.lateMs} ms at most`,
      );
      report({ load, sent, frames, looks, heard }, harness);
    } finally {
      await subscriber.end();
      await node.end("SIGTERM");
      removeDir(dir);
    }
  },
};

const hubName = (hub: number): string => `hub_${String(hub).padStart(3, "0")}`;
const zoneName = (hub: number): string => `zone_${String(hub >> 1).padStart(2, "0")}`;

const settings = ({ hubs }: Load, port: number) => ({
  zones: Array.from({ length: (hubs + 1) >> 1 }, (_, zone) => ({ id: zoneName(2 * zone) })),
  gateways: [{ id: "radio", link: `udp://127.0.0.1:${port}` }],
  hubs: Array.from({ length: hubs }, (_, hub) => ({
    id: hubName(hub),
    zone: zoneName(hub),
    link: `gateway://radio/${hub}`,
    accept: "v2",
  })),
  mqtt: { telemetry: { mode: "onChange", minIntervalS: 10 } },
});

/** Records and keys as pairing leaves them; the keys are those that dense_sender.c makes. */
async function commission(dir: string, { hubs, leaves }: Load): Promise<void> {
  const store = openLmdbStore({ dir });
  const { leaf } = openTables(store);
  const sessionTables = openSessionTables(store);
  for (let hub = 0; hub < hubs; hub++) {
    const ids = Array.from({ length: leaves }, (_, id) => id);
    await store.write(() => {
      for (const leafId of ids) {
        leaf.put([hubName(hub), leafId], {
          hub: hubName(hub),
          leafId,
          name: `leaf_${leafId}`,
          zone: zoneName(hub),
          hardware: "esp32",
          capabilities: ["temperature", "humidity", "co2", "illuminance"],
          standing: "adopted",
          claimedHardware: undefined,
        });
      }
      writeSessions(sessionTables, {
        hub: hubName(hub),
        sessions: ids.map((leafId) => ({
          hub: hubName(hub),
          leafId,
          eui: toHex(Uint8Array.of(0, 0, 0, 0, hub, hub >> 8, leafId, leafId >> 8)),
          keys: [{ keyNo: 1, key: toHex(keyOf(hub, leafId)) }],
          pairCounter: 0,
          sinceMs: Date.now(),
        })),
        forgotten: [],
        marks: ids.map((leafId) => ({ leafId, keyNo: 1, certain: 0, mark: 0 })),
      });
    });
  }
  await store.close();
}

function keyOf(hub: number, leafId: number): Uint8Array {
  const key = new Uint8Array(16);
  key.set(new TextEncoder().encode("mycel dense "));
  new DataView(key.buffer).setUint16(12, hub, true);
  new DataView(key.buffer).setUint16(14, leafId, true);
  return key;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

async function run(program: string, args: readonly number[]): Promise<Sent> {
  const child = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  const output = await text(child.stdout);
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Sent;
}

/** Every datagram was taken or dropped by the kernel, and every frame of those taken has its outcome. */
async function settled(node: NodeProcess, runs: readonly Sent[]): Promise<Account> {
  const datagrams = runs.reduce((sum, run) => sum + run.datagrams, 0);
  let account: Account | undefined;
  await until(
    async () => {
      account = accountOf(await metricsOf(node));
      const isTaken = account.datagrams + account.datagramsLost === datagrams;
      return isTaken && accountedFor(account.frames) === account.framesReceived;
    },
    {
      withinMs: SETTLE_MS_MAX,
      everyMs: 500,
      what: () => `${datagrams} datagrams are accounted for, but: ${JSON.stringify(account)}`,
    },
  );
  return account as Account;
}

/** By the metrics: the API's state has all leaves. */
function accountOf(metrics: ReadonlyMap<string, number>): Account {
  const sums = new Map<string, number>();
  const refused: Record<string, number> = {};
  for (const [sample, value] of metrics) {
    const [, name = "", labels = ""] = /^(\w+)(.*)$/.exec(sample) ?? [];
    sums.set(name, (sums.get(name) ?? 0) + value);
    const reason = /reason="(\w+)"/.exec(labels)?.[1];
    if (name !== "mycel_frames_refused_total" || reason === undefined || value === 0) continue;
    refused[reason] = (refused[reason] ?? 0) + value;
  }
  const sum = (name: string): number => sums.get(name) ?? 0;
  return {
    frames: { applied: sum("mycel_frames_applied_total"), refused, lostByKernel: 0 },
    framesReceived: sum("mycel_frames_received_total"),
    datagrams: sum("mycel_gateway_envelopes_total"),
    datagramsLost: sum("mycel_gateway_lost_by_kernel_total"),
  };
}

/** One that hears everything, in the bench's own process. */
async function subscribe({ dir, file }: NodeProcess) {
  const credentials = JSON.parse(readFileSync(join(dir, "data", "mqtt-credentials.json"), "utf8"));
  const { user: username, password } = credentials as { user: string; password: string };
  const client = await mqtt.connectAsync(file.mqttUrl, { username, password });
  let heard = 0;
  client.on("message", () => {
    heard += 1;
  });
  await client.subscribeAsync("office/#");
  return { heard: () => heard, end: () => client.endAsync(true) };
}

interface Outcome {
  readonly load: Load;
  readonly sent: Sent;
  readonly frames: FrameAccount;
  readonly looks: readonly Look[];
  readonly heard: number;
}

function report({ load, sent, frames, looks, heard }: Outcome, harness: Harness): void {
  const anonymousMb = looks.map((look) => look.anonymousMb);
  const { share, ...shares } = cpuOf(looks);
  harness.report("leaves", "leaf", load.hubs * load.leaves);
  harness.report("frames sent", "frame/s", sent.sent / sent.seconds);
  harness.report("frames refused", "frame", sumOf(frames.refused));
  harness.report("frames lost by kernel", "frame", frames.lostByKernel);
  harness.report("telemetry heard", "message/s", heard / sent.seconds);
  harness.report("CPU of the node", "% of a core", share, { ...shares, aims: [{ atMost: 100 }] });
  harness.report("anonymous memory", "MB", anonymousMb.at(-1) ?? 0, {
    ...spreadOf(anonymousMb),
    aims: [{ atMost: 1_000 }],
  });
  const third = Math.ceil(looks.length / 3);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  harness.report(
    "anonymous memory, last third beside the second",
    "x",
    mean(anonymousMb.slice(-third)) / mean(anonymousMb.slice(third, 2 * third)),
  );
}
