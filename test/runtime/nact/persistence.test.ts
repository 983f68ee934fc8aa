/** Persistent actors and queries, held by nact and by ours. */
import assert from "node:assert/strict";
import type { PersistentActorContext, PersistentActorProps, Ref } from "nact";
import { until } from "../../support/until.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { type AnyRef, type Api, askOf, behaves, quiet, type SumMsg, summing } from "./modules.ts";

// biome-ignore lint/suspicious/noExplicitAny: as nact's types have it
type Props = PersistentActorProps<any, any, any>;
type Context = PersistentActorContext<SumMsg, AnyRef> & { recovering?: boolean };

/** Sums up numbers and persists each before it answers. */
const ledger =
  (api: Api) =>
  async (sum: number, message: SumMsg, ctx: unknown): Promise<number> => {
    const { persist, recovering } = ctx as Context;
    if (typeof message === "number" && !recovering) await persist(message);
    return summing(api)(sum, message);
  };

const spawnLedger = (api: Api, system: AnyRef, props: Props = {}, key = "key"): Ref<SumMsg> =>
  api.spawnPersistent(system, ledger(api), key, `ledger-${key}`, { initialState: 0, ...props });

const startWith = (api: Api, engine: MemoryEngine): AnyRef =>
  api.start(api.configurePersistence(engine));

behaves("spawnPersistent() recovers what was persisted", async (api) => {
  const engine = new MemoryEngine();
  const before = startWith(api, engine);
  const first = spawnLedger(api, before);
  for (const each of [1, 2, 3]) api.dispatch(first, each);
  assert.equal(await askOf(api, first), 6);
  api.stop(before);

  const after = startWith(api, engine);
  const second = spawnLedger(api, after);
  api.dispatch(second, 4);
  assert.equal(await askOf(api, second), 10);
  assert.deepEqual(
    engine.stored.map(({ data, sequenceNumber, key }) => [data, sequenceNumber, key]),
    [1, 2, 3, 4].map((each) => [each, each, "key"]),
  );
  api.stop(after);
});

behaves("messages wait until the actor has recovered", async (api) => {
  const system = startWith(api, new MemoryEngine().withEvents("key", [10, 20]));
  const log: unknown[] = [];
  const actor = api.spawnPersistent(
    system,
    (_state: undefined, message: unknown, ctx) => {
      log.push([message, (ctx as Context).recovering === true]);
    },
    "key",
  );
  api.dispatch(actor, 30);
  await until(() => log.length === 3);
  assert.deepEqual(log, [
    [10, true],
    [20, true],
    [30, false],
  ]);
  api.stop(system);
});

behaves("each key has events of its own, and deleted ones are left out", async (api) => {
  const engine = new MemoryEngine().withEvents("a", [1, 2, 4], [2]).withEvents("b", [100]);
  const system = startWith(api, engine);
  assert.equal(await askOf(api, spawnLedger(api, system, {}, "a")), 5);
  assert.equal(await askOf(api, spawnLedger(api, system, {}, "b")), 100);
  api.stop(system);
});

behaves("snapshotEvery keeps the state, and recovery begins there", async (api) => {
  const engine = new MemoryEngine();
  const before = startWith(api, engine);
  const first = spawnLedger(api, before, { snapshotEvery: 2 });
  for (const each of [1, 2, 3]) api.dispatch(first, each);
  assert.equal(await askOf(api, first), 6);
  api.stop(before);
  assert.deepEqual(
    engine.snapshots.map(({ data, sequenceNumber, key }) => ({ data, sequenceNumber, key })),
    [{ data: 3, sequenceNumber: 2, key: "key" }],
  );
  engine.stored.splice(0, 2);
  const after = startWith(api, engine);
  assert.equal(await askOf(api, spawnLedger(api, after)), 6);
  api.stop(after);
});

behaves("encoders and decoders stand between the actor and the engine", async (api) => {
  const engine = new MemoryEngine();
  const coders: Props = {
    snapshotEvery: 2,
    encoder: (message) => ({ n: message }),
    decoder: (data) => (data as { n: number }).n,
    snapshotEncoder: (state) => ({ s: state }),
    snapshotDecoder: (data) => (data as { s: number }).s,
  };
  const before = startWith(api, engine);
  const first = spawnLedger(api, before, coders);
  for (const each of [1, 2, 3]) api.dispatch(first, each);
  await askOf(api, first);
  api.stop(before);
  assert.deepEqual(
    engine.stored.map(({ data }) => data),
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  );
  assert.deepEqual(
    engine.snapshots.map(({ data }) => data),
    [{ s: 3 }],
  );
  const after = startWith(api, engine);
  assert.equal(await askOf(api, spawnLedger(api, after, coders)), 6);
  api.stop(after);
});

