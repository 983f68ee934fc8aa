/** Leaves that a node has adopted: the readings of their reports are stored. */
import { until } from "../../test/support/until.ts";
import type { Leaf } from "../../transports/http/contract.ts";
import type { BenchNode } from "./bench-node.ts";
import { runLeafSender } from "./leaf-sender.ts";

export const WAIT = { everyMs: 5, withinMs: 60_000 } as const;

export interface KnownLeaves {
  /** Frames sent until now. */
  readonly sent: number;
  /** Sends so many reports over one TCP connection and returns how long it took until they were committed, ms. */
  store(frames: number): Promise<number>;
}

/** One report each over TCP, to a hub that adopts whoever sends; a leaf is known once its record is on disk. */
export async function adoptLeaves(
  node: BenchNode,
  port: number,
  { leaves, readings }: { readonly leaves: number; readonly readings: number },
): Promise<KnownLeaves> {
  const send = (frames: number) => runLeafSender("tcp", port, leaves, readings, frames);
  let { sent } = await send(leaves);
  await until(
    async () => {
      const all = (await (await fetch(`${node.url}/api/leaves`)).json()) as Leaf[];
      return all.filter(({ standing }) => standing !== "stranger").length === leaves;
    },
    { ...WAIT, what: () => `${leaves} leaves are known` },
  );
  return {
    get sent() {
      return sent;
    },
    store: async (frames) => {
      const before = await node.stored();
      const startedAt = performance.now();
      await send(frames);
      sent += frames;
      await until(
        async () => {
          const stored = await node.stored();
          if (stored.lost > before.lost)
            throw new Error(`the store has lost ${stored.lost} readings`);
          return stored.readings - before.readings === frames * readings;
        },
        { ...WAIT, what: () => "every reading is stored" },
      );
      return performance.now() - startedAt;
    },
  };
}
