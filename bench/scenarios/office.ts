/** A node process with hubs and emulated leaves, as benches of the whole node need it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
} from "../../test/support/node-process.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));

export interface Office {
  readonly node: NodeProcess;
  /** Starts a process of leaves for each hub; they end by themselves after `forMs`, or with `close`. */
  sendLeaves(options: LeavesOptions): readonly LeafProcess[];
  close(): Promise<void>;
}

export interface LeavesOptions {
  /** Over all hubs. */
  readonly leaves: number;
  readonly everyMs: number;
  readonly forMs: number;
}

export interface LeafProcess {
  readonly process: ChildProcess;
  /** Its last line, when it has ended. */
  readonly summary: Promise<LeafSummary>;
}

/** Of the line that `mycel leaf` ends with, what is looked at here. */
export interface LeafSummary {
  readonly sent: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly link: { readonly framesSent: number };
}

export async function openOffice(hubs: number): Promise<Office> {
  const dir = temporaryDir();
  const processes: ChildProcess[] = [];
  const node = await startNodeProcess(dir, {
    zones: [{ id: "main" }],
    hubs: Array.from({ length: hubs }, (_, index) => ({
      id: `swarm_hub_0${index + 1}`,
      zone: "main",
    })),
  });
  return {
    node,
    sendLeaves: ({ leaves, everyMs, forMs }) => {
      const addresses = Object.values(node.file.hubs);
      return addresses.map((address, hub) => {
        const count = Math.floor((leaves + hub) / addresses.length);
        const started = startLeaves(address, { leaves: count, everyMs, forMs });
        processes.push(started.process);
        return started;
      });
    },
    close: async () => {
      for (const process of processes) process.kill("SIGKILL");
      await node.end("SIGTERM");
      removeDir(dir);
    },
  };
}

function startLeaves(address: string, { leaves, everyMs, forMs }: LeavesOptions): LeafProcess {
  const flags = { hub: address, count: `${leaves}`, every: `${everyMs}ms`, for: `${forMs}ms` };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const child = spawn(process.execPath, [MAIN, "leaf", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const summary = once(child, "close").then((): LeafSummary => {
    const last = output.trimEnd().split("\n").at(-1) ?? "";
    if (!last.includes('"LeafSummary"')) throw new Error(`mycel leaf ended with: ${output}`);
    return JSON.parse(last);
  });
  // Whoever does not want it is not to be told of a process that was killed.
  summary.catch(() => {});
  return { process: child, summary };
}