behaves("an event carries time and tags, in order", async (api) => {
  const engine = new MemoryEngine();
  const system = startWith(api, engine);
  const tags: unknown[] = [["b", "a"], undefined, "no list", [1]];
  const faults: string[] = [];
  const actor = api.spawnPersistent(
    system,
    async (_state: undefined, message: number, ctx) => {
      const persist = (ctx as unknown as { persist(m: number, tags?: unknown): Promise<void> })
        .persist;
      await persist(message, tags[message]);
    },
    "key",
    "actor",
    {
      onCrash: (_message, error, ctx) => {
        faults.push(String(error?.message));
        return ctx.resume;
      },
    },
  );
  for (const index of tags.keys()) api.dispatch(actor, index);
  await until(() => faults.length === 2);
  assert.deepEqual(
    engine.stored.map((each) => each.tags),
    [["a", "b"], []],
  );
  for (const fault of faults) assert.match(fault, /tags should be a string array/);
  const [event] = engine.stored;
  assert.equal(event?.isDeleted, false);
  assert.ok(Math.abs(Date.now() - (event?.createdAt ?? 0)) < 60_000);
  api.stop(system);
});

behaves("a failed persist is the handler's fault", async (api) => {
  const engine = new MemoryEngine();
  engine.failing.persist = 1;
  const system = startWith(api, engine);
  const actor = spawnLedger(api, system, { onCrash: (_message, _error, ctx) => ctx.resume });
  for (const each of [1, 2]) api.dispatch(actor, each);
  assert.equal(await askOf(api, actor), 2);
  assert.deepEqual(
    engine.stored.map(({ data }) => data),
    [2],
  );
  api.stop(system);
});

behaves("a failed snapshot does not concern the actor", async (api, _system, t) => {
  const shown: unknown[] = [];
  for (const channel of ["log", "error"] as const) {
    t.mock.method(console, channel, (line: unknown) => shown.push(line));
  }
  const engine = new MemoryEngine();
  const system = startWith(api, engine);
  t.mock.method(engine, "takeSnapshot", () => Promise.reject(new Error("disk full")));
  const actor = spawnLedger(api, system, { snapshotEvery: 1 });
  api.dispatch(actor, 1);
  assert.equal(await askOf(api, actor), 1);
  await until(() => shown.length > 0);
  api.stop(system);
});

behaves("a reset forgets the state and recovers again", async (api) => {
  const engine = new MemoryEngine().withEvents("key", [1, 2]);
  const system = startWith(api, engine);
  let unsaved = 0;
  const actor = api.spawnPersistent(
    system,
    (sum: number, message: SumMsg) => {
      if (message === -1) throw new Error("reset me");
      if (typeof message === "number" && message >= 50) unsaved += 1;
      return summing(api)(sum, message);
    },
    "key",
    "actor",
    { initialState: 0, onCrash: (_message, _error, ctx) => ctx.reset },
  );
  api.dispatch(actor, 50);
  assert.equal(await askOf(api, actor), 53);
  api.dispatch(actor, -1);
  assert.equal(await askOf(api, actor), 3);
  assert.equal(unsaved, 1);
  api.stop(system);
});

behaves("onCrash decides about an event that cannot be applied", async (api) => {
  const engine = new MemoryEngine().withEvents("key", [1, "poison", 3]);
  const system = startWith(api, engine);
  const actor = (name: string, decision: "resume" | "stop"): AnyRef =>
    api.spawnPersistent(
      system,
      (sum: number, message: SumMsg | "poison") => {
        if (message === "poison") throw new Error("cannot apply");
        return summing(api)(sum, message);
      },
      "key",
      name,
      { initialState: 0, onCrash: (_message, _error, ctx) => ctx[decision] },
    );
  assert.equal(await askOf(api, actor("resumes", "resume")), 4);
  await assert.rejects(async () => {
    const stops = actor("stops", "stop");
    await quiet();
    await askOf(api, stops);
  }, /Actor stopped/);
  api.stop(system);
});

