/**
 * `mycel start` and `mycel up`: runs a node until it is told to stop.
 *
 *   settings ──▶ node ──▶ SIGINT, SIGTERM: drained, exit 0
 *                     └─▶ restored: the same settings on the restored store
 */
import { isatty } from "node:tty";
import { Command, InvalidArgumentError } from "commander";
import pino from "pino";
import { loadConfig, OFFICE_PRESET } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { RunningNode } from "../node.ts";
import { REDACTED } from "./log-redaction.ts";

interface UpFlags {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
}

export const startCommand = (): Command =>
  withFlags(
    new Command("start").description("one node with everything embedded and an emulated office"),
  )
    .option("--config <file>", "settings of your own instead of the office's")
    .action((flags: UpFlags) => runNode(flags));

export const upCommand = (): Command =>
  withFlags(new Command("up").description("a node from a file: hubs, links, broker, page"))
    .requiredOption("--config <file>", "settings in YAML; see config/presets/office.yaml")
    .action((flags: UpFlags) => runNode(flags));

const withFlags = (command: Command): Command =>
  command
    .option("--data <dir>", "data folder (setting storage.dir)")
    .option("--host <address>", "where the page listens (setting http.host)")
    .option("--port <n>", "port of the page (setting http.port)", readPort);

async function runNode(flags: UpFlags): Promise<void> {
  // Only here: a whole node takes a second to load, for which no help waits.
  const { startNode } = await import("../node.ts");
  let config = withOverrides(loadConfig(flags.config ?? OFFICE_PRESET), flags);
  const logger = pino({ level: config.logLevel, redact: REDACTED }, pino.destination(2));
  const say = (line: string): void => void process.stdout.write(`mycel: ${line}\n`);
  const stopAsked = stopSignal(say);

  for (;;) {
    const node = await startNode({ config, logger, say });
    const { file } = node;
    for (const [hub, address] of Object.entries(file.hubs)) say(`${hub} listens on ${address}`);
    say(`dashboard on ${file.url}`);

    const reload = (): void => {
      node.reload();
      const users = readUsersAgain(node, flags, logger);
      // A node that starts anew on a backup has those of now.
      if (users !== undefined) config = { ...config, mqtt: { ...config.mqtt, users } };
    };
    // In a terminal it ends the process, as when that is closed, unless there is something to read again.
    const isTls = config.http.tls !== undefined || config.mqtt.tls !== undefined;
    const isWanted = isTls || config.mqtt.users.length > 0 || !isatty(0);
    if (isWanted) process.on("SIGHUP", reload);
    const end = await Promise.race([node.ended, stopAsked]);
    process.off("SIGHUP", reload);
    await node.stop();
    if (end.why === "stopped") return say("stopped");
    if (end.why === "failed") throw end.cause;
    say("the backup is in place; starting on it");
  }
}

/** All else in the settings waits for the next start. */
function readUsersAgain(
  node: RunningNode,
  { config }: UpFlags,
  logger: Logger,
): Config["mqtt"]["users"] | undefined {
  if (config === undefined) return undefined;
  try {
    const { users } = loadConfig(config).mqtt;
    node.setMqttUsers(users);
    return users;
  } catch (error) {
    logger.error({ err: error }, "the settings are no good; the users of the broker stay");
    return undefined;
  }
}

function withOverrides(config: Config, { data, host, port }: UpFlags): Config {
  return {
    ...config,
    storage: { ...config.storage, ...(data !== undefined && { dir: data }) },
    http: {
      ...config.http,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    },
  };
}

/** One Ctrl-C may arrive twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 1_000;

/** Resolves at the first SIGINT or SIGTERM; a later one does not wait for the drain. */
function stopSignal(say: (line: string) => void): Promise<{ readonly why: "stopped" }> {
  return new Promise((resolve) => {
    let askedMs: number | undefined;
    const onSignal = (): void => {
      const nowMs = systemClock.monotonicMs();
      if (askedMs !== undefined && nowMs - askedMs > SAME_SIGNAL_MS) process.exit(1);
      if (askedMs !== undefined) return;
      askedMs = nowMs;
      say("stopping (once more to stop at once)");
      resolve({ why: "stopped" });
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  });
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a number from 1 to 65535.");
}
