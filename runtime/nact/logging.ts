/**
 * nact's logging: all that actors log goes to one actor, which an engine spawns.
 *
 *   ctx.log.info(…) ──▶ LogTrace ──dispatch──▶ the engine's actor ──▶ console
 */
import { LEVELS, LogFacade } from "./log-facade.ts";
import { dispatch, spawnStateless } from "./messages.ts";
import { type AnyRef, Nobody, type Ref } from "./references.ts";
import type { NactSystem, Plugin } from "./system.ts";
import type { ConsoleLoggerProperties, LoggingEngine, LogLevel, LogMsg } from "./types.ts";

export const configureLogging =
  (engine: LoggingEngine): Plugin =>
  (plugged) => {
    const system = plugged as NactSystem;
    const sink = engine(system.reference);
    if (!sink) throw new Error("Logging engine is not defined");
    system.createLogger = (actor) =>
      new LogFacade(
        actor,
        (message) => dispatch(sink, message, actor),
        () => system.cell.nowMs(),
      );
  };

export const logNothing = (): LoggingEngine => () => new Nobody();

/** A console need not have all channels: what lacks one goes to that of the level below. */
export const logToConsole =
  ({
    consoleProxy = console,
    formatter = format,
    name = "console-logger",
  }: ConsoleLoggerProperties = {}): LoggingEngine =>
  (system) => {
    const channels = channelsOf(consoleProxy as unknown as Channels);
    return spawnStateless(
      system,
      (message: LogMsg) => channels[levelOf(message)]?.(formatter(message)),
      name,
    );
  };

type Channel = (line: string) => void;
type Channels = Readonly<Record<string, Channel | undefined>>;

const NAMES = ["trace", "debug", "info", "warn", "error", "critical"] as const;

/** By level. */
function channelsOf(proxy: Channels): (Channel | undefined)[] {
  const channels: (Channel | undefined)[] = [undefined];
  let last = proxy["log"];
  for (const name of NAMES) {
    last = proxy[name] ?? last;
    channels[LEVELS[name]] = last;
  }
  return channels;
}

function levelOf(message: LogMsg): LogLevel {
  switch (message.type) {
    case "trace":
      return message.level;
    case "exception":
      return LEVELS.error;
    case "event":
    case "metric":
      return LEVELS.info;
  }
}

function format(message: LogMsg): string {
  const at = (kind: string): string =>
    `[${kind} @ ${message.createdAt}] ${pathOf(message.actor)} - `;
  switch (message.type) {
    case "trace":
      return `${at(NAMES[message.level - 1]?.toUpperCase() ?? "OFF")}${message.message}`;
    case "exception":
      return `${at("EXCEPTION")}${message.exception}`;
    case "event":
      return `${at("EVENT")}${message.name}: ${asJson(message.properties)}`;
    case "metric":
      return `${at("METRIC")}${message.name}: ${asJson(message.values)}`;
  }
}

const asJson = (value: unknown): string | undefined => JSON.stringify(value, undefined, 4);

const pathOf = ({ system, path }: Ref<unknown> & AnyRef): string =>
  `${system?.name}://${(path?.parts ?? []).join("/")}`;
