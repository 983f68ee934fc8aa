/**
 * Where ours differs from nact on purpose, each with what nact does. docs/nact.md lists the titles; a
 * difference that nact no longer shows would fail here as well.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ActorProps } from "nact";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import * as ours from "../../../runtime/nact.ts";
import { openJournal } from "../../../runtime/state/journal.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { until } from "../../support/until.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { type AnyRef, type Api, askOf, MODULES, quiet, type SumMsg, summing } from "./modules.ts";

const titles: string[] = [];

/** The same steps, and what comes of them there and here. */
function differs(
  title: string,
  { nact, ours }: { readonly nact: unknown; readonly ours: unknown },
  steps: (api: Api, system: AnyRef) => Promise<unknown>,
): void {
  titles.push(title);
  for (const { name, api } of MODULES) {
    test(`${title} [${name}]`, async (t) => {
      for (const channel of ["log", "error", "warn"] as const)
        t.mock.method(console, channel, () => {});
      const system = api.start();
      try {
        assert.deepEqual(await steps(api, system), name === "nact" ? nact : ours);
      } finally {
        api.stop(system);
      }
    });
  }
}

/** Only here: with nact the process would end, or there is nothing to compare with. */
function differsHere(title: string, body: () => Promise<void>): void {
  titles.push(title);
  test(title, async (t) => {
    t.mock.method(console, "error", () => {});
    await body();
  });
}

const SOON_ENOUGH_MS = 100;

/** Its answer, or `undefined` where none comes: for nact's hanging actors, and no others, a short wait must do. */
const answerOf = (api: Api, actor: AnyRef): Promise<unknown> =>
  (api as unknown) === ours
    ? askOf(api, actor)
    : api.query(actor, (replyTo: AnyRef) => ({ replyTo }), SOON_ENOUGH_MS).catch(() => undefined);

const touchy =
  (api: Api) =>
  (sum: number, message: SumMsg): number => {
    if (typeof message === "number" && message < 0) throw new Error(`no ${message}`);
    return summing(api)(sum, message);
  };

/** A system of ours in a kernel that the test can look into. */
function inKernel(options: Partial<ours.SystemOptions> = {}) {
  const kernel = createActorSystem({ node: "test" });
  return { kernel, system: ours.start({ name: "nact", kernel, ...options }) };
}

differs("start() uses a name given as a string", { nact: false, ours: true }, async (api) => {
  const named = api.start("by-string") as unknown as { name: string };
  api.stop(named as AnyRef);
  return named.name === "by-string";
});

differs("a mailbox is bounded", { nact: 10_000, ours: 8_192 }, async (api, system) => {
  const actor = api.spawn(
    system,
    (count: number, message: unknown) => {
      if (typeof message === "number") return count + 1;
      api.dispatch((message as { replyTo: AnyRef }).replyTo, count);
      return count;
    },
    "counter",
    { initialState: 0 },
  );
  for (let i = 0; i < 10_000; i += 1) api.dispatch(actor, i);
  let count: unknown;
  await until(async () => {
    // Ours says at once that there is no room for a question.
    count = await answerOf(api, actor).catch(() => undefined);
    return count !== undefined;
  });
  return count;
});

differs(
  "ctx.log is there without a logging engine",
  { nact: "undefined", ours: "object" },
  (api, system) =>
    new Promise((resolve) => {
      const actor = api.spawn(system, (_state: undefined, _message: string, { log }) =>
        resolve(typeof log),
      );
      api.dispatch(actor, "look");
    }),
);

differs(
  "logNothing() is an engine, as nact's types say",
  { nact: "refused", ours: "taken" },
  async (api) => {
    try {
      api.stop(api.start(api.configureLogging(api.logNothing())));
      return "taken";
    } catch {
      return "refused";
    }
  },
);