behaves("without an engine a persistent actor fails", async (api, system) => {
  const faults: unknown[] = [];
  spawnLedger(api, system, {
    onCrash: (_message, error, ctx) => {
      faults.push(error);
      return ctx.stop;
    },
  });
  await until(() => faults.length === 1);
  assert.throws(
    () => api.start(api.configurePersistence(undefined as never)),
    /should not be undefined/,
  );
});

behaves("spawnPersistent() refuses a key or a number that is none", async (api) => {
  const system = startWith(api, new MemoryEngine());
  assert.throws(() => spawnLedger(api, system, {}, ""), /Persistence key required/);
  assert.throws(() => spawnLedger(api, system, {}, 7 as never), /must be a string/);
  assert.throws(() => spawnLedger(api, system, { snapshotEvery: "2" as never }), /snapshotEvery/);
  api.stop(system);
});

behaves("persistentQuery() resolves with what the events lead to, and reads on", async (api) => {
  const engine = new MemoryEngine().withEvents("key", [1, 2, 4], [2]);
  const system = startWith(api, engine);
  let applied = 0;
  const sum = api.persistentQuery(
    system,
    (state: number, message: number) => {
      applied += 1;
      return state + message;
    },
    "key",
    { initialState: 0 },
  );
  assert.deepEqual(await Promise.all([sum(), sum()]), [5, 5]);
  assert.equal(applied, 2);
  const ledgerOf = spawnLedger(api, system);
  api.dispatch(ledgerOf, 10);
  await askOf(api, ledgerOf);
  assert.equal(await sum(), 15);
  assert.equal(applied, 3);
  api.stop(system);
});

behaves(
  "persistentQuery() decodes, and rejects when the engine or the function fails",
  async (api) => {
    const engine = new MemoryEngine().withEvents("key", ["1", "2"]);
    const system = startWith(api, engine);
    const sum = api.persistentQuery(
      system,
      (state: number, message: number) => state + message,
      "key",
      {
        initialState: 0,
        decoder: Number,
      },
    );
    engine.failing.events = 1;
    await assert.rejects(sum(), /events failed as told/);
    assert.equal(await sum(), 3);
    api.stop(system);
  },
);

behaves("persistentQuery() keeps snapshots under a key of its own", async (api) => {
  const engine = new MemoryEngine().withEvents("key", [1, 2, 3, 4]);
  const system = startWith(api, engine);
  let applied = 0;
  const query = () =>
    api.persistentQuery(
      system,
      (state: number, message: number) => {
        applied += 1;
        return state + message;
      },
      "key",
      { initialState: 0, snapshotKey: "sum", snapshotEvery: 2 },
    );
  assert.equal(await query()(), 10);
  await until(() => engine.snapshots.length === 1);
  assert.equal(engine.snapshots[0]?.key, "sum");
  assert.equal(await query()(), 10);
  assert.equal(applied, 4);
  api.stop(system);
});

behaves("cacheDuration forgets what has not been asked for", async (api) => {
  const engine = new MemoryEngine().withEvents("key", [1, 2]);
  const system = startWith(api, engine);
  let applied = 0;
  const sum = api.persistentQuery(
    system,
    (state: number, message: number) => {
      applied += 1;
      return state + message;
    },
    "key",
    { initialState: 0, cacheDuration: 10 },
  );
  assert.equal(await sum(), 3);
  await until(async () => {
    await new Promise((go) => setTimeout(go, 30));
    assert.equal(await sum(), 3);
    return applied > 2;
  });
  assert.equal(applied % 2, 0);
  api.stop(system);
});

behaves("persistentQuery() refuses settings that make no sense", async (api) => {
  const system = startWith(api, new MemoryEngine());
  const query = (key: unknown, props: object) => () =>
    api.persistentQuery(system, () => 0, key as string, props);
  assert.throws(query("", {}), /Persistence key required/);
  assert.throws(query(1, {}), /must be a string/);
  assert.throws(query("key", { snapshotEvery: 2 }), /snapshotKey must be specified/);
  assert.throws(query("key", { snapshotKey: 2 }), /snapshotKey must be of type string/);
  assert.throws(query("key", { cacheDuration: "1" }), /cacheDuration/);
  api.stop(system);
});
