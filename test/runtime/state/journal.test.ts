import assert from "node:assert/strict";
import { test } from "node:test";
import { openJournal } from "../../../runtime/state/journal.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import fc from "../../support/fc.ts";

const replayed = (store: MemoryStore, id: string, afterSeq?: number) => {
  const events: unknown[] = [];
  const seqs: number[] = [];
  const last = openJournal(store).replay(
    id,
    (event, seq) => {
      events.push(event);
      seqs.push(seq);
    },
    afterSeq,
  );
  return { events, seqs, last };
};

test("journal replays what it was given, by id, in order, from any place", async () => {
  const store = new MemoryStore();
  const journal = openJournal(store);
  assert.equal(replayed(store, "a").last, 0);
  assert.equal(await journal.append("a", [{ n: 1 }, { n: 2 }]), 2);
  assert.equal(await journal.append("b", ["other"]), 1);
  assert.equal(await journal.append("a", [{ n: 3 }]), 3);
  assert.deepEqual(replayed(store, "a"), {
    events: [{ n: 1 }, { n: 2 }, { n: 3 }],
    seqs: [1, 2, 3],
    last: 3,
  });
  assert.deepEqual(replayed(store, "a", 2).events, [{ n: 3 }]);
  assert.deepEqual(replayed(store, "b").events, ["other"]);
});

test("journal answers when a start after it would find the events", async () => {
  const store = new MemoryStore();
  await openJournal(store).append("a", [1, 2]);
  assert.deepEqual(replayed(store.reopened(), "a").events, [1, 2]);
  store.setFull(true);
  await assert.rejects(openJournal(store).append("a", [3]), { code: "E_STORE_FULL" });
  store.setFull(false);
  assert.equal(await openJournal(store).append("a", [4]), 3);
  assert.deepEqual(replayed(store.reopened(), "a").events, [1, 2, 4]);
});

test("journal lets one of two writers pass who expect the same", async () => {
  const journal = openJournal(new MemoryStore());
  await journal.append("a", ["first"]);
  const both = await Promise.allSettled([
    journal.append("a", ["mine"], 1),
    journal.append("a", ["yours"], 1),
  ]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
});

test("journal keeps the later of two snapshots, and the events after it", async () => {
  const store = new MemoryStore();
  const journal = openJournal(store);
  await journal.append("a", [1, 2, 3, 4]);
  await journal.saveSnapshot("a", { seq: 3, state: "later" }, { dropsEvents: true });
  await journal.saveSnapshot("a", { seq: 2, state: "earlier" });
  assert.deepEqual(journal.snapshot("a"), { seq: 3, state: "later" });
  assert.deepEqual(replayed(store, "a").events, [4]);
});

test("journal saves a state for the one of two writers that knows the last", async () => {
  const journal = openJournal(new MemoryStore());
  await journal.saveSnapshot("a", { seq: 1, state: "first" }, { expectedSeq: 0 });
  const late = journal.saveSnapshot("a", { seq: 1, state: "late" }, { expectedSeq: 0 });
  await assert.rejects(late, { code: "E_JOURNAL_FENCED" });
  await journal.saveSnapshot("a", { seq: 2, state: "second" }, { expectedSeq: 1 });
  assert.deepEqual(journal.snapshot("a"), { seq: 2, state: "second" });
});

test("journal shows events until it is told to stop", async () => {
  const journal = openJournal(new MemoryStore());
  await journal.append("a", [1, 2, 3]);
  const shown: unknown[] = [];
  assert.equal(
    journal.replay("a", (event) => shown.push(event) < 2),
    2,
  );
  assert.deepEqual(shown, [1, 2]);
});

test("a snapshot and the events after it come to what all events come to", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.array(fc.integer(), { maxLength: 5 }).map((events) => ({ events })),
          fc.boolean().map((drop) => ({ drop })),
        ),
        { maxLength: 20 },
      ),
      async (steps) => {
        let store = new MemoryStore();
        const all: number[] = [];
        for (const step of steps) {
          const journal = openJournal(store);
          if ("events" in step) {
            all.push(...step.events);
            assert.equal(await journal.append("a", step.events), all.length);
          } else {
            await journal.saveSnapshot(
              "a",
              { seq: all.length, state: [...all] },
              { dropsEvents: step.drop },
            );
            store = store.reopened();
          }
        }
        const snapshot = openJournal(store).snapshot("a") ?? { seq: 0, state: [] };
        const { events, last } = replayed(store, "a", snapshot.seq);
        assert.deepEqual([...(snapshot.state as number[]), ...events], all);
        assert.equal(last, all.length);
      },
    ),
  );
});
