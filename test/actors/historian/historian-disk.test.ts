import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { historian } from "../../../actors/historian/historian.ts";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type { OfficeEvent } from "../../../actors/zone/messages.ts";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { smallDisk } from "../../support/store-dirs.ts";
import { batchOf } from "../../support/store-readings.ts";
import { until } from "../../support/until.ts";

const SERIES = { hubNo: 0, leafId: 1, channel: 4 };

test("historian() on a disk that fills up raises store_full, serves reads, and goes on when there is room", async (t) => {
  const disk = smallDisk(t, 16);
  if (disk === undefined) return;
  const dir = join(disk, "store");
  const kinds: string[] = [];
  const system = createActorSystem({ node: "n" });
  const observer = system.spawn<{ type: "EventRaised"; event: OfficeEvent }>({
    id: "observer",
    start: () =>
      receive(({ event }) => {
        kinds.push(event.kind);
        return same;
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const ref = system.spawn<HistorianCommand>({
    id: "historian",
    start: () =>
      historian({
        dir,
        historyDays: 1,
        rollupDays: 1,
        historyMaxGb: 1,
        eventsMax: 9,
        reserveMb: 1,
        observer,
      }),
    restart: "permanent",
    shutdownMs: 5_000,
  });
  const send = (value: number): void => {
    const bytes = batchOf([{ ...SERIES, value, atMs: Date.now() }]);
    ref.tellBytes(bytes, 0, bytes.length, 1, 0);
  };
  send(1);
  const reader = await until(() => {
    try {
      return openLmdbStore({ dir, readOnly: true });
    } catch {
      return undefined;
    }
  });
  const values = (): number[] =>
    queryHistory(reader, { ...SERIES, fromMs: 0, toMs: 1e15, limit: 100 }).map(
      ({ value }) => value,
    );
  await until(() => values().length === 1);

  try {
    writeFileSync(join(disk, "filler"), new Uint8Array(32 * 1024 * 1024));
  } catch {
    // What fits is written before the disk says no.
  }
  send(2);
  await until(() => kinds.includes("store_full"));
  assert.deepEqual(values(), [1]);
  send(3);
  rmSync(join(disk, "filler"));
  await until(() => kinds.includes("store_recovered"));
  await until(() => values().length === 3);
  assert.deepEqual(values(), [1, 2, 3]);
  assert.deepEqual(kinds, ["store_full", "store_recovered"]);
  await reader.close();
  await system.shutdown();
});
