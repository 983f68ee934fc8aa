/**
 * Keeps a process of emulated leaves running, for a look around without hardware. Its frames come in
 * over the hubs' own UDP ports like anybody's. A process that ends is a fault: the supervisor starts
 * the next one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { MycelError } from "../../runtime/errors.ts";

export interface EmulatorOptions {
  /** The program with the `leaf` subcommand. */
  readonly program: string;
  /** `udp://127.0.0.1:5701..5704` */
  readonly hubs: string;
  readonly leaves: number;
  readonly everyMs: number;
  readonly seed: number;
}

interface ProcessEnded {
  readonly type: "ProcessEnded";
}

export const emulator = (options: EmulatorOptions): Behavior<never> =>
  setup<ProcessEnded>((ctx) => {
    const child = startLeaves(options);
    const onEnd = (): void => void ctx.self.tell({ type: "ProcessEnded" });
    child.once("error", onEnd).once("exit", onEnd);

    return receive<ProcessEnded>(
      () => {
        throw new MycelError(
          "E_INPUT",
          `The emulated leaves for ${options.hubs} ended with status ${child.exitCode ?? child.signalCode}.`,
          { hubs: options.hubs },
        );
      },
      {
        onSignal: (signal) => {
          if (signal.type === "Terminated") return same;
          child.off("error", onEnd).off("exit", onEnd).kill("SIGTERM");
          return same;
        },
      },
    );
  }) as Behavior<never>;

/** What `mycel leaf` takes in one range. */
const HUBS_PER_PROCESS_MAX = 64;

/**
 * One process for each run of neighbouring ports, since `mycel leaf` takes a range of them.
 * `addresses`: `udp://127.0.0.1:5701`, in the order of the hubs.
 */
export function emulatorOptions(
  addresses: readonly string[],
  { leavesPerHub, everyMs, seed }: { leavesPerHub: number; everyMs: number; seed: number },
): EmulatorOptions[] {
  const runs: { host: string; first: number; last: number }[] = [];
  for (const address of addresses) {
    const { hostname: host, port } = new URL(address);
    const run = runs.at(-1);
    const isNext = run?.host === host && run.last + 1 === Number(port);
    if (isNext && run.last - run.first + 1 < HUBS_PER_PROCESS_MAX) run.last += 1;
    else runs.push({ host, first: Number(port), last: Number(port) });
  }
  return runs.map(({ host, first, last }, index) => ({
    program: fileURLToPath(new URL("../main.ts", import.meta.url)),
    hubs: `udp://${host}:${first}..${last}`,
    leaves: (last - first + 1) * leavesPerHub,
    everyMs,
    seed: seed + index,
  }));
}

/** Forked, so that the leaves notice when this process is gone, however it went. */
function startLeaves({ program, hubs, leaves, everyMs, seed }: EmulatorOptions): ChildProcess {
  return fork(
    program,
    ["leaf", "--hub", hubs, "--count", `${leaves}`, "--every", `${everyMs}ms`, "--seed", `${seed}`],
    { stdio: ["ignore", "ignore", "ignore", "ipc"] },
  );
}
