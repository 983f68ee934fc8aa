/** The parent's side of `node.program.ts`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeDir, temporaryDir } from "../../test/support/node-process.ts";
import type { State } from "../../transports/http/contract.ts";
import { accountOf, type FrameAccount } from "../scenarios/frame-account.ts";
import type { Frames, NodeOrder, NodeReady, RowLatency, Stored } from "./node.program.ts";

export interface BenchNode {
  readonly pid: number;
  readonly url: string;
  /** Address by hub. */
  readonly hubs: Readonly<Record<string, string>>;
  latency(): Promise<RowLatency>;
  stored(): Promise<Stored>;
  /** What the rows of the first hub's leaves have taken. */
  frames(): Promise<Frames>;
  account(): Promise<FrameAccount>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./node.program.ts", import.meta.url));

export async function startBenchNode(
  settings: object,
  rows: readonly number[] = [],
): Promise<BenchNode> {
  const dir = temporaryDir();
  const child = fork(PROGRAM);
  const exit = once(child, "exit");
  child.send({
    settings: { ...settings, storage: { dir: join(dir, "data") } },
    rows,
  } satisfies NodeOrder);
  const answer = async <T>(): Promise<T> => {
    const ended = exit.then(([status]) => Promise.reject(new Error(`the node ended: ${status}`)));
    const [message] = await Promise.race([once(child, "message"), ended]);
    return message as T;
  };
  const { url, hubs } = await answer<NodeReady>();
  return {
    pid: child.pid ?? 0,
    url,
    hubs,
    latency: () => {
      child.send("latency");
      return answer();
    },
    frames: () => {
      child.send("frames");
      return answer();
    },
    stored: () => {
      child.send("stored");
      return answer();
    },
    account: async () => {
      const response = await fetch(`${url}/api/state`);
      return accountOf(((await response.json()) as State).hubs);
    },
    stop: async () => {
      child.send("stop");
      await exit;
      removeDir(dir);
    },
  };
}
