import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLog } from "../../../transports/mcp/event-log.ts";

const message = (id: number, text = "") => ({ jsonrpc: "2.0" as const, id, result: { text } });

/** What is sent again to who heard `last`. */
async function after(log: EventLog, last: string): Promise<number[]> {
  const ids: number[] = [];
  const send = async (_id: string, sent: object) => void ids.push((sent as { id: number }).id);
  await log.replayEventsAfter(last, { send });
  return ids;
}

test("EventLog sends again what came after on the same stream, without the event that began it", async () => {
  const log = new EventLog();
  const first = await log.storeEvent("one", {} as never);
  await log.storeEvent("two", message(1));
  await log.storeEvent("one", message(2));
  await log.storeEvent("one", {} as never);
  const last = await log.storeEvent("one", message(3));
  assert.deepEqual(await after(log, first), [2, 3]);
  assert.deepEqual(await after(log, last), []);
});

test("EventLog is bounded by number and by size, and keeps the newest however large", async () => {
  const small = new EventLog();
  for (let id = 1; id <= 300; id += 1) await small.storeEvent("s", message(id));
  assert.deepEqual((await after(small, "s_0")).length, 256);
  const large = new EventLog();
  for (let id = 1; id <= 40; id += 1) await large.storeEvent("s", message(id, "x".repeat(60_000)));
  const kept = await after(large, "s_0");
  assert.deepEqual([kept.at(-1), kept.length], [40, 17]);
  await large.storeEvent("s", message(41, "x".repeat(3_000_000)));
  assert.deepEqual(await after(large, "s_0"), [41]);
});
