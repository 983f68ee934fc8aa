import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { PERSISTED_BYTES_MAX } from "../../../runtime/limits.ts";
import { durable } from "../../../runtime/persistence/durable.ts";
import { none, persist } from "../../../runtime/persistence/effect.ts";
import { eventSourced } from "../../../runtime/persistence/event-sourced.ts";
import type {
  JournalCommand,
  RecoveryAnswer,
} from "../../../runtime/persistence/journal-messages.ts";
import { openJournal } from "../../../runtime/state/journal.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { RecordEncoder } from "../../../runtime/threads/record-codec.ts";
import { MESSAGE_BYTES_MAX } from "../../../runtime/threads/shared-layout.ts";
import { actor, recordingLogger } from "../support/actors.ts";
import { sourcedTally, type TallyCommand } from "./placed-tally.ts";
import { office } from "./tally-office.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test("eventSourced() recovers a long journal page by page", async () => {
  const store = new MemoryStore();
  const first = office(store);
  first.tally("eventSourced").tell({ type: "Add", values: upTo(1_000) });
  await first.sim.settle();
  const later = office(store.reopened());
  assert.deepEqual(await later.allOf(later.tally("eventSourced")), upTo(1_000));
  const journal = later.sim.system.tree().find(({ path }) => path === later.journal.path);
  assert.equal(journal?.processed, 4);
});

test("eventSourced() reads a snapshot and what came after it, and no event before it", async () => {
  for (const dropsEvents of [false, true]) {
    const store = new MemoryStore();
    const first = office(store);
    const ref = first.tally("eventSourced", { snapshotEvery: 4, dropsEvents });
    ref.tell({ type: "Add", values: [1, 2, 3] });
    ref.tell({ type: "Add", values: [4, 5, 6] });
    ref.tell({ type: "Add", values: [7] });
    await first.sim.settle();
    const reopened = store.reopened();
    const journal = openJournal(reopened);
    assert.equal(journal.snapshot("tally")?.seq, 6);
    const kept: number[] = [];
    journal.replay("tally", (_event, seq) => void kept.push(seq));
    assert.deepEqual(kept, dropsEvents ? [7] : upTo(7));
    const later = office(reopened);
    let applied = 0;
    const again = later.sim.system.spawn(
      actor<TallyCommand>("tally", () =>
        sourcedTally(
          { journal: later.journal },
          {
            apply: (state, value) => {
              applied += 1;
              return [...state, value];
            },
          },
        ),
      ),
    );
    assert.deepEqual(await later.allOf(again), upTo(7));
    assert.equal(applied, 1);
  }
});

test("eventSourced() persists nothing when an event cannot be applied", async () => {
  const store = new MemoryStore();
  const at = office(store);
  const ref = at.sim.system.spawn(
    actor<TallyCommand>(
      "tally",
      () =>
        sourcedTally(
          { journal: at.journal },
          {
            apply: (state, value) => {
              if (value < 0) throw new Error("nothing below zero");
              return [...state, value];
            },
          },
        ),
      { restart: "permanent" },
    ),
  );
  ref.tell({ type: "Add", values: [1, -1], replyTo: at.probe.ref });
  at.add(ref, 2);
  await at.sim.settle();
  assert.deepEqual(await at.allOf(ref), [2]);
  assert.deepEqual(at.probe.messages, [{ type: "Added", values: [2], all: [2] }]);
});

test("eventSourced() and durable() keep what users have stashed before what came later", async () => {
  const at = office(new MemoryStore());
  type Command = number | "open" | { readonly replyTo: ActorRef<readonly number[]> };
  const ref = at.sim.system.spawn(
    actor<Command>("door", () =>
      eventSourced<Command, number | "opened", { open: boolean; passed: readonly number[] }>({
        persistenceId: "door",
        journal: at.journal,
        initial: { open: false, passed: [] },
        apply: (state, event) =>
          event === "opened"
            ? { ...state, open: true }
            : { ...state, passed: [...state.passed, event] },
        onCommand: (ctx, state, command) => {
          if (command === "open") return persist("opened").thenRun(() => ctx.unstashAll());
          if (typeof command === "object") {
            return none.thenReply(command.replyTo, () => state.passed);
          }
          if (state.open) return persist(command);
          ctx.stash(command);
          return none;
        },
      }),
    ),
  );
  const passed: (readonly number[])[] = [];
  for (const command of [1, 2, "open", 3, 4] as const) ref.tell(command);
  void at.sim.system
    .ask<Command, readonly number[]>(ref, (replyTo) => ({ replyTo }), 1_000)
    .then((answer) => passed.push(answer));
  await at.sim.settle();
  assert.deepEqual(passed, [[1, 2, 3, 4]]);
});

