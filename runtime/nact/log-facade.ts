/** What an actor logs with: each call becomes a log message, given to `send`. */
import type { Ref } from "./references.ts";
import type { Logger, LogLevel, LogMsg } from "./types.ts";

export const LEVELS = { trace: 1, debug: 2, info: 3, warn: 4, error: 5, critical: 6 } as const;

export class LogFacade implements Logger {
  readonly #actor: Ref<unknown>;
  readonly #send: (message: LogMsg) => void;
  readonly #nowMs: () => number;

  constructor(actor: Ref<unknown>, send: (message: LogMsg) => void, nowMs: () => number) {
    this.#actor = actor;
    this.#send = send;
    this.#nowMs = nowMs;
  }

  trace(message: string): void {
    this.#trace(LEVELS.trace, message);
  }

  debug(message: string): void {
    this.#trace(LEVELS.debug, message);
  }

  info(message: string): void {
    this.#trace(LEVELS.info, message);
  }

  warn(message: string): void {
    this.#trace(LEVELS.warn, message);
  }

  error(message: string): void {
    this.#trace(LEVELS.error, message);
  }

  critical(message: string): void {
    this.#trace(LEVELS.critical, message);
  }

  event(name: string, properties: unknown): void {
    this.#send({ type: "event", name: String(name), properties, ...this.#stamp() });
  }

  metric(name: string, values: unknown): void {
    this.#send({ type: "metric", name: String(name), values, ...this.#stamp() });
  }

  exception(exception: Error): void {
    this.#send({ type: "exception", exception, ...this.#stamp() });
  }

  #trace(level: LogLevel, message: string): void {
    this.#send({ type: "trace", level, message: String(message), ...this.#stamp() });
  }

  #stamp(): { actor: Ref<unknown>; createdAt: Date } {
    return { actor: this.#actor, createdAt: new Date(this.#nowMs()) };
  }
}

const nothing = (): void => {};

/** Of a system without a logging engine. */
export const silentLog: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  critical: nothing,
  event: nothing,
  exception: nothing,
  metric: nothing,
};
