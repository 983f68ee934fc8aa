/** Faults and what policies make of them, held by nact and by ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorProps } from "nact";
import { until } from "../../support/until.ts";
import { type AnyRef, type Api, askOf, behaves, quiet, type SumMsg, summing } from "./modules.ts";

// biome-ignore lint/suspicious/noExplicitAny: as nact's types have it
type Props = ActorProps<any, any, any>;
type Decision =
  | "stop"
  | "stopAll"
  | "stopChild"
  | "stopAllChildren"
  | "escalate"
  | "resume"
  | "reset"
  | "resetAll"
  | "resetChild"
  | "resetAllChildren";

const says = (decision: Decision): Props => ({ onCrash: (_message, _error, ctx) => ctx[decision] });

/** Sums up, and fails at negative numbers. */
const touchy =
  (api: Api) =>
  (sum: number, message: SumMsg): number => {
    if (typeof message === "number" && message < 0) throw new Error(`no ${message}`);
    return summing(api)(sum, message);
  };

/** What it answers now, or that it is gone. */
const look = (api: Api, actor: AnyRef): Promise<unknown> =>
  askOf(api, actor).catch(({ message }) => (/stopped/.test(message) ? "gone" : message));

/** Without waiting for an answer that a stop has made impossible. */
const isGone = (api: Api, actor: AnyRef): Promise<boolean> =>
  api
    .query(actor, () => 0, 20)
    .then(
      () => false,
      ({ message }) => /stopped/.test(message),
    );

/** root ─┬─ parent ─┬─ first        each with the sum 1, of which `first` fails
 *        └─ other   └─ second */
async function family(api: Api, system: AnyRef, policies: { first?: Props; parent?: Props }) {
  const initialState = 0;
  const root = api.spawn(system, summing(api), "root", { initialState });
  const parent = api.spawn(root, summing(api), "parent", { ...policies.parent, initialState });
  const other = api.spawn(root, summing(api), "other", { initialState });
  const first = api.spawn(parent, touchy(api), "first", { ...policies.first, initialState });
  const second = api.spawn(parent, touchy(api), "second", { initialState });
  const all = { root, parent, other, first, second };
  for (const actor of Object.values(all)) api.dispatch(actor, 1);
  for (const actor of Object.values(all)) assert.equal(await look(api, actor), 1);
  api.dispatch(first, -1);
  await quiet();
  const found: unknown[] = [];
  for (const actor of Object.values(all)) found.push(await look(api, actor));
  return found;
}

const OWN: readonly (readonly [Decision, readonly unknown[]])[] = [
  // root, parent, other, first, second
  ["stop", [1, 1, 1, "gone", 1]],
  ["stopAll", [1, 1, 1, "gone", "gone"]],
  ["resume", [1, 1, 1, 1, 1]],
  ["reset", [1, 1, 1, 0, 1]],
  ["resetAll", [1, 1, 1, 0, 0]],
];
for (const [decision, expected] of OWN) {
  behaves(`onCrash may ${decision}`, async (api, system) => {
    assert.deepEqual(await family(api, system, { first: says(decision) }), expected);
  });
}

const PARENTS: readonly (readonly [Decision, readonly unknown[]])[] = [
  ["stop", [1, "gone", 1, "gone", "gone"]],
  ["stopAll", [1, "gone", "gone", "gone", "gone"]],
  ["stopChild", [1, 1, 1, "gone", 1]],
  ["stopAllChildren", [1, 1, 1, "gone", "gone"]],
  ["reset", [1, 0, 1, "gone", "gone"]],
  ["resetAll", [1, 0, 0, "gone", "gone"]],
  ["resetChild", [1, 1, 1, 0, 1]],
  ["resetAllChildren", [1, 1, 1, 0, 0]],
];
for (const [decision, expected] of PARENTS) {
  behaves(`a parent may ${decision} when a child escalates`, async (api, system) => {
    const policies = { first: says("escalate"), parent: says(decision) };
    assert.deepEqual(await family(api, system, policies), expected);
  });
}

behaves("a fault that all escalate stops the actor at the top", async (api, system, t) => {
  t.mock.method(console, "log", () => {});
  t.mock.method(console, "error", () => {});
  const top = api.spawn(system, summing(api), "top", { ...says("escalate"), initialState: 0 });
  const child = api.spawn(top, touchy(api), "child", { ...says("escalate"), initialState: 0 });
  api.dispatch(child, -1);
  await until(() => isGone(api, top));
  assert.equal(await look(api, child), "gone");
});

