/** What nact's documentation says of actors and messages, held by nact and by ours. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { type AnyRef, askOf, behaves, quiet, SOON_MS, type SumMsg, summing } from "./modules.ts";

behaves("spawn() starts an actor whose handler makes the next state", async (api, system) => {
  const sum = api.spawn(system, summing(api), "sum", { initialState: 10 });
  for (const each of [1, 2, 3]) api.dispatch(sum, each);
  assert.equal(await askOf(api, sum), 16);
});

behaves("initialStateFunc makes the first state from the context", async (api, system) => {
  const names: unknown[] = [];
  const sum = api.spawn(system, summing(api), "sum", {
    initialStateFunc: (ctx) => {
      names.push(ctx.name, ctx.path.toString().endsWith("://sum"));
      return 5;
    },
  });
  assert.equal(await askOf(api, sum), 5);
  assert.deepEqual(names, ["sum", true]);
});

behaves(
  "an asynchronous handler is waited for, and messages keep their order",
  async (api, system) => {
    const log: string[] = [];
    const slow = api.spawn(
      system,
      async (_state: undefined, message: string | { replyTo: AnyRef }) => {
        if (typeof message !== "string") return api.dispatch(message.replyTo, "done");
        log.push(`${message} begins`);
        await quiet();
        log.push(`${message} ends`);
      },
    );
    api.dispatch(slow, "a");
    api.dispatch(slow, "b");
    assert.equal(await askOf(api, slow), "done");
    assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
  },
);

behaves("any value may be a state and a message", async (api, system) => {
  const seen: unknown[] = [];
  const actor = api.spawn(
    system,
    (state: unknown, message: unknown) => {
      seen.push([state, message]);
      return message;
    },
    "any",
  );
  for (const message of [0, null, false, ""]) api.dispatch(actor, message);
  await until(() => seen.length === 4);
  assert.deepEqual(seen, [
    [undefined, 0],
    [0, null],
    [null, false],
    [false, ""],
  ]);
});

behaves("a handler sees itself, its parent, its children and the sender", async (api, system) => {
  // biome-ignore lint/suspicious/noExplicitAny: `sender` is not among nact's types
  const contexts: any[] = [];
  const parent = api.spawn(
    system,
    function (this: unknown, _state: undefined, _message: string, ctx) {
      contexts.push(ctx, this === ctx);
    },
    "parent",
  );
  const child = api.spawn(parent, () => {}, "child");
  const dispatchFrom = api.dispatch as (to: AnyRef, message: unknown, from?: AnyRef) => void;
  dispatchFrom(parent, "hello", child);
  dispatchFrom(parent, "from nobody");
  await until(() => contexts.length === 4);
  const [ctx, isThis, second] = contexts;
  assert.equal(isThis, true);
  assert.equal(ctx.self, parent);
  assert.equal(ctx.parent, system);
  assert.equal(ctx.name, "parent");
  assert.deepEqual(ctx.path.parts, ["parent"]);
  assert.equal(ctx.path.toString(), `${ctx.path.system}://parent`);
  assert.deepEqual([...ctx.children], [["child", child]]);
  assert.equal(ctx.sender, child);
  assert.ok(second.sender instanceof api.Nobody);
});

behaves("ctx.children are those there were when the message was taken up", async (api, system) => {
  const seen: string[][] = [];
  const parent = api.spawn(
    system,
    (_state: undefined, name: string, ctx) => {
      api.spawn(ctx.self, () => {}, name);
      seen.push([...ctx.children.keys()]);
    },
    "parent",
  );
  for (const name of ["a", "b", "c"]) api.dispatch(parent, name);
  await until(() => seen.length === 3);
  assert.deepEqual(seen, [[], ["a"], ["a", "b"]]);
});

behaves("spawnStateless() handles messages without a state", async (api, system) => {
  const log: unknown[] = [];
  const echo = api.spawnStateless(
    system,
    async (message: { replyTo: AnyRef }, ctx) => {
      log.push(ctx.name);
      await quiet();
      api.dispatch(message.replyTo, "echo");
    },
    "echo",
  );
  assert.equal(await askOf(api, echo), "echo");
  assert.deepEqual(log, ["echo"]);
});

behaves("a fault of a stateless actor loses one message only", async (api, system, t) => {
  t.mock.method(console, "error", () => {});
  const echo = api.spawnStateless(system, (message: string | { replyTo: AnyRef }) => {
    if (typeof message === "string") throw new Error(message);
    api.dispatch(message.replyTo, "still there");
  });
  api.dispatch(echo, "bad");
  assert.equal(await askOf(api, echo), "still there");
});

behaves("an actor without a name is called anonymous", async (api, system) => {
  const names: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    api.dispatch(
      api.spawn(system, (_state: undefined, _message: string, ctx) => {
        names.push(ctx.name);
      }),
      "who?",
    );
  }
  await until(() => names.length === 2);
  for (const name of names) assert.match(name, /^anonymous--?\d+$/);
  assert.notEqual(names[0], names[1]);
});

behaves("a name is taken once, until its actor stops", async (api, system) => {
  const first = api.spawn(system, summing(api), "one", { initialState: 0 });
  assert.throws(() => api.spawn(system, () => {}, "one"), /child actor of name one already exists/);
  api.stop(first);
  const second = api.spawn(system, summing(api), "one", { initialState: 7 });
  assert.equal(await askOf(api, second), 7);
  // A ref is a name: the old one finds the new actor.
  assert.equal(await askOf(api, first), 7);
});

behaves("a ref is plain data, and a copy of it finds the same actor", async (api, system) => {
  const parent = api.spawn(system, () => {}, "parent");
  const sum = api.spawn(parent, summing(api), "sum", { initialState: 3 });
  assert.equal(await askOf(api, JSON.parse(JSON.stringify(sum))), 3);
});

behaves("a name has letters, digits and what a URI allows", async (api, system) => {
  for (const name of ["with space", "a/b", "ü", "a?b"]) {
    assert.throws(() => api.spawn(system, () => {}, name), /Invalid argument/);
  }
  api.spawn(system, () => {}, "A-z0_9.$+!*'(),");
});

behaves("query() resolves with the first answer", async (api, system) => {
  const twice = api.spawnStateless(system, ({ replyTo }: { replyTo: AnyRef }) => {
    api.dispatch(replyTo, 1);
    api.dispatch(replyTo, 2);
  });
  assert.equal(await askOf(api, twice), 1);
});

behaves("query() rejects when no answer comes in time", async (api, system) => {
  const silent = api.spawnStateless(system, (_message: unknown) => {});
  await assert.rejects(
    api.query(silent, (replyTo: AnyRef) => ({ replyTo }), 20),
    /Query Timeout/,
  );
});

behaves(
  "query() with a plain message makes the sender the address of the answer",
  async (api, system) => {
    const echo = api.spawnStateless(system, (message: unknown, ctx) => {
      api.dispatch((ctx as unknown as { sender: AnyRef }).sender, [message]);
    });
    // biome-ignore lint/suspicious/noExplicitAny: documented, and not among nact's types
    assert.deepEqual(await api.query(echo, "plain" as any, SOON_MS), ["plain"]);
  },
);

behaves("query() needs a timeout, and an actor that is there", async (api, system) => {
  const actor = api.spawn(system, () => {}, "actor");
  assert.throws(() => api.query(actor, () => 1, 0), /timeout is required/);
  api.stop(actor);
  const never = /Actor stopped or never existed/;
  await assert.rejects(
    api.query(actor, () => 1, SOON_MS),
    never,
  );
  await assert.rejects(
    api.query(system, () => 1 as never, SOON_MS),
    never,
  );
  await assert.rejects(
    api.query(new api.Nobody(), () => 1, SOON_MS),
    never,
  );
});

behaves(
  "dispatch() to nobody, to a system and to what has stopped does nothing",
  async (api, system) => {
    const handled: unknown[] = [];
    const actor = api.spawn(system, (_state: undefined, message: unknown) => {
      handled.push(message);
    });
    api.stop(actor);
    api.dispatch(actor, "late");
    api.dispatch(new api.Nobody(), "to nobody");
    api.dispatch(system, "to the system" as never);
    await quiet();
    assert.deepEqual(handled, []);
  },
);

behaves("stop() ends an actor at once: no further message is handled", async (api, system) => {
  const handled: string[] = [];
  const actor = api.spawn(system, (_state: undefined, message: string, ctx) => {
    handled.push(message);
    if (message === "last") api.stop(ctx.self);
  });
  for (const message of ["first", "last", "never"]) api.dispatch(actor, message);
  await until(() => handled.length === 2);
  await quiet();
  assert.deepEqual(handled, ["first", "last"]);
  api.stop(actor);
  assert.throws(() => api.spawn(actor, () => {}), /stopped or never even existed/);
});

behaves("the children of a stopped actor cannot be reached", async (api, system) => {
  const parent = api.spawn(system, () => {}, "parent");
  const child = api.spawn(parent, summing(api), "child", { initialState: 0 });
  assert.equal(await askOf(api, child), 0);
  api.stop(parent);
  await assert.rejects(askOf(api, child), /Actor stopped/);
  assert.throws(() => api.spawn(child, () => {}), /stopped or never even existed/);
});

behaves("a stopped system has no actors, and takes none", async (api) => {
  const system = api.start();
  const actor = api.spawn(system, summing(api), "sum", { initialState: 0 });
  api.stop(system);
  await assert.rejects(askOf(api, actor), /Actor stopped/);
  assert.throws(() => api.spawn(system, () => {}), /stopped or never even existed/);
  api.stop(system);
});

behaves("afterStop gets the last state and what was still in the mailbox", async (api, system) => {
  const ends: unknown[] = [];
  const actor = api.spawn(
    system,
    (sum: number, message: SumMsg, ctx) => {
      if (message === 3) api.stop(ctx.self);
      return sum + (message as number);
    },
    "sum",
    {
      initialState: 0,
      afterStop: (state, ctx) => {
        const waiting = ctx.mailbox as unknown as { message: unknown }[];
        ends.push(
          state,
          ctx.name,
          waiting.map(({ message }) => message),
        );
      },
    },
  );
  for (const each of [1, 2, 3, 4, 5]) api.dispatch(actor, each);
  await until(() => ends.length > 0);
  assert.deepEqual(ends, [6, "sum", [4, 5]]);
});

behaves("afterStop is called once, also of an actor that had no message", async (api, system) => {
  const ends: unknown[] = [];
  const actor = api.spawn(system, () => 0, "actor", {
    initialState: 42,
    afterStop: (state) => {
      ends.push(state);
    },
  });
  api.stop(actor);
  api.stop(actor);
  await until(() => ends.length > 0);
  await quiet();
  assert.deepEqual(ends, [42]);
});

behaves("shutdownAfter stops an actor that gets no message for so long", async (api, system) => {
  let ended = 0;
  const idle = (name: string, initialState: number): AnyRef =>
    api.spawn(system, summing(api), name, {
      shutdownAfter: 30 * api.milliseconds,
      initialState,
      afterStop: () => {
        ended += 1;
      },
    });
  idle("unused", 0);
  const used = idle("used", 0);
  api.dispatch(used, 1);
  await until(() => ended === 2);
  assert.throws(() => api.spawn(used, () => {}), /stopped or never even existed/);
});

behaves("shutdownAfter counts from the end of the last message", async (api, system) => {
  let ended = false;
  let handled = 0;
  const actor = api.spawn(
    system,
    async (_state: undefined, _message: string) => {
      await new Promise((go) => setTimeout(go, 60));
      assert.equal(ended, false);
      handled += 1;
    },
    "busy",
    {
      shutdownAfter: 20,
      afterStop: () => {
        ended = true;
      },
    },
  );
  api.dispatch(actor, "a");
  api.dispatch(actor, "b");
  await until(() => ended);
  assert.equal(handled, 2);
});

behaves("shutdownAfter is a number", async (api, system) => {
  const shutdownAfter = "soon" as unknown as number;
  assert.throws(() => api.spawn(system, () => {}, "a", { shutdownAfter }), Error);
});

behaves("start() calls the plugins it is given with the system", async (api) => {
  const plugged: unknown[] = [];
  const plugin = (system: unknown): void => {
    plugged.push((system as { name: string }).name);
  };
  const named = api.start({ name: "by-name" } as never, plugin, plugin);
  const unnamed = api.start(plugin);
  const names = [named, unnamed].map((ref) => (ref as unknown as { name: string }).name);
  assert.deepEqual(plugged, ["by-name", "by-name", names[1]]);
  assert.equal(names[0], "by-name");
  for (const system of [named, unnamed]) api.stop(system);
});

behaves("units of time and number make properties readable", async (api) => {
  assert.deepEqual(
    [api.millisecond, api.second, api.minute, api.hour, api.message],
    [1, 1_000, 60_000, 3_600_000, 1],
  );
  assert.deepEqual(
    [api.milliseconds, api.seconds, api.minutes, api.hours, api.messages],
    [1, 1_000, 60_000, 3_600_000, 1],
  );
});
