/**
 * A node in a process of its own, with a thread that looks at rows as anybody may, each millisecond:
 * how old is a leaf's newest report when it can be read? Told its settings by the parent, it answers
 * `{ type: "Ready", … }`; told "latency", with what was seen since the last time; told "stored", with how many
 * readings the historian has committed or lost; told "frames", with how many the rows of the first hub have
 * taken; told "stop", it ends.
 */
import { Worker } from "node:worker_threads";
import { LEAVES_DEFAULT } from "../../actors/hub/hub-options.ts";
import { emptyLeafRow, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { historianStatus, startNode } from "../../actors/node.ts";
import { validateConfig } from "../../config/parse.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { countsBytes, LatencyCounts } from "../latency/latency-counts.ts";

export interface NodeReady {
  readonly type: "Ready";
  readonly url: string;
  readonly hubs: Readonly<Record<string, string>>;
}

export interface RowLatency {
  readonly type: "Latency";
  readonly seen: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export interface Stored {
  readonly type: "Stored";
  readonly readings: number;
  readonly lost: number;
}

export interface Frames {
  readonly type: "Frames";
  readonly frames: number;
}

/** What the parent sends first. */
export interface NodeOrder {
  readonly settings: object;
  /** Rows that are looked at; none: no thread looks. */
  readonly rows: readonly number[];
}

export type ProbeParts = {
  readonly table: SharedArrayBuffer;
  readonly counts: SharedArrayBuffer;
  readonly rows: readonly number[];
};

const PROBE = new URL("./row-probe.worker.ts", import.meta.url);
const say = (message: NodeReady | RowLatency | Stored | Frames): void =>
  void process.send?.(message);

process.once("message", (order: NodeOrder) => void run(order));

async function run({ settings, rows }: NodeOrder): Promise<void> {
  const config = validateConfig(settings);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const node = await startNode({ config: config.value, logger: silentLogger, say: () => {} });
  const table = openLeafTable(node.leafTable);
  const row = emptyLeafRow();
  const buffer = new SharedArrayBuffer(countsBytes(1));
  const counts = new LatencyCounts(buffer);
  const parts: ProbeParts = { table: node.leafTable, counts: buffer, rows };
  const probe = rows.length === 0 ? undefined : new Worker(PROBE, { workerData: parts });
  process.on("message", (message) => {
    if (message === "latency") {
      const [p50Us = 0, p99Us = 0, p999Us = 0] = [0.5, 0.99, 0.999].map((share) =>
        counts.percentileUs(share),
      );
      say({ type: "Latency", seen: counts.total, p50Us, p99Us, p999Us });
      counts.clear();
    } else if (message === "frames") {
      let frames = 0;
      for (let at = 0; at < LEAVES_DEFAULT; at++) {
        if (table.readRow(at, row) && row.present) frames += row.frames;
      }
      say({ type: "Frames", frames });
    } else if (message === "stored") {
      void historianStatus(node.system).then(({ readingsStored, dropped }) => {
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        say({ type: "Stored", readings: readingsStored, lost });
      });
    } else {
      void (async () => {
        await probe?.terminate();
        await node.stop();
        process.exit();
      })();
    }
  });
  say({ type: "Ready", url: node.file.url, hubs: node.file.hubs });
}