behaves("without onCrash an actor is stopped, and its fault is shown", async (api, system, t) => {
  const shown: unknown[] = [];
  for (const channel of ["log", "error"] as const) {
    t.mock.method(console, channel, (...args: unknown[]) => shown.push(...args));
  }
  const actor = api.spawn(system, touchy(api), "actor", { initialState: 0 });
  api.dispatch(actor, -7);
  await until(() => isGone(api, actor));
  const errors = shown.flatMap((each) => [each, (each as { err?: unknown }).err]);
  assert.ok(errors.some((each) => each instanceof Error && each.message === "no -7"));
});

behaves("a decision that says nothing is one to escalate", async (api, system) => {
  const asked: unknown[] = [];
  const parent = api.spawn(system, summing(api), "parent", {
    initialState: 0,
    onCrash: (_message, _error, ctx, child) => {
      asked.push((child as unknown as { name: string }).name);
      return ctx.stopChild;
    },
  });
  const silent = { onCrash: () => undefined as never, initialState: 0 };
  const child = api.spawn(parent, touchy(api), "child", silent);
  api.dispatch(child, -1);
  await until(() => isGone(api, child));
  assert.deepEqual(asked, ["child"]);
});

behaves(
  "onCrash gets message, error and what waits, and may take its time",
  async (api, system) => {
    const seen: unknown[] = [];
    const actor = api.spawn(system, touchy(api), "actor", {
      initialState: 5,
      onCrash: async (message, error, ctx, child) => {
        const waiting = ctx.mailbox as unknown as { message: unknown }[];
        seen.push(
          message,
          error?.message,
          waiting.map((each) => each.message),
          ctx.name,
          child,
        );
        await quiet();
        return ctx.resume;
      },
    });
    for (const each of [-1, 2, 3]) api.dispatch(actor, each);
    assert.equal(await askOf(api, actor), 10);
    const [message, text, waiting, name, child] = seen;
    assert.deepEqual((waiting as unknown[]).slice(0, 2), [2, 3]);
    assert.deepEqual([message, text, name, child], [-1, "no -1", "actor", undefined]);
  },
);

behaves("ctx.mailbox has all that waits, in order", async (api, system) => {
  let waiting: unknown[] = [];
  const actor = api.spawn(system, touchy(api), "actor", {
    initialState: 0,
    onCrash: (_message, _error, ctx) => {
      waiting = (ctx.mailbox as unknown as { message: unknown }[]).map(({ message }) => message);
      return ctx.stop;
    },
  });
  const numbers = [...Array(500).keys()];
  for (const each of [-1, ...numbers]) api.dispatch(actor, each);
  await until(() => waiting.length > 0);
  assert.deepEqual(waiting, numbers);
});

behaves("an asynchronous handler fails by its rejection", async (api, system) => {
  const actor = api.spawn(
    system,
    async (sum: number, message: SumMsg) => {
      await quiet();
      return touchy(api)(sum, message);
    },
    "actor",
    { initialState: 1, onCrash: (_message, _error, ctx) => ctx.resume },
  );
  for (const each of [-1, 2]) api.dispatch(actor, each);
  assert.equal(await askOf(api, actor), 3);
});

behaves("a fault in initialStateFunc goes to onCrash without a message", async (api, system) => {
  const seen: unknown[] = [];
  const actor = api.spawn(system, summing(api), "actor", {
    initialStateFunc: (): number => {
      throw new Error("no state");
    },
    onCrash: (message, error, ctx) => {
      seen.push(message, error?.message);
      return ctx.stop;
    },
  });
  await until(() => isGone(api, actor));
  assert.deepEqual(seen, [undefined, "no state"]);
});

behaves("a reset makes the state anew and stops the children", async (api, system) => {
  let made = 0;
  const parent = api.spawn(system, touchy(api), "parent", {
    initialStateFunc: () => {
      made += 1;
      return 100 * made;
    },
    ...says("reset"),
  });
  const child = api.spawn(parent, summing(api), "child", { initialState: 0 });
  for (const each of [1, -1, 2]) api.dispatch(parent, each);
  assert.equal(await askOf(api, parent), 202);
  assert.equal(await look(api, child), "gone");
});

test("the table names every decision there is", () => {
  const decisions = [...OWN, ...PARENTS].map(([decision]) => decision);
  assert.equal(new Set([...decisions, "escalate"]).size, 10);
});
