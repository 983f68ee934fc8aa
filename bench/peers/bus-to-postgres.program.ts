/**
 * What stands between broker and database in many buildings: subscribes, stamps what arrives, writes it in
 * transactions 50 ms apart. Told where by the parent, it answers "ready", and after each transaction how many
 * messages are committed; told "stop", it ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { openReadingTable, rowOf } from "./postgres.ts";

/** What the parent sends first. */
export interface BusToPostgres {
  readonly broker: string;
  readonly topic: string;
  readonly table: string;
}

/** The payload. */
export interface Report {
  readonly hub: number;
  readonly leaf: number;
  readonly readings: readonly (readonly [channel: number, value: number])[];
}

/** As our historian's. */
const COMMIT_MS = 50;

process.once("disconnect", () => process.exit());
process.once("message", (order: BusToPostgres) => void run(order));

async function run({ broker, topic, table }: BusToPostgres): Promise<void> {
  const readings = await openReadingTable(table);
  const bus = await connectAsync(broker);
  /** As many as one run publishes at most: the bus is not held back. */
  let rows = "";
  let arrived = 0;
  let isStopped = false;
  bus.on("message", (_topic, payload) => {
    const { hub, leaf, readings: found }: Report = JSON.parse(payload.toString());
    const time = new Date().toISOString();
    for (const [channel, value] of found) rows += rowOf(time, { hub, leaf, channel, value });
    arrived++;
  });
  process.on("message", () => {
    isStopped = true;
  });
  await bus.subscribeAsync(topic, { qos: 0 });
  process.send?.("ready");
  while (!isStopped) {
    await sleep(COMMIT_MS);
    if (rows === "") continue;
    const batch = rows;
    const stored = arrived;
    rows = "";
    await readings.write(batch);
    process.send?.(stored);
  }
  await bus.endAsync();
  await readings.close();
  process.exit();
}
