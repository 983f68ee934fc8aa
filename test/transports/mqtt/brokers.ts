/** The brokers that tests run against: ours, and Debian's mosquitto as a process of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../../transports/mqtt/broker.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import { freeTcpPort } from "../../support/ports.ts";
import { until } from "../../support/until.ts";

export const USER = "mycel";
export const PASSWORD = "right horse";

export interface TestBroker {
  readonly url: string;
  /** At once and without a word to its clients. */
  kill(): Promise<void>;
  /** Again on the same port, with nothing remembered. */
  restart(): Promise<void>;
}

export interface BrokerKind {
  readonly name: string;
  /** Why it cannot run here. */
  readonly skip: string | false;
  start(): Promise<TestBroker>;
}

const MOSQUITTO = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"].find(
  (path) => existsSync(path),
);

export const BROKER_KINDS: readonly BrokerKind[] = [
  { name: "embedded", skip: false, start: startEmbedded },
  {
    name: "mosquitto",
    skip: MOSQUITTO === undefined && "mosquitto is not installed: apt-get install mosquitto",
    start: () => startMosquitto(),
  },
];

let passwordHash: string | undefined;

async function startEmbedded(): Promise<TestBroker> {
  passwordHash ??= await hashPassword(PASSWORD, RANDOM_PASSWORD_COST);
  const users = new Map([[USER, passwordHash]]);
  const start = (port: number) =>
    startBroker({ host: "127.0.0.1", port, portFixed: port !== 0, users });
  let broker = await start(0);
  const { port, url } = broker;
  return {
    url,
    kill: () => broker.close(),
    restart: async () => {
      broker = await start(port);
    },
  };
}

/** With `tls` it speaks TLS alone. */
export async function startMosquitto(
  tls?: { readonly cert: string; readonly key: string },
  more: readonly string[] = [],
): Promise<TestBroker> {
  const dir = mkdtempSync(join(tmpdir(), "mycel-mosquitto-"));
  const passwords = join(dir, "passwords");
  writeFileSync(passwords, `${USER}:${PASSWORD}\n`, { mode: 0o600 });
  const hashed = spawnSync("mosquitto_passwd", ["-U", passwords], { encoding: "utf8" });
  if (hashed.status !== 0) throw new Error(`mosquitto_passwd: ${hashed.stderr}`);

  const port = await freeTcpPort();
  const config = join(dir, "mosquitto.conf");
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous false",
      `password_file ${passwords}`,
      "persistence false",
      ...(tls === undefined ? [] : [`certfile ${tls.cert}`, `keyfile ${tls.key}`]),
      ...more,
      // Else it would change to a user that cannot read the files above.
      "user root",
      "",
    ].join("\n"),
  );
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const process = spawn(MOSQUITTO ?? "mosquitto", ["-c", config], { stdio: "ignore" });
    child = process;
    await until(() => process.exitCode !== null || accepts(port), {
      what: () => "mosquitto accepts connections",
    });
    if (process.exitCode !== null) throw new Error(`mosquitto exited with ${process.exitCode}`);
  };
  const kill = async (): Promise<void> => {
    const process = child;
    child = undefined;
    if (process === undefined || process.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => process.once("exit", () => resolve()));
    process.kill("SIGKILL");
    await gone;
  };
  await start();
  process.once("exit", () => {
    child?.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });
  const scheme = tls === undefined ? "mqtt" : "mqtts";
  return { url: `${scheme}://127.0.0.1:${port}`, kill, restart: start };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
