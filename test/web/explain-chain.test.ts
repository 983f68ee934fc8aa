import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../transports/http/contract.ts";
import { chainOf } from "../../web/src/explain-chain.ts";
import type { CycleItem } from "../../web/src/live/office-items.ts";
import { lastDecision } from "../../web/src/zone-decisions.ts";
import { createStubOffice } from "../support/stub-office.ts";
import { OFFICE_CYCLES } from "../support/stub-office-data.ts";

const stub = createStubOffice({ nowMs: () => 0, tell: () => {} });
const cycles = OFFICE_CYCLES.map((make) => stub.putCycle(make(0)));
const event: Event = {
  ...{ id: "ev-1", atMs: 0, kind: "high_temperature", severity: "warning", zone: "lab" },
  ...{ hub: null, leafId: null, message: "The lab is at 30.5 °C.", data: {} },
};
const known = { events: [event], cycles, tasks: stub.tasks() };
const kinds = (id: string) => chainOf(id, known).map(({ kind, id: one }) => `${kind} ${one}`);

test("chainOf() walks from an event, its cycle or its task to the same chain", () => {
  const chain = ["event ev-1", "cycle cycle-lab", "task task:17"];
  for (const id of ["ev-1", "cycle-lab", "task:17"]) assert.deepEqual(kinds(id), chain, id);
});

test("chainOf() ends with the payment of a task that was paid", () => {
  assert.deepEqual(kinds("task:16"), ["task task:16", "payment task:16:paid"]);
});

test("chainOf() names a cause that is kept no more, and knows nothing of a foreign id", () => {
  const forgetful = { ...known, cycles: [] as CycleItem[] };
  assert.deepEqual(
    chainOf("task:17", forgetful).map(({ kind, id }) => `${kind} ${id}`),
    ["cycle cycle-lab", "task task:17"],
  );
  assert.deepEqual(kinds("nobody"), []);
});

test("lastDecision() tells the newest act about a zone, not what merely looked or was skipped", () => {
  const newest = cycles.toReversed();
  assert.deepEqual(lastDecision("lab", newest)?.tool, "speak");
  assert.deepEqual(lastDecision("lab", newest)?.outcome, "refused");
  assert.equal(lastDecision("atelier", newest), undefined);
});