interface Versions {
  /** What each version of the program persists: `n` as it was then, `{ n }`, `{ n, unit }`. */
  readonly program: 1 | 2 | 3;
  readonly snapshotEvery?: number;
  readonly withSnapshotUpcasters?: boolean;
}

const EVENT_UPCASTERS = {
  1: (event: number) => ({ n: event }),
  2: (event: { n: number }) => ({ ...event, unit: "m" }),
};
const STATE_UPCASTERS = {
  1: (state: number[]) => state.map((n) => ({ n })),
  2: (state: { n: number }[]) => state.map((each) => ({ ...each, unit: "m" })),
};
const asWritten = (program: number, n: number): unknown =>
  program === 1 ? n : program === 2 ? { n } : { n, unit: "mm" };

async function runProgram(store: MemoryStore, versions: Versions, add?: number): Promise<unknown> {
  const { program, snapshotEvery, withSnapshotUpcasters } = versions;
  const { logger, errors } = recordingLogger();
  const at = office(store, {
    logger,
    supervision: { strategy: "oneForOne", intensity: { restartsMax: 0, withinMs: 1 } },
  });
  let state: unknown;
  const ref = at.sim.system.spawn(
    actor<number>(
      "program",
      () =>
        eventSourced<number, unknown, readonly unknown[]>({
          persistenceId: "program",
          journal: at.journal,
          version: program,
          upcasters: EVENT_UPCASTERS,
          initial: [],
          apply: (all, event) => [...all, event],
          onCommand: (_ctx, _state, n) => persist(asWritten(program, n)),
          onRecovered: (_ctx, recovered) => {
            state = recovered;
          },
          ...(snapshotEvery === undefined ? {} : { snapshotEvery }),
          ...(withSnapshotUpcasters ? { snapshotUpcasters: STATE_UPCASTERS } : {}),
        }),
      { restart: "temporary" },
    ),
  );
  if (add !== undefined) ref.tell(add);
  await at.sim.settle();
  const [fault] = errors as { err?: { code?: string } }[];
  return fault === undefined ? state : fault.err?.code;
}

for (const snapshots of ["no", "passed over", "raised"] as const) {
  test(`eventSourced() reads what each version before wrote, snapshots: ${snapshots}`, async () => {
    const store = new MemoryStore();
    const more = {
      ...(snapshots === "no" ? {} : { snapshotEvery: 2 }),
      withSnapshotUpcasters: snapshots === "raised",
    };
    for (const n of [1, 2, 3]) await runProgram(store, { program: 1, ...more }, n);
    assert.deepEqual(await runProgram(store, { program: 1, ...more }), [1, 2, 3]);
    await runProgram(store, { program: 2, ...more }, 4);
    assert.deepEqual(await runProgram(store, { program: 3, ...more }, 5), [
      { n: 1, unit: "m" },
      { n: 2, unit: "m" },
      { n: 3, unit: "m" },
      { n: 4, unit: "m" },
    ]);
    const all = (await runProgram(store, { program: 3, ...more })) as unknown[];
    assert.deepEqual(all.at(-1), { n: 5, unit: "mm" });
  });
}

test("eventSourced() does not read what a newer version wrote, and says so", async () => {
  const store = new MemoryStore();
  await runProgram(store, { program: 3 }, 1);
  assert.equal(await runProgram(store, { program: 2 }), "E_STATE_NEWER");
  assert.deepEqual(await runProgram(store, { program: 3 }), [{ n: 1, unit: "mm" }]);
});