differs(
  "a stopped actor's children stop as well, children first",
  { nact: ["child handled 2", "parent"], ours: ["child after 1", "parent"] },
  async (api, system) => {
    const log: string[] = [];
    const parent = api.spawn(system, () => {}, "parent", {
      afterStop: () => void log.push("parent"),
    });
    const child = api.spawn(
      parent,
      (_state: unknown, message: number) => {
        if (message === 1) api.stop(parent);
        else log.push(`child handled ${message}`);
        return message;
      },
      "child",
      { afterStop: (state) => void log.push(`child after ${state}`) },
    );
    await quiet();
    for (const message of [1, 2]) api.dispatch(child, message);
    await until(() => log.length >= 2);
    return log.toSorted();
  },
);

differs(
  "afterStop comes after the handler in hand, with the state it returned",
  { nact: ["stopped with 0", "handled"], ours: ["handled", "stopped with 1"] },
  async (api, system) => {
    const log: string[] = [];
    const actor = api.spawn(
      system,
      async (state: number, _message: string) => {
        await quiet();
        log.push("handled");
        return state + 1;
      },
      "actor",
      { initialState: 0, afterStop: (state) => void log.push(`stopped with ${state}`) },
    );
    api.dispatch(actor, "go");
    await new Promise((go) => setImmediate(go));
    await new Promise((go) => setImmediate(go));
    api.stop(actor);
    await until(() => log.length === 2);
    return log;
  },
);

differs(
  "a name is checked before it is taken",
  { nact: "taken", ours: "free" },
  async (api, system) => {
    const shutdownAfter = "soon" as never;
    assert.throws(() => api.spawn(system, () => {}, "name", { shutdownAfter }));
    try {
      api.spawn(system, () => {}, "name");
      return "free";
    } catch {
      return "taken";
    }
  },
);

for (const decision of ["stopAllChildren", "resetAllChildren"] as const) {
  differs(
    `after ${decision} the actor itself goes on`,
    { nact: undefined, ours: 1 },
    async (api, system) => {
      const actor = api.spawn(system, touchy(api), "actor", {
        initialState: 0,
        onCrash: (_message, _error, ctx) => ctx[decision],
      });
      for (const each of [-1, 1]) api.dispatch(actor, each);
      return answerOf(api, actor);
    },
  );
}

differs(
  "a child goes on when its parent says resume",
  { nact: undefined, ours: 1 },
  async (api, system) => {
    const resume: ActorProps<number, SumMsg, AnyRef> = {
      onCrash: (_message, _error, ctx) => ctx.resume,
    };
    const parent = api.spawn(system, summing(api), "parent", { ...resume, initialState: 0 });
    const child = api.spawn(parent, touchy(api), "child", {
      initialState: 0,
      onCrash: (_message, _error, ctx) => ctx.escalate,
    });
    for (const each of [-1, 1]) api.dispatch(child, each);
    return answerOf(api, child);
  },
);

differs(
  "a reset waits for the handler in hand and drops what it returns",
  { nact: ["slow begins", "quick", "slow ends"], ours: ["slow begins", "slow ends", "quick"] },
  async (api, system) => {
    const log: string[] = [];
    const parent = api.spawn(system, () => {}, "parent");
    const peer = api.spawn(
      parent,
      async (_state: undefined, message: string) => {
        if (message === "slow") {
          log.push("slow begins");
          await new Promise((go) => setTimeout(go, SOON_ENOUGH_MS));
          log.push("slow ends");
        } else log.push(message);
      },
      "peer",
    );
    const failing = api.spawn(parent, touchy(api), "failing", {
      initialState: 0,
      onCrash: (_message, _error, ctx) => ctx.resetAll,
    });
    for (const message of ["slow", "quick"]) api.dispatch(peer, message);
    await until(() => log.length === 1);
    api.dispatch(failing, -1);
    await until(() => log.length === 3);
    return log;
  },
);

differs(
  "snapshotEvery counts the events that were recovered, all of them",
  { nact: 0, ours: 1 },
  async (api) => {
    const engine = new MemoryEngine().withEvents("key", [1, 2]);
    const system = api.start(api.configurePersistence(engine));
    const actor = api.spawnPersistent(system, summing(api), "key", "actor", {
      initialState: 0,
      snapshotEvery: 2,
    });
    assert.equal(await askOf(api, actor), 3);
    api.stop(system);
    return engine.snapshots.length;
  },
);

