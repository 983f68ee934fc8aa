/** The outbox of one leaf against leaves, links and askers that a seed plays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandOutcome, CommandRecord } from "../../../../actors/hub/outbox/messages.ts";
import { OUTBOX_COMMANDS_MAX, Outbox } from "../../../../actors/hub/outbox/outbox.ts";
import { seededRandom } from "../../../../runtime/random.ts";
import fc from "../../../support/fc.ts";

const recordOf = (commandId: number, more: Partial<CommandRecord> = {}): CommandRecord => ({
  ...{ hub: "h", leafId: 1, id: `c${commandId}`, commandId, command: "set_pwm", args: {} },
  ...{ argsHex: undefined, delivery: "now", mergeKey: undefined, expiresAtMs: 1e9 },
  ...{ createdAtMs: 0, sentAtMs: undefined, state: "queued", reason: undefined },
  endedAtMs: undefined,
  ...more,
});

interface World {
  readonly seed: number;
  readonly wire: 1 | 2;
  readonly sleeps: boolean;
  readonly loss: number;
  readonly steps: readonly Step[];
}
type Step =
  | { readonly do: "submit"; readonly key: number; readonly wake: boolean; readonly lifeMs: number }
  | { readonly do: "hear" | "cancel" | "wait"; readonly n: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("submit" as const),
    key: fc.integer({ min: 0, max: 3 }),
    wake: fc.boolean(),
    lifeMs: fc.integer({ min: 1, max: 120_000 }),
  }),
  fc.record({
    do: fc.constantFrom("hear" as const, "cancel" as const, "wait" as const),
    n: fc.integer({ min: 0, max: 20_000 }),
  }),
);
const world: fc.Arbitrary<World> = fc.record({
  seed: fc.integer(),
  wire: fc.constantFrom(1 as const, 2 as const),
  sleeps: fc.boolean(),
  loss: fc.constantFrom(0, 0.3, 0.9),
  steps: fc.array(step, { maxLength: 60 }),
});

/** A step of virtual time; the way to the leaf and back takes less than a late ACK's two seconds. */
const TICK_MS = 50;
const WAY_MS_MAX = 900;

/** Plays a world to its end, checks what holds at each step, and says what became of each command. */
function play({ seed, wire, sleeps, loss, steps }: World) {
  const random = seededRandom(seed);
  let nowMs = 0;
  let arrivesAtMs = 0;
  const outcomes = new Map<number, CommandOutcome[]>();
  const sentAtMs = new Map<number, number[]>();
  const submitted: CommandRecord[] = [];
  /** What the leaf has run, in its order; a v2 leaf runs an id once. */
  const ran: number[] = [];
  /** v1: commands whose ACK is on its way or got lost, by transmission. */
  const post: { atMs: number; run: () => void }[] = [];
  const underWay = new Set<number>();

  const outbox = new Outbox({
    random: () => random.next(),
    rouse: () => assert.fail("nobody can wake it"),
    ended(record, outcome) {
      underWay.delete(record.commandId);
      outcomes.set(record.commandId, [...(outcomes.get(record.commandId) ?? []), outcome]);
    },
    transmit(record) {
      const { commandId, expiresAtMs } = record;
      if (random.next() < loss / 2) return false;
      assert.ok(expiresAtMs > nowMs, "nothing is sent too late");
      assert.ok(!outcomes.has(commandId), "nothing is sent that has ended");
      const before = sentAtMs.get(commandId) ?? [];
      const gapMs = nowMs - (before.at(-1) ?? -Infinity);
      assert.ok(gapMs >= 1_000, `sent again after ${gapMs} ms: before the leaf could answer`);
      sentAtMs.set(commandId, [...before, nowMs]);
      underWay.add(commandId);
      const keys = [...underWay].map((id) => submitted[id - 1]?.mergeKey);
      if (wire === 1) assert.equal(underWay.size, 1, "v1: one under way");
      else {
        assert.ok(underWay.size <= 4);
        assert.equal(new Set(keys).size, keys.length, "those under way have keys of their own");
        assert.ok(keys.length === 1 || !keys.includes(undefined));
      }
      if (random.next() >= loss) deliver(record);
      return true;
    },
  });

  const deliver = ({ commandId }: CommandRecord): void => {
    // A link keeps its order, and a v2 leaf takes no frame that is older than its last.
    arrivesAtMs = Math.max(arrivesAtMs, nowMs + random.below(WAY_MS_MAX / 2));
    post.push({
      atMs: arrivesAtMs,
      run: () => {
        if (wire === 1 || !ran.includes(commandId)) ran.push(commandId);
        if (random.next() < loss) return;
        const answerAtMs = nowMs + random.below(WAY_MS_MAX / 2);
        post.push({ atMs: answerAtMs, run: () => answer(commandId) });
      },
    });
  };
  const answer = (commandId: number): void => {
    if (wire === 2) outbox.result(commandId, "applied", undefined, nowMs);
    else {
      const [expected] = underWay;
      outbox.acknowledged(nowMs);
      // An ACK names no command: it must have been the one that the leaf means.
      const told = outcomes.get(expected ?? 0)?.includes("acknowledged") ?? false;
      if (told) assert.ok(ran.includes(expected ?? 0), "acknowledged means that the leaf took it");
    }
  };
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += TICK_MS;
      const due = post.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
      for (const letter of due) {
        post.splice(post.indexOf(letter), 1);
        letter.run();
      }
      if (outbox.dueMs(nowMs) <= nowMs) outbox.tick(nowMs);
      assert.ok(outbox.dueMs(nowMs) > nowMs, "what was due has been done");
      assert.ok(outbox.size <= OUTBOX_COMMANDS_MAX);
    }
  };

  outbox.describe({ wire, sleeps, canBeRoused: false });
  for (const each of steps) {
    if (each.do === "submit" && outbox.size < OUTBOX_COMMANDS_MAX) {
      const record = recordOf(submitted.length + 1, {
        mergeKey: each.key === 0 ? undefined : `k${each.key}`,
        delivery: each.wake ? "onWake" : "now",
        expiresAtMs: nowMs + each.lifeMs,
      });
      submitted.push(record);
      outbox.submit(record, nowMs);
    } else if (each.do === "hear") outbox.heard(nowMs);
    else if (each.do === "cancel") outbox.cancel((each.n % (submitted.length + 1)) + 1, nowMs);
    else if (each.do === "wait") pass(each.n);
  }
  pass(130_000);
  assert.equal(outbox.size, 0);
  assert.equal(outbox.dueMs(nowMs), Infinity);
  return { submitted, outcomes, sentAtMs, ran };
}