test("eventSourced() says that events are missing rather than leave them out", async () => {
  const store = new MemoryStore();
  const at = office(store);
  at.tally("eventSourced").tell({ type: "Add", values: upTo(300) });
  await at.sim.settle();
  for (const lacking of [1, 2, 256, 257]) {
    const damaged = store.reopened();
    const table = damaged.table<[string, number], unknown>({ name: "journal", value: "object" });
    await damaged.write(() => table.remove(["tally", lacking]));
    const { logger, errors } = recordingLogger();
    const later = office(damaged, { logger });
    later.tally("eventSourced", {}, { restart: "temporary" });
    await later.sim.settle();
    const [fault] = errors as { err: { code: string; message: string } }[];
    assert.equal(fault?.err.code, "E_STORE_DAMAGED");
    assert.match(fault?.err.message ?? "", new RegExp(`event ${lacking} `));
  }
});

test("eventSourced() wants an upcaster for each version before its own", () => {
  const { journal } = office(new MemoryStore());
  const spec = {
    persistenceId: "a",
    journal,
    initial: 0,
    apply: (sum: number, n: number) => sum + n,
    onCommand: () => none,
  };
  assert.throws(
    () => eventSourced({ ...spec, version: 3, upcasters: { 2: (n: never) => n } }),
    /from 1/,
  );
  assert.throws(() => durable({ ...spec, version: 2 }), /from 1/);
});

test("durable() reads what each version before wrote, and nothing newer", async () => {
  const store = new MemoryStore();
  const run = async (version: number, add?: string): Promise<unknown> => {
    const { logger, errors } = recordingLogger();
    const at = office(store, { logger });
    let found: unknown;
    const ref = at.sim.system.spawn(
      actor<string>("note", () =>
        durable<string, unknown>({
          persistenceId: "note",
          journal: at.journal,
          version,
          upcasters: { 1: (state: string) => ({ text: state }) },
          initial: undefined,
          onCommand: (_ctx, _state, text) => persist(version === 1 ? text : { text }),
          onRecovered: (_ctx, state) => {
            found = state;
          },
        }),
      ),
    );
    if (add !== undefined) ref.tell(add);
    await at.sim.settle();
    const [fault] = errors as { err?: { code?: string } }[];
    return fault?.err?.code ?? found;
  };
  assert.equal(await run(1, "a"), undefined);
  assert.equal(await run(1, "b"), "a");
  assert.deepEqual(await run(2, "c"), { text: "b" });
  assert.equal(await run(1), "E_STATE_NEWER");
  assert.deepEqual(await run(2), { text: "c" });
});

test("durable() fails before it writes more than may be persisted at once", async () => {
  const { logger, errors } = recordingLogger();
  const store = new MemoryStore();
  const at = office(store, { logger });
  const ref = at.tally("durable");
  at.add(ref, 1);
  ref.tell({ type: "Add", values: [2, "x".repeat(9_000_000)] as never });
  at.add(ref, 3);
  await at.sim.settle();
  assert.deepEqual(
    (errors as { err?: { code?: string } }[]).map(({ err }) => err?.code),
    ["E_STATE_TOO_LARGE"],
  );
  assert.deepEqual(await at.allOf(ref), [1, 3]);
});

test("eventSourced() recovers the largest snapshot and event there may be, across threads", async () => {
  const store = new MemoryStore();
  const at = office(store);
  const ref = at.tally("eventSourced", { snapshotEvery: 2 });
  const large = "x".repeat(PERSISTED_BYTES_MAX - 100);
  for (const value of [1, large, 3, large]) {
    ref.tell({ type: "Add", values: [value] as never });
    await at.sim.settle();
  }
  // The second snapshot would be too large: there is none, and the event is confirmed all the same.
  assert.equal((await at.allOf(ref))?.length, 4);
  assert.equal(at.sim.system.tree().find(({ path }) => path === ref.path)?.failures, 0);
  const asked = at.sim.system.ask<JournalCommand, RecoveryAnswer>(
    at.journal,
    (replyTo) => ({ type: "Recover", persistenceId: "tally", from: "snapshot", replyTo }),
    1_000,
  );
  await at.sim.settle();
  const page = await asked;
  assert.ok(page.type === "RecoveryPage" && page.snapshot !== undefined && page.events.length > 0);
  const encoder = new RecordEncoder({ encodeRef: () => 0, decodeRef: () => ({}) });
  encoder.encode(page);
  const bytes = encoder.end - encoder.start;
  assert.ok(bytes > 2 * large.length && bytes < MESSAGE_BYTES_MAX, `${bytes}`);
});