differs(
  "a number that a failed persist leaves is used again",
  { nact: [2], ours: [1] },
  async (api) => {
    const engine = new MemoryEngine();
    engine.failing.persist = 1;
    const system = api.start(api.configurePersistence(engine));
    const actor = api.spawnPersistent(
      system,
      async (sum: number, message: SumMsg, ctx) => {
        const { persist } = ctx as unknown as { persist(message: SumMsg): Promise<void> };
        if (typeof message === "number") await persist(message);
        return summing(api)(sum, message);
      },
      "key",
      "actor",
      { initialState: 0, onCrash: (_message, _error, ctx) => ctx.resume },
    );
    for (const each of [1, 2]) api.dispatch(actor, each);
    await askOf(api, actor);
    api.stop(system);
    return engine.stored.map(({ sequenceNumber }) => sequenceNumber);
  },
);

differs(
  "a recovery that failed is tried again before any message, when the policy says resume",
  { nact: 0, ours: 3 },
  async (api) => {
    const engine = new MemoryEngine().withEvents("key", [1, 2]);
    engine.failing.events = 1;
    const system = api.start(api.configurePersistence(engine));
    const actor = api.spawnPersistent(system, summing(api), "key", "actor", {
      initialState: 0,
      onCrash: (_message, _error, ctx) => ctx.resume,
    });
    const sum = await askOf(api, actor);
    api.stop(system);
    return sum;
  },
);

differs(
  "a fault in recovery that all escalate stops the actor",
  { nact: "there", ours: "gone" },
  async (api) => {
    const engine = new MemoryEngine().withEvents("key", [-1]);
    const system = api.start(api.configurePersistence(engine));
    const actor = api.spawnPersistent(system, touchy(api), "key", "actor", {
      initialState: 0,
      onCrash: (_message, _error, ctx) => ctx.escalate,
    });
    await quiet();
    const cause = await api.query(actor, () => 1, 20).catch(String);
    api.stop(system);
    return /stopped/.test(String(cause)) ? "gone" : "there";
  },
);

differsHere("what is not delivered is a dead letter, with its reason", async () => {
  const { kernel, system } = inKernel({ mailbox: { capacity: 2, overflow: "refuse" } });
  const actor = ours.spawnStateless(system, (_message: number) => {});
  for (const each of [1, 2, 3]) ours.dispatch(actor, each);
  ours.stop(actor);
  ours.dispatch(actor, 4);
  ours.dispatch(system, 5 as never);
  await until(() => kernel.deadLetters.total() === 5);
  const { mailboxFull, stopped, unhandled } = kernel.deadLetters.countByReason();
  assert.deepEqual(
    { mailboxFull, stopped, unhandled },
    { mailboxFull: 1, stopped: 3, unhandled: 1 },
  );
  const echo = ours.spawnStateless(system, ({ replyTo }: { replyTo: ours.Ref<number> }) => {
    ours.dispatch(replyTo, 1);
    ours.dispatch(replyTo, 2);
  });
  const ask = (replyTo: ours.Ref<number>) => ({ replyTo });
  assert.equal(await ours.query(echo, ask, 5_000), 1);
  await until(() => kernel.deadLetters.countByReason().lateAnswer === 1);
  await kernel.shutdown();
});

differsHere("a mailbox has the capacity and the overflow that its actor asks for", async () => {
  const { kernel, system } = inKernel();
  const seen: number[] = [];
  const see = (message: number): void => void seen.push(message);
  const mailbox = { capacity: 2, overflow: "dropOldest" } as const;
  const latest = ours.spawnStateless(system, see, "latest", { mailbox });
  for (const each of [1, 2, 3, 4]) ours.dispatch(latest, each);
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [3, 4]);
  const pushing = ours.spawnStateless(system, see, "pushing", {
    mailbox: { capacity: 2, overflow: "backpressure" },
  });
  for (const each of [5, 6, 7]) ours.dispatch(pushing, each);
  assert.equal(kernel.deadLetters.countByReason().mailboxFull, 1);
  await kernel.shutdown();
});