test("every command ends in exactly one way, whatever is lost, late, cancelled or slept through", () => {
  fc.assert(
    fc.property(world, (given) => {
      const { submitted, outcomes, sentAtMs, ran } = play(given);
      for (const { commandId } of submitted) {
        const ends = outcomes.get(commandId) ?? [];
        assert.equal(ends.length, 1, `command ${commandId}: ${ends}`);
        if (ends[0] === "superseded") assert.ok(!sentAtMs.has(commandId));
        if (ends[0] === "applied") assert.equal(ran.filter((id) => id === commandId).length, 1);
      }
    }),
    { numRuns: 500 },
  );
});

test("commands of one key, and all that have none, reach a leaf in the order in which they were given", () => {
  fc.assert(
    fc.property(world, (given) => {
      const { submitted, ran } = play({ ...given, steps: given.steps.map(asNow) });
      for (const [at, first] of ran.entries()) {
        const key = submitted[first - 1]?.mergeKey;
        for (const later of ran.slice(at + 1)) {
          const same = submitted[later - 1]?.mergeKey === key;
          const inOrder = given.wire === 1 || same || key === undefined;
          if (inOrder) assert.ok(later >= first, `${ran}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** A command for the leaf's next frame is passed by those that need not wait for it. */
const asNow = (each: Step): Step => (each.do === "submit" ? { ...each, wake: false } : each);

/** What goes out and how commands end, as text; the leaf is heard at 0. */
function scene(how: { wire?: 1 | 2; sleeps?: boolean; canBeRoused?: boolean } = {}) {
  const log: string[] = [];
  const outbox = new Outbox({
    random: () => 0,
    rouse: () => void log.push("rouse"),
    ended: ({ id }, outcome, reason) => void log.push(`${id} ${reason ?? outcome}`),
    transmit: ({ id }) => log.push(`send ${id}`) > 0,
  });
  const { wire = 1, sleeps = false, canBeRoused = false } = how;
  outbox.describe({ wire, sleeps, canBeRoused });
  outbox.heard(0);
  const took = (): string[] => log.splice(0);
  return { outbox, took };
}

test("a newer command supersedes unsent ones of its key, and no other", () => {
  const { outbox, took } = scene();
  outbox.submit(recordOf(1, { mergeKey: "light" }), 0);
  outbox.submit(recordOf(2, { mergeKey: "light" }), 0);
  outbox.submit(recordOf(3, { mergeKey: "fan" }), 0);
  outbox.submit(recordOf(4, { mergeKey: "light" }), 0);
  assert.deepEqual(took(), ["send c1", "c2 superseded"]);
  outbox.acknowledged(100);
  assert.deepEqual(took(), ["c1 acknowledged", "send c3"]);
  outbox.acknowledged(200);
  assert.deepEqual(took(), ["c3 acknowledged", "send c4"]);
});

test("a leaf that sleeps is sent to just after it was heard, and its next frame is waited for", () => {
  const { outbox, took } = scene({ sleeps: true });
  outbox.submit(recordOf(1), 5_000);
  assert.deepEqual(took(), []);
  assert.equal(outbox.dueMs(5_000), 1e9, "only its expiry");
  outbox.heard(30_000);
  assert.deepEqual(took(), ["send c1"]);
  outbox.heard(30_500);
  assert.deepEqual(took(), [], "it has had no time to answer");
  outbox.heard(60_000);
  assert.deepEqual(took(), ["send c1"]);
  outbox.acknowledged(60_010);
  assert.deepEqual(took(), ["c1 acknowledged"]);
});

test("a command for its next frame waits for it though the leaf is awake, and lets others pass", () => {
  const { outbox, took } = scene();
  outbox.submit(recordOf(1, { delivery: "onWake" }), 0);
  outbox.submit(recordOf(2), 0);
  assert.deepEqual(took(), ["send c2"]);
  outbox.acknowledged(10);
  assert.deepEqual(took(), ["c2 acknowledged", "send c1"]);
});

test("after a deep sleep that the leaf agreed to nothing is sent until it is heard", () => {
  const { outbox, took } = scene();
  outbox.submit(recordOf(1, { command: "deep_sleep" }), 0);
  outbox.submit(recordOf(2), 0);
  outbox.acknowledged(10);
  assert.deepEqual(took(), ["send c1", "c1 acknowledged"]);
  assert.equal(outbox.dueMs(10), 1e9);
  outbox.heard(60_000);
  assert.deepEqual(took(), ["send c2"]);
});

test("a leaf that another can wake is woken for what is to be done now", () => {
  const { outbox, took } = scene({ sleeps: true, canBeRoused: true });
  outbox.submit(recordOf(1), 5_000);
  assert.deepEqual(took(), ["rouse"]);
  const dueMs = outbox.dueMs(5_000);
  assert.equal(dueMs, 7_000);
  outbox.tick(dueMs);
  assert.deepEqual(took(), ["rouse"]);
  outbox.heard(8_000);
  assert.deepEqual(took(), ["send c1"]);
});

test("a v1 leaf's late ACK is not taken for the next command's", () => {
  const { outbox, took } = scene();
  outbox.submit(recordOf(1, { expiresAtMs: 2_100 }), 0);
  outbox.submit(recordOf(2), 0);
  outbox.tick(2_000);
  outbox.tick(2_100);
  assert.deepEqual(took(), ["send c1", "send c1", "c1 expired"]);
  outbox.acknowledged(2_900);
  assert.deepEqual(took(), [], "it belongs to the command that has expired");
  outbox.tick(4_000);
  assert.deepEqual(took(), ["send c2"]);
});

test("a v2 leaf has several commands under way when each has a key, and one without is sent alone", () => {
  const { outbox, took } = scene({ wire: 2 });
  for (const [at, mergeKey] of ["a", "b", undefined, "c"].entries()) {
    outbox.submit(recordOf(at + 1, { mergeKey }), 0);
  }
  assert.deepEqual(took(), ["send c1", "send c2"]);
  outbox.result(2, "applied", undefined, 50);
  assert.deepEqual(took(), ["c2 applied"]);
  outbox.result(1, "refused", "leaf:not_able", 60);
  assert.deepEqual(took(), ["c1 leaf:not_able", "send c3"]);
  outbox.result(3, "applied", undefined, 70);
  assert.deepEqual(took(), ["c3 applied", "send c4"]);
  assert.equal(outbox.result(3, "applied", undefined, 80), false, "said twice");
});

test("a clock that is set back holds no command up: it is sent again, and expires by the new time", () => {
  const { outbox, took } = scene();
  outbox.submit(recordOf(1, { expiresAtMs: 7_205_000 }), 7_200_000);
  assert.deepEqual(took(), ["send c1"]);
  outbox.heard(0);
  assert.ok(outbox.dueMs(0) <= 5_000);
  outbox.tick(5_000);
  assert.deepEqual(took(), ["send c1"]);
  outbox.tick(7_205_000);
  assert.deepEqual(took(), ["c1 expired"]);
});
