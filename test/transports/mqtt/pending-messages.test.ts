import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingMessages } from "../../../transports/mqtt/pending-messages.ts";

test("PendingMessages keeps the newest of each topic, and at the bound drops the oldest topic", () => {
  const pending = new PendingMessages(2);
  pending.put("a", "1");
  pending.put("b", "1");
  pending.put("a", "2");
  pending.put("c", "1");
  assert.equal(pending.dropped, 2);
  const sent: string[] = [];
  pending.drain((topic, payload) => {
    sent.push(topic + payload);
    return true;
  });
  assert.deepEqual(sent, ["a2", "c1"]);
  assert.equal(pending.size, 0);
});

test("PendingMessages keeps the message that could not be sent", () => {
  const pending = new PendingMessages(3);
  pending.put("a", "1");
  pending.put("b", "1");
  pending.drain((topic) => topic === "a");
  assert.equal(pending.size, 1);
});