differsHere(
  "actors stand in the kernel's tree, under its supervision and beside its own",
  async () => {
    const { kernel, system } = inKernel();
    const parent = ours.spawn(system, () => {}, "parent");
    const ends: string[] = [];
    ours.spawn(parent, () => {}, "child", { afterStop: () => void ends.push("child") });
    const paths = kernel.tree().map(({ path }) => path);
    assert.deepEqual(paths.slice(1), [
      "mycel://test/user/nact",
      "mycel://test/user/nact/parent",
      "mycel://test/user/nact/parent/child",
    ]);
    await quiet();
    await kernel.shutdown();
    assert.deepEqual(ends, ["child"]);
    assert.throws(() => ours.spawn(parent, () => {}), /stopped or never even existed/);
  },
);

differsHere(
  "a name is free at once, also while afterStop of the one before it goes on",
  async () => {
    const { kernel, system } = inKernel();
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = ours.spawn(system, () => {}, "name", { afterStop: () => promise });
    await quiet();
    ours.stop(first);
    await quiet();
    ours.spawn(system, () => {}, "name");
    const paths = () => kernel.tree().map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(paths().slice(2), ["name", "name~2"]);
    resolve();
    await until(() => paths().length === 3);
    await kernel.shutdown();
  },
);

differsHere("a fault in afterStop is logged, and ends nothing else", async () => {
  const { kernel, system } = inKernel();
  const ends: string[] = [];
  for (const [name, afterStop] of Object.entries({
    throws: () => {
      ends.push("throws");
      throw new Error("in afterStop");
    },
    rejects: () => {
      ends.push("rejects");
      return Promise.reject(new Error("in afterStop"));
    },
  })) {
    ours.spawn(system, () => {}, name, { afterStop });
  }
  await quiet();
  await kernel.shutdown();
  assert.deepEqual(ends.toSorted(), ["rejects", "throws"]);
});

differsHere("a fault in onCrash is one to escalate", async () => {
  const { kernel, system } = inKernel();
  const escalated: unknown[] = [];
  const parent = ours.spawn(system, (_state: undefined, _message: unknown) => {}, "parent", {
    onCrash: (message, error, ctx) => {
      escalated.push(message, error?.message);
      return ctx.stopChild;
    },
  });
  const failing = (onCrash: ours.ActorProps<undefined, string, ours.Ref<unknown>>["onCrash"]) =>
    ours.dispatch(
      ours.spawn(
        parent,
        (_state: undefined, message: string): undefined => {
          throw new Error(message);
        },
        undefined,
        onCrash === undefined ? {} : { onCrash },
      ),
      "bad",
    );
  failing(() => {
    throw new Error("in onCrash");
  });
  await until(() => escalated.length === 2);
  // So is a decision about a child where none has failed.
  failing((_message, _error, ctx) => ctx.stopChild);
  failing((_message, _error, ctx) => ctx.resetChild);
  await until(() => escalated.length === 6);
  assert.deepEqual(escalated, new Array(3).fill(["bad", "bad"]).flat());
  await kernel.shutdown();
});

differsHere("an actor that is reset again and again in vain is stopped", async () => {
  const { kernel, system } = inKernel();
  let tries = 0;
  const actor = ours.spawn(system, () => {}, "actor", {
    initialStateFunc: () => {
      tries += 1;
      throw new Error("no state");
    },
    onCrash: (_message, _error, ctx) => ctx.reset,
  });
  await quiet();
  assert.equal(tries, 4);
  assert.throws(() => ours.spawn(actor, () => {}), /stopped or never even existed/);
  await kernel.shutdown();
});

differsHere("an actor whose events cannot be applied is not reset for ever", async () => {
  const kernel = createActorSystem({ node: "test" });
  const engine = new MemoryEngine().withEvents("key", [-1]);
  const system = ours.start({ kernel }, ours.configurePersistence(engine));
  let tries = 0;
  const fails = (): never => {
    tries += 1;
    throw new Error("cannot apply");
  };
  const actor = ours.spawnPersistent(system, fails, "key", "actor", {
    onCrash: (_message, _error, ctx) => ctx.reset,
  });
  await quiet();
  assert.equal(tries, 4);
  assert.throws(() => ours.spawn(actor, () => {}), /stopped or never even existed/);
  await kernel.shutdown();
});

