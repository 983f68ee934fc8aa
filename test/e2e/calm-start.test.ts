/** A node that starts and stops in order has nothing to warn of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNode } from "../../actors/node.ts";
import { validateConfig } from "../../config/parse.ts";
import type { Logger } from "../../runtime/logger.ts";
import { freeTcpPort, freeUdpPort } from "../support/ports.ts";
import { openRadio } from "../support/radio.ts";
import { tempDir } from "../support/store-dirs.ts";
import { until } from "../support/until.ts";

const ZONES = Array.from({ length: 20 }, (_, i) => `zone_${i}`);

test("a node with twenty zones starts and stops without a dead letter or a warning", async (t) => {
  const warned: object[] = [];
  const warn = (fields: object, message: string): void => void warned.push({ message, ...fields });
  const logger: Logger = { debug() {}, info() {}, warn, error: warn, child: () => logger };
  const hubs = await Promise.all(
    ZONES.map(async (zone, i) => ({
      id: `hub_${i}`,
      zone,
      link: `udp://127.0.0.1:${await freeUdpPort()}`,
    })),
  );
  const config = validateConfig({
    zones: ZONES.map((id) => ({ id })),
    hubs,
    storage: { dir: tempDir(t) },
    http: { port: await freeTcpPort() },
    threads: 2,
  });
  assert.ok(config.ok, JSON.stringify(config));
  const node = await startNode({ config: config.value, logger, say: () => {} });
  const { system } = node;
  let isRunning = true;
  t.after(() => isRunning && node.stop());
  for (const { link } of hubs) {
    const radio = await openRadio(link);
    await radio.register(1, "esp32");
    await radio.report(1, { temperature: 21 });
    radio.close();
  }
  const metrics = async (): Promise<readonly string[]> =>
    (await (await fetch(`${node.file.url}/metrics`)).text()).split("\n");
  const last = await until(async () => {
    const lines = await metrics();
    const stored = lines.find((line) => line.startsWith("mycel_readings_stored_total"));
    return Number(stored?.split(" ").at(-1)) > 0 && lines;
  });
  const letters = last.filter((line) => line.startsWith("mycel_dead_letters_total"));
  assert.ok(letters.length > 0);
  assert.deepEqual(
    letters.filter((line) => !line.endsWith(" 0")),
    [],
  );
  isRunning = false;
  await node.stop();
  assert.deepEqual(
    system.deadLetters.last().map(({ path, reason, message }) => ({ path, reason, message })),
    [],
  );
  assert.deepEqual(warned, []);
});
