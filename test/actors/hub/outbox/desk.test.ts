/** Commands through a hub that crashes, over a store that fails, as a seed plays it: one end each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf } from "../../../../actors/historian/command-records.ts";
import { CommandDesk } from "../../../../actors/hub/outbox/command-desk.ts";
import {
  type CommandAccepted,
  type CommandEnded,
  isEnded,
} from "../../../../actors/hub/outbox/messages.ts";
import { createProbe, type Probe } from "../../../../runtime/testing/probe.ts";
import fc from "../../../support/fc.ts";
import { HUB, officeOf, registration, report } from "../office.ts";

/** No actor knows this message: handling it is a bug, and the supervisor restarts the actor. */
const CRASH = { type: "Crash" } as never;
const LEAVES = [1, 2, 3];
const ADVANCE_MS_MAX = 8_000;
const LIFE_MS_MAX = 60_000;

type Step =
  | { readonly do: "give"; readonly leaf: number; readonly id: number; readonly lifeMs: number }
  | { readonly do: "ack"; readonly leaf: number }
  | { readonly do: "report"; readonly leaf: number }
  | { readonly do: "cancel"; readonly leaf: number; readonly id: number }
  | { readonly do: "crash"; readonly ms: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "store"; readonly answers: "saved" | "refused" | "silent" | "late" };

const leaf = fc.constantFrom(...LEAVES);
const id = fc.integer({ min: 0, max: 9 });
const ms = fc.integer({ min: 0, max: ADVANCE_MS_MAX });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("give" as const),
      ...{ leaf, id, lifeMs: fc.integer({ min: 0, max: LIFE_MS_MAX }) },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("ack" as const, "report" as const, "cancel" as const),
      ...{ leaf, id },
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), ms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("store" as const),
      answers: fc.constantFrom("saved", "refused", "silent", "late"),
    }),
  },
);

interface Asker {
  readonly key: string;
  readonly accepted: Probe<CommandAccepted | CommandEnded>;
  readonly ended: Probe<CommandEnded>;
  /** The hub was restarted since: it may have forgotten who asked. */
  mayBeForgotten: boolean;
  /** Told of an end that the store had not taken, and the hub has forgotten it since: another may follow on record. */
  mayEndAgain: boolean;
}

test("whatever a hub and its store go through, each asker is told at most once, and one end is on record", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 50 }), (seed, steps) => {
      const office = officeOf({ seed });
      for (const leafId of LEAVES) office.frame(registration(leafId));
      const askers: Asker[] = [];
      const statesOnRecord = () => {
        const all = LEAVES.flatMap((leafId) => commandsOf(office.commandStore, HUB, leafId));
        return new Map(all.map((each) => [`${each.leafId}/${each.id}`, each.state]));
      };
      const give = (leafId: number, name: string, lifeMs: number): void => {
        const accepted = createProbe<CommandAccepted | CommandEnded>(office.system);
        const ended = createProbe<CommandEnded>(office.system);
        askers.push({
          key: `${leafId}/${name}`,
          accepted,
          ended,
          mayBeForgotten: false,
          mayEndAgain: false,
        });
        office.hub.tell({
          ...{ type: "CommandLeaf", leafId, id: name },
          order: {
            ...{ command: "read_now", args: {}, argsHex: undefined, delivery: "now" },
            ...{ mergeKey: undefined, expiresAtMs: office.sim.clock.nowMs() + lifeMs },
          },
          acceptedTo: accepted.ref,
          replyTo: ended.ref,
        });
        office.sim.run();
      };
      for (const each of steps) {
        if (each.do === "give") give(each.leaf, `c${each.id}`, each.lifeMs);
        else if (each.do === "ack") office.frame({ version: 1, type: "ACK", leafId: each.leaf });
        else if (each.do === "report") office.frame(report(each.leaf, { temperature: 20 }));
        else if (each.do === "store") office.store.answers = each.answers;
        else if (each.do === "advance") office.sim.advance(each.ms);
        else if (each.do === "cancel") {
          const told = createProbe<CommandEnded>(office.system);
          const asked = { leafId: each.leaf, id: `c${each.id}`, replyTo: told.ref };
          office.hub.tell({ type: "CancelCommand", ...asked });
          office.sim.run();
        } else {
          office.hub.tell(CRASH);
          const states = statesOnRecord();
          for (const asker of askers) {
            asker.mayBeForgotten = true;
            const [told] = asker.ended.messages;
            asker.mayEndAgain ||= told !== undefined && states.get(asker.key) !== told.outcome;
          }
          office.sim.advance(each.ms);
        }
      }
      office.store.answers = "saved";
      for (let i = 0; i < 20; i++) office.sim.advance(LIFE_MS_MAX / 10);

      const records = LEAVES.flatMap((leafId) => commandsOf(office.commandStore, HUB, leafId));
      for (const record of records) assert.ok(isEnded(record), JSON.stringify(record));
      const numbers = records.map(({ commandId }) => commandId);
      assert.equal(new Set(numbers).size, numbers.length);
      const states = statesOnRecord();
      for (const { key, accepted, ended, mayBeForgotten, mayEndAgain } of askers) {
        assert.ok(accepted.messages.length <= 1 && ended.messages.length <= 1, key);
        if (!mayBeForgotten) assert.equal(ended.messages.length, 1, `${key} waits for ever`);
        const [told] = ended.messages;
        if (told === undefined) continue;
        // Turned away: nothing was begun, and an earlier or later command of this id is another.
        const isTurnedAway = accepted.messages[0]?.type !== "CommandAccepted";
        if (!isTurnedAway && !mayEndAgain) assert.equal(states.get(key), told.outcome, key);
      }
    }),
    { numRuns: 150 },
  );
});

test("a desk asks a silent store again in time, though the clock was ahead for a moment when it noted when", () => {
  let nowMs = 0;
  let loads = 0;
  let tickAfterMs = Infinity;
  const unused = (): never => assert.fail("nothing is sent");
  const desk = new CommandDesk({
    ...{ hub: HUB, leavesMax: 4, downlink: { wire: unused } as never, random: () => 0 },
    ...{ leaf: unused, sleep: unused, save: unused, changed: unused },
    nowMs: () => nowMs,
    load: () => {
      loads += 1;
    },
    tickIn: (afterMs) => {
      tickAfterMs = afterMs;
    },
  });
  desk.tick();
  nowMs = 7_200_000;
  desk.loaded(undefined);
  assert.equal(loads, 1);
  assert.ok(tickAfterMs <= 5_000);
  nowMs = 3_600_000;
  desk.tick();
  assert.equal(loads, 2);
});
