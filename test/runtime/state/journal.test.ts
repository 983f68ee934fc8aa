import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openJournal } from "../../../runtime/state/journal.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";

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
            await journal.saveSnapshot("a", { seq: all.length, state: [...all] }, step.drop);
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
