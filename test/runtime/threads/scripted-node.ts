/** The main thread's side of tests with scripted workers: what was told, what happened, waiting for it. */
import assert from "node:assert/strict";
import { systemClock } from "../../../runtime/clock.ts";
import type { Logger } from "../../../runtime/logger.ts";
import type { ThreadEvent } from "../../../runtime/threads/messages.ts";
import {
  WorkerThreads,
  type WorkerThreadsOptions,
} from "../../../runtime/threads/worker-threads.ts";
import { type PortLoop, runPortLoop } from "./port-loop.ts";
import { GATE, SCRIPT, type Script, type Told } from "./scripted-messages.ts";

/** Generous, for two busy cores: a test that waits longer has failed. */
export const WAIT_MS_MAX = 60_000;

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface ScriptedNode {
  readonly threads: WorkerThreads;
  readonly loop: PortLoop;
  readonly told: readonly Told[];
  readonly events: readonly ThreadEvent[];
  readonly lines: readonly Line[];
  /** Byte messages that came back, as text. */
  readonly bytes: readonly { readonly from: number; readonly tag: number; readonly text: string }[];
  say(thread: number, script: Script): void;
  /** Stops a worker in its tracks. */
  block(thread: number): Promise<void>;
  /** Lets workers go on that block. */
  release(): void;
  until(what: string, condition: () => boolean): Promise<void>;
}

const collectingLogger = (lines: Line[]): Logger => ({
  debug: (fields, message) => void lines.push({ level: "debug", fields, message }),
  info: (fields, message) => void lines.push({ level: "info", fields, message }),
  warn: (fields, message) => void lines.push({ level: "warn", fields, message }),
  error: (fields, message) => void lines.push({ level: "error", fields, message }),
  child: () => collectingLogger(lines),
});

/** Starts the workers, runs the test and stops them, whatever comes of it. */
export async function withScriptedNode(
  options: Partial<WorkerThreadsOptions> & { readonly workers: number },
  test: (node: ScriptedNode) => Promise<void>,
): Promise<void> {
  const told: Told[] = [];
  const events: ThreadEvent[] = [];
  const lines: Line[] = [];
  const bytes: { from: number; tag: number; text: string }[] = [];
  const gate = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const threads = await WorkerThreads.start({
    node: "test",
    shared: { [GATE]: gate.buffer },
    log: collectingLogger(lines),
    clock: systemClock,
    onEvent: (event) => void events.push(event),
    entry: new URL("./scripted-worker.ts", import.meta.url),
    ...options,
  });
  const loop = runPortLoop(threads.port, {
    onMessage: (_from, _lane, _target, message) => void told.push(message as Told),
    onBytes: (from, _target, chunk, start, end, tag) =>
      void bytes.push({ from, tag, text: Buffer.from(chunk.slice(start, end)).toString() }),
    onDamaged: (_from, _target, cause) => assert.fail(String(cause)),
  });
  const say = (thread: number, script: Script): void =>
    loop.push(() => threads.port.send(thread, 2, SCRIPT, script));
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    const endMs = Date.now() + WAIT_MS_MAX;
    while (!condition()) {
      if (Date.now() > endMs) {
        throw new Error(`waited in vain for ${what}; ${JSON.stringify(events)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  try {
    await test({
      threads,
      loop,
      told,
      events,
      lines,
      bytes,
      say,
      until,
      block: (thread) => {
        say(thread, { do: "block" });
        return until("the worker to block", () => Atomics.load(gate, 1) === 1);
      },
      release: () => {
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
      },
    });
  } finally {
    await threads.stop();
  }
}
