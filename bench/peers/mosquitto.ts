/**
 * Mosquitto with its own C clients, where they are installed: what carries readings in most buildings.
 *
 *   lines of 100 bytes ──▶ mosquitto_pub -l ──▶ mosquitto ──▶ mosquitto_sub ──▶ counted here      QoS 0
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../test/support/until.ts";

/** False, or why it is left out. */
export const NO_MOSQUITTO =
  spawnSync("mosquitto", ["-h"]).error === undefined &&
  spawnSync("mosquitto_pub", ["--help"]).error === undefined
    ? false
    : "Mosquitto is not here to be measured: apt-get install mosquitto mosquitto-clients";

export interface Mosquitto {
  /** Publishes so many messages and returns how long it took until they were delivered, ms. */
  deliver(messages: number): Promise<number>;
  stop(): Promise<void>;
}

const LINE = `${"x".repeat(100)}\n`;
const TOPIC = "office/main/sensor/swarm_hub_01.leaf_12/temperature";
/** Delivering what takes a second on a calm machine. */
const DELIVER_MS_MAX = 60_000;

export async function startMosquitto(): Promise<Mosquitto> {
  const broker = await startBroker();
  const lines = join(broker.dir, "lines");

  const at = [...broker.client, "-q", "0", "-t", TOPIC];
  const subscriber = spawn("mosquitto_sub", at, { stdio: ["ignore", "pipe", "inherit"] });
  let bytes = 0;
  let awaited = Number.POSITIVE_INFINITY;
  let onArrived = (): void => {};
  subscriber.stdout.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes >= awaited) onArrived();
  });
  // It is subscribed once it hears something.
  await until(() => {
    spawnSync("mosquitto_pub", [...at, "-m", "ready"]);
    return bytes > 0;
  });

  return {
    deliver: async (messages) => {
      writeFileSync(lines, LINE.repeat(messages));
      const arrived = new Promise<void>((resolve, reject) => {
        const text = `mosquitto has not delivered ${messages} messages in ${DELIVER_MS_MAX} ms`;
        const giveUp = setTimeout(() => reject(new Error(text)), DELIVER_MS_MAX);
        onArrived = () => {
          clearTimeout(giveUp);
          resolve();
        };
      });
      awaited = bytes + messages * LINE.length;
      const input = openSync(lines, "r");
      const startedAt = performance.now();
      const publisher = spawn("mosquitto_pub", [...at, "-l"], {
        stdio: [input, "ignore", "inherit"],
      });
      await arrived;
      const ms = performance.now() - startedAt;
      closeSync(input);
      await ended(publisher);
      return ms;
    },
    stop: async () => {
      await ended(subscriber);
      await broker.stop();
    },
  };
}

export interface Broker {
  readonly port: number;
  /** What its clients are told. */
  readonly client: readonly string[];
  /** Gone when it stops. */
  readonly dir: string;
  stop(): Promise<void>;
}

/** On a port of its own. */
export async function startBroker(): Promise<Broker> {
  const dir = mkdtempSync(join(tmpdir(), "mycel-mosquitto-"));
  const port = await freeTcpPort();
  const config = join(dir, "mosquitto.conf");
  // Without a bound on what waits: it is to deliver all, as ours has to.
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    "max_queued_messages 0",
    "log_type none",
  ];
  writeFileSync(config, `${settings.join("\n")}\n`);
  const broker = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  await until(() => answers(port), { what: () => "mosquitto listens" });
  return {
    port,
    client: ["-h", "127.0.0.1", "-p", `${port}`],
    dir,
    stop: async () => {
      await ended(broker);
      rmSync(dir, { recursive: true });
    },
  };
}

export function freeTcpPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill();
  await exit;
}
