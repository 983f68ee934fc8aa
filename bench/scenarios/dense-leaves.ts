/**
 * 25,000 leaves at 1 Hz for ten minutes: four readings a frame, sealed, behind one gateway; history on,
 * telemetry on change to one subscriber. Their records and keys lie in the store before the node starts,
 * as after a commissioning. Fails when a frame is unaccounted for:
 *
 *   sent = applied + refused by reason + lost in the kernel's socket buffer
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
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
import { type ProcessUse, readProcessUse } from "./process-use.ts";

interface Load {
  readonly hubs: number;
  readonly leaves: number;
  readonly everyMs: number;
  readonly warmUpS: number;
  readonly seconds: number;
  readonly lookEveryS: number;
}

/** 25,088 leaves: what fits the rows of 98 hubs. */
const FULL: Load = {
  hubs: 98,
  leaves: 256,
  everyMs: 1_000,
  warmUpS: 30,
  seconds: Number(process.env["MYCEL_DENSE_SECONDS"] ?? 600),
  lookEveryS: 10,
};
const SMOKE: Load = {
  hubs: 4,
  leaves: 32,
  everyMs: 500,
  warmUpS: 1,
  seconds: 2,
  lookEveryS: 1,
};
const SETTLE_MS_MAX = 30_000;
/**
 * Of the sender's two runs. To the node the store is a backup, since it has no last start beside it: what
 * leaves may have sent since lies in 65,536 epochs (recall-sessions.ts).
 */
const EPOCHS = [70_000, 70_001] as const;
const SOURCES = ["mycel_sealed.c", "mycel_aes.c", "mycel_gateway.c", "mycel_stream.c"];

interface Look extends ProcessUse {
  readonly atS: number;
}

interface Sent {
  readonly sent: number;
  readonly cpuS: number;
  readonly seconds: number;
  readonly lateMs: number;
}

interface Account {
  readonly applied: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly lostByKernel: number;
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
      await settled(node, warmUp.sent);
      const heardBefore = subscriber.heard();
      const sending = send(load.seconds, EPOCHS[1]);
      const looks = await watch(node, load, harness);
      const sent = await sending;
      const heard = subscriber.heard() - heardBefore;
      const account = await settled(node, warmUp.sent + sent.sent);
      const { refused } = account;
      const reasons = Object.entries(refused).map(([reason, count]) => `${reason} ${count}`);
      harness.say(
        `  sent ${warmUp.sent + sent.sent} = applied ${account.applied} + refused ${sumOf(refused)} (${reasons}) + lost by kernel ${account.lostByKernel}; the sender took ${((100 * sent.cpuS) / sent.seconds).toFixed(0)} % of a core and was late by ${sent.lateMs} ms at most`,
      );
      report({ load, sent, account, looks, heard }, harness);
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

async function watch(
  { file }: NodeProcess,
  { seconds, lookEveryS }: Load,
  { say }: Harness,
): Promise<readonly Look[]> {
  const startedAt = performance.now();
  const looks: Look[] = [];
  say("       s   CPU s   CPU %   RSS MB   anonymous MB");
  for (;;) {
    const atS = (performance.now() - startedAt) / 1_000;
    const look = { atS, ...readProcessUse(file.pid) };
    const before = looks.at(-1);
    const share = before && (100 * (look.cpuS - before.cpuS)) / (atS - before.atS);
    looks.push(look);
    say(
      [
        atS.toFixed(1).padStart(8),
        look.cpuS.toFixed(2).padStart(7),
        (share?.toFixed(1) ?? "").padStart(7),
        look.residentMb.toFixed(0).padStart(8),
        look.anonymousMb.toFixed(0).padStart(14),
      ].join(" "),
    );
    if (atS >= seconds) return looks;
    await sleep(Math.min(lookEveryS, seconds - atS + 0.001) * 1_000);
  }
}

async function settled(node: NodeProcess, sent: number): Promise<Account> {
  let account: Account | undefined;
  await until(
    async () => {
      account = accountOf(await metricsOf(node));
      return account.applied + sumOf(account.refused) + account.lostByKernel === sent;
    },
    {
      withinMs: SETTLE_MS_MAX,
      everyMs: 500,
      what: () => `all ${sent} frames are accounted for, but: ${JSON.stringify(account)}`,
    },
  );
  return account as Account;
}

function accountOf(metrics: ReadonlyMap<string, number>): Account {
  const refused: Record<string, number> = {};
  let applied = 0;
  let lostByKernel = 0;
  for (const [sample, value] of metrics) {
    const [, name = "", labels = ""] = /^(\w+)(.*)$/.exec(sample) ?? [];
    if (name === "mycel_frames_applied_total") applied += value;
    else if (name === "mycel_frames_lost_by_kernel_total") lostByKernel += value;
    else if (name === "mycel_frames_refused_total" || name === "mycel_gateway_refused_total") {
      const reason = /reason="(\w+)"/.exec(labels)?.[1] ?? "";
      if (value > 0) refused[reason] = (refused[reason] ?? 0) + value;
    }
  }
  return { applied, refused, lostByKernel };
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

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
  readonly account: Account;
  readonly looks: readonly Look[];
  readonly heard: number;
}

function report({ load, sent, account, looks, heard }: Outcome, harness: Harness): void {
  const first = looks[0] as Look;
  const last = looks.at(-1) as Look;
  const seconds = last.atS - first.atS;
  const anonymousMb = looks.map((look) => look.anonymousMb);
  const shares = looks.slice(1).map((look, index) => {
    const before = looks[index] as Look;
    return (100 * (look.cpuS - before.cpuS)) / (look.atS - before.atS);
  });
  const spread = (values: readonly number[]) => ({
    min: Math.min(...values),
    max: Math.max(...values),
  });
  harness.report("leaves", "leaf", load.hubs * load.leaves);
  harness.report("frames sent", "frame/s", sent.sent / sent.seconds);
  harness.report("frames refused", "frame", sumOf(account.refused));
  harness.report("frames lost by kernel", "frame", account.lostByKernel);
  harness.report("telemetry heard", "message/s", heard / sent.seconds);
  harness.report("CPU of the node", "% of a core", (100 * (last.cpuS - first.cpuS)) / seconds, {
    ...spread(shares),
    aims: [{ atMost: 100 }],
  });
  harness.report("anonymous memory", "MB", last.anonymousMb, {
    ...spread(anonymousMb),
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