differsHere("a late decision does not disturb an actor reset meanwhile", async () => {
  const { kernel, system } = inKernel();
  const { promise, resolve } = Promise.withResolvers<void>();
  const log: string[] = [];
  const parent = ours.spawn(system, () => {}, "parent", {
    onCrash: async (message, _error, ctx) => {
      if (message === "reset all") return ctx.resetAllChildren;
      await promise;
      return ctx.resume;
    },
  });
  const spawn = (name: string) =>
    ours.spawn(
      parent,
      async (_state: undefined, message: string): Promise<undefined> => {
        log.push(`${message} begins`);
        if (message === "fail" || message === "reset all") throw new Error(message);
        await quiet();
        log.push(`${message} ends`);
      },
      name,
      { onCrash: (_message, _error, ctx) => ctx.escalate },
    );
  const first = spawn("first");
  for (const message of ["fail", "a", "b"]) ours.dispatch(first, message);
  await quiet();
  ours.dispatch(spawn("second"), "reset all");
  await until(() => log.includes("a begins"));
  resolve();
  await until(() => log.includes("b ends"));
  assert.deepEqual(log.slice(2), ["a begins", "a ends", "b begins", "b ends"]);
  await kernel.shutdown();
});

differsHere("the journal is a persistence engine, on the store of a node", async () => {
  const store = new MemoryStore();
  const journal = openJournal(store);
  const ledger = async (
    sum: number,
    message: number | { replyTo: ours.Ref<number> },
    { persist, recovering }: ours.PersistentActorContext<number, ours.ActorSystemRef>,
  ): Promise<number> => {
    if (typeof message !== "number") {
      ours.dispatch(message.replyTo, sum);
      return sum;
    }
    if (!recovering) await persist(message, ["paid"]);
    return sum + message;
  };
  const engine = ours.journalEngine(journal);
  const sumAfter = async (amounts: readonly number[]): Promise<number> => {
    const kernel = createActorSystem({ node: "test" });
    const system = ours.start({ kernel }, ours.configurePersistence(engine));
    const actor = ours.spawnPersistent(system, ledger, "key", "ledger", {
      initialState: 0,
      snapshotEvery: 2,
    });
    for (const amount of amounts) ours.dispatch(actor, amount);
    const sum = await ours.query(actor, (replyTo: ours.Ref<number>) => ({ replyTo }), 5_000);
    await kernel.shutdown();
    return sum;
  };
  assert.equal(await sumAfter([1, 2, 3]), 6);
  assert.equal(await sumAfter([4]), 10);
  assert.equal(journal.snapshot("key")?.seq, 4);
  const tagged = await engine.events("key", 0, 3, ["paid"]);
  assert.equal(tagged.length, 3);
  assert.equal((await engine.events("key", 0, 3, ["unpaid"])).length, 0);
  const event = { data: 5, key: "key", createdAt: 0, isDeleted: false, tags: [] };
  await assert.rejects(engine.persist({ ...event, sequenceNumber: 4 }), /another writer/);
});

differsHere("a seed replays a run, in virtual time", async () => {
  const { system: kernel, advance, run } = simulate({ seed: 7 });
  const system = ours.start({ name: "nact", kernel });
  const ends: string[] = [];
  const idle = ours.spawn(system, (_state: undefined, _message: string) => {}, "idle", {
    shutdownAfter: 2 * ours.hours,
    afterStop: () => void ends.push("idle"),
  });
  advance(1.5 * ours.hours);
  ours.dispatch(idle, "still here");
  advance(1.5 * ours.hours);
  assert.deepEqual(ends, []);
  advance(0.5 * ours.hours);
  assert.deepEqual(ends, ["idle"]);
  ours.stop(system);
  run();
  assert.deepEqual(kernel.tree().length, 1);
});

test("docs/nact.md lists every difference", () => {
  const text = readFileSync(new URL("../../../docs/nact.md", import.meta.url), "utf8");
  const listed = [...text.matchAll(/^ *▸ (.+)$/gm)].map(([, title]) => title);
  assert.deepEqual(listed.toSorted(), titles.toSorted());
});
