import assert from "node:assert/strict";
import { test } from "node:test";
import { agree, register, stranger } from "../../../actors/hub/registration.ts";
import { Senders } from "../../../actors/hub/senders.ts";
import type { LeafRecord } from "../../../actors/leaf/messages.ts";
import fc from "../../support/fc.ts";

const heard = stranger("swarm_hub_01", 12, "main");
const registered: LeafRecord = {
  ...heard,
  standing: "adopted",
  hardware: "esp32",
  capabilities: ["co2"],
};
const disputed: LeafRecord = { ...registered, standing: "disputed", claimedHardware: "pico" };

const states = {
  stranger: heard,
  "adopted by an operator": { ...heard, standing: "adopted" },
  registered,
  disputed,
} as const;

const table = [
  {
    state: "stranger",
    hardware: "esp32",
    standing: "adopted",
    event: "leaf_registered",
    accepted: true,
  },
  {
    state: "adopted by an operator",
    hardware: "pico",
    standing: "adopted",
    event: "leaf_registered",
    accepted: true,
  },
  {
    state: "registered",
    hardware: "esp32",
    standing: "adopted",
    event: "leaf_rebooted",
    accepted: true,
  },
  {
    state: "registered",
    hardware: "pico",
    standing: "disputed",
    event: "leaf_disputed",
    accepted: false,
  },
  {
    state: "disputed",
    hardware: "esp32",
    standing: "disputed",
    event: "leaf_rebooted",
    accepted: true,
  },
  { state: "disputed", hardware: "pico", standing: "disputed", event: undefined, accepted: false },
  {
    state: "disputed",
    hardware: "attiny",
    standing: "disputed",
    event: undefined,
    accepted: false,
  },
] as const;

for (const { state, hardware, standing, event, accepted } of table) {
  test(`register() of ${hardware} on a leaf that is ${state}: ${standing}, ${event ?? "no event"}`, () => {
    const known: LeafRecord = states[state];
    const result = register(known, hardware, ["co2"]);
    const record = result.record ?? known;
    assert.equal(record.standing, standing);
    assert.equal(result.event, event);
    assert.equal(result.accepted, accepted);
    if (accepted) assert.equal(record.hardware, hardware);
    else assert.equal(record.hardware, "esp32", "the id stays with its hardware");
  });
}

test("register() of a reboot writes only when the capabilities are others", () => {
  assert.equal(register(registered, "esp32", ["co2"]).record, undefined);
  assert.deepEqual(register(registered, "esp32", ["co2", "door"]).record?.capabilities, [
    "co2",
    "door",
  ]);
});

test("agree() gives the id to the claimant and ends the dispute", () => {
  assert.deepEqual(agree(disputed, ["door"]), {
    ...registered,
    hardware: "pico",
    capabilities: ["door"],
  });
});

test("register() never changes whose hardware a known leaf has, without an operator", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("esp32", "pico", "attiny"), { maxLength: 20 }),
      (claims) => {
        let record: LeafRecord = heard;
        for (const hardware of claims) record = register(record, hardware, []).record ?? record;
        assert.equal(record.hardware, claims[0]);
        const first = claims.find((hardware) => hardware !== claims[0]);
        assert.equal(record.claimedHardware, first);
      },
    ),
  );
});

test("Senders tell a disputed leaf's frames from those of its claimant", () => {
  const senders = new Senders(256);
  assert.equal(senders.route(registered, 1), "use");
  assert.equal(senders.route(registered, 4), "use", "an address may change before a dispute");
  senders.contest(12, 2);
  assert.equal(senders.route(registered, 2), "refuse", "from the claim on, before it is on disk");
  assert.equal(senders.route(disputed, 4), "use");
  assert.equal(senders.route(disputed, 1), "refuse");
  senders.own(12, 7);
  assert.equal(senders.route(disputed, 7), "use", "the leaf rebooted with another address");
  senders.handOver(12);
  assert.equal(senders.route(registered, 2), "use");
});

test("Senders keep a disputed leaf apart when addresses cannot tell", () => {
  const senders = new Senders(256);
  assert.equal(senders.route(disputed, 1), "apart", "nothing is known since a restart");
  senders.own(12, 3);
  senders.contest(12, 3);
  assert.equal(senders.route(disputed, 3), "apart", "both speak from one address");
});
