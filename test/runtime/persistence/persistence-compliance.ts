/** What `eventSourced` and `durable` actors promise on any store. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import type { TallyAnswer } from "./placed-tally.ts";
import { type Office, office } from "./tally-office.ts";

export interface PersistencePlace {
  /** The store, as the one before it left it. */
  open(): StateStore;
  setFull?(isFull: boolean): void;
}

const typesOf = (messages: readonly TallyAnswer[]): string[] => messages.map(({ type }) => type);

type Use = (at: Office, next: () => Promise<Office>, place: PersistencePlace) => Promise<void>;

export function describePersistence(
  name: string,
  place: (t: TestContext) => PersistencePlace,
): void {
  /** `next` ends the node and begins one that finds what this one left. */
  const inOffice =
    (use: Use) =>
    async (t: TestContext): Promise<void> => {
      const where = place(t);
      let store = where.open();
      const next = async (): Promise<Office> => {
        await store.close();
        store = where.open();
        return office(store);
      };
      await use(office(store), next, where);
      await store.close();
    };

  for (const kind of ["eventSourced", "durable"] as const) {
    describe(`${kind}() on ${name}`, () => {
      test(
        `${kind}() answers when what it persisted is on disk, and not before`,
        inOffice(async (at, next) => {
          const ref = at.tally(kind);
          at.add(ref, 1, 2, 3);
          at.sim.run();
          assert.deepEqual(at.probe.messages, []);
          await at.sim.settle();
          assert.deepEqual(at.probe.messages, [
            { type: "Added", values: [1], all: [1] },
            { type: "Added", values: [2], all: [1, 2] },
            { type: "Added", values: [3], all: [1, 2, 3] },
          ]);
          const later = await next();
          assert.deepEqual(await later.allOf(later.tally(kind)), [1, 2, 3]);
        }),
      );

      test(
        `${kind}() has its state back before the first message`,
        inOffice(async (at, next) => {
          at.add(at.tally(kind), 1, 2);
          await at.sim.settle();
          const later = await next();
          const ref = later.tally(kind);
          later.add(ref, 3);
          ref.tell({ type: "Get", replyTo: later.probe.ref });
          await later.sim.settle();
          assert.deepEqual(later.probe.messages, [
            { type: "Added", values: [3], all: [1, 2, 3] },
            { type: "Tally", all: [1, 2, 3] },
          ]);
        }),
      );

      test(
        `${kind}() comes back from a fault with its state, and with what waited`,
        inOffice(async (at) => {
          const ref = at.tally(kind);
          at.add(ref, 1);
          ref.tell({ type: "Fail" });
          at.add(ref, 2);
          await at.sim.settle();
          assert.deepEqual(typesOf(at.probe.messages), ["Added", "Added"]);
          assert.deepEqual(await at.allOf(ref), [1, 2]);
        }),
      );

      test(
        `${kind}() gives its state up when idle, and has it back with the next message`,
        inOffice(async (at) => {
          let recoveries = 0;
          const ref = at.tally(kind, { passivateAfterMs: 1_000, onRecovered: () => recoveries++ });
          at.add(ref, 1, 2);
          await at.sim.settle();
          at.sim.advance(1_000);
          at.add(ref, 3);
          await at.sim.settle();
          assert.equal(recoveries, 1);
          at.sim.advance(2_000);
          at.add(ref, 4);
          await at.sim.settle();
          assert.deepEqual(await at.allOf(ref), [1, 2, 3, 4]);
          assert.equal(recoveries, 2);
        }),
      );

      test(
        `${kind}() may persist nothing, stop, and be told what it does not know`,
        inOffice(async (at) => {
          const ref = at.tally(kind, {}, { restart: "temporary" });
          ref.tell({ type: "Add", values: [], replyTo: at.probe.ref });
          ref.tell({ type: "Odd" });
          ref.tell({ type: "Rest" });
          assert.deepEqual(await at.allOf(ref), []);
          ref.tell({ type: "Stop" });
          assert.equal(await at.allOf(ref), undefined);
          const { unhandled, stopped } = at.sim.system.deadLetters.countByReason();
          assert.deepEqual([unhandled, stopped], [1, 1]);
          assert.deepEqual(typesOf(at.probe.messages), ["Added"]);
        }),
      );

      test(
        `${kind}() of two with one id lets the one fail that missed a write`,
        inOffice(async (at, next) => {
          const first = at.tally(kind, { rejects: true });
          const second = at.tally(kind, { rejects: true });
          await at.sim.settle();
          at.add(first, 1);
          await at.sim.settle();
          at.add(second, 2);
          await at.sim.settle();
          at.add(second, 3);
          await at.sim.settle();
          assert.deepEqual(await at.allOf(second), [1, 3]);
          assert.deepEqual(
            at.probe.take().map((answer) => "values" in answer && answer.values),
            [[1], [3]],
          );
          const failures = at.sim.system
            .tree()
            .map(({ path, failures }) => [path.split("/").at(-1), failures]);
          assert.deepEqual(
            failures.filter(([id]) => String(id).startsWith("tally")),
            [
              ["tally-1", 0],
              ["tally-2", 1],
            ],
          );
          at.add(first, 4);
          await at.sim.settle();
          assert.deepEqual(at.probe.messages, []);
          const later = await next();
          assert.deepEqual(await later.allOf(later.tally(kind)), [1, 3]);
        }),
      );

      test(
        `${kind}() tells the asker when the store is full, and goes on when there is room`,
        inOffice(async (at, _next, where) => {
          if (where.setFull === undefined) return;
          const ref = at.tally(kind, { rejects: true });
          at.add(ref, 1);
          await at.sim.settle();
          where.setFull(true);
          at.add(ref, 2);
          await at.sim.settle();
          where.setFull(false);
          at.add(ref, 3);
          await at.sim.settle();
          assert.deepEqual(at.probe.messages, [
            { type: "Added", values: [1], all: [1] },
            { type: "Rejected", code: "E_STORE_FULL" },
            { type: "Added", values: [3], all: [1, 3] },
          ]);
        }),
      );
    });
  }
}
