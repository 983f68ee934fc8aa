/**
 * What a user would build instead: a broker, a database, and a program between them.
 *
 *   lines of JSON ──▶ mosquitto_pub -l ──▶ mosquitto ──▶ bus-to-postgres ──▶ COPY ──▶ PostgreSQL      QoS 0
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BusToPostgres, Report } from "./bus-to-postgres.program.ts";
import { startBroker } from "./mosquitto.ts";

export interface MosquittoPostgres {
  /** Publishes so many reports and returns how long it took until they were committed, ms. */
  store(reports: number): Promise<number>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./bus-to-postgres.program.ts", import.meta.url));
const TOPIC = "office/hub_1/report";
/** Storing what takes two seconds on a calm machine. */
const STORE_MS_MAX = 60_000;

/** Into a table of `postgres.ts`. Reports of `leaves` leaves in turn, as `leaf_sender.c` has them. */
export async function startMosquittoPostgres(
  table: string,
  leaves: number,
  readings: number,
): Promise<MosquittoPostgres> {
  const broker = await startBroker();
  const lines = join(broker.dir, "reports");
  const round = Array.from({ length: leaves }, (_, leaf) => lineOf(leaf, readings));
  const store = fork(PROGRAM);
  const exit = once(store, "exit");
  const order: BusToPostgres = {
    broker: `mqtt://127.0.0.1:${broker.port}`,
    topic: TOPIC,
    table,
  };
  store.send(order);
  const failed = exit.then(([status]) => Promise.reject(new Error(`bus-to-postgres: ${status}`)));
  failed.catch(() => {});
  await Promise.race([once(store, "message"), failed]);

  let stored = 0;
  let sent = 0;
  let onStored = (): void => {};
  store.on("message", (count: number) => {
    stored = count;
    if (stored === sent) onStored();
  });
  return {
    store: async (reports) => {
      const rounds = Math.ceil(reports / leaves);
      const all = Array.from({ length: rounds }, () => round).flat();
      writeFileSync(lines, all.slice(0, reports).join(""));
      sent += reports;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = setTimeout(() => {
        reject(new Error(`${sent - stored} of ${reports} reports are not stored`));
      }, STORE_MS_MAX);
      onStored = resolve;
      const input = openSync(lines, "r");
      try {
        const startedAt = performance.now();
        const to = [...broker.client, "-q", "0", "-t", TOPIC, "-l"];
        const publisher = spawn("mosquitto_pub", to, { stdio: [input, "ignore", "inherit"] });
        const published = once(publisher, "exit");
        await Promise.race([promise, failed]);
        const ms = performance.now() - startedAt;
        await published;
        return ms;
      } finally {
        clearTimeout(giveUp);
        closeSync(input);
      }
    },
    stop: async () => {
      if (store.connected) store.send("stop");
      await exit;
      await broker.stop();
    },
  };
}

function lineOf(leaf: number, readings: number): string {
  const report: Report = {
    hub: 1,
    leaf,
    readings: Array.from({ length: readings }, (_, i) => [1 + i, 20 + 0.25 * leaf + i] as const),
  };
  return `${JSON.stringify(report)}\n`;
}
