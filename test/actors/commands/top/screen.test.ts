import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "ink-testing-library";
import { createElement } from "react";
import { Screen } from "../../../../actors/commands/top/screen.ts";
import type { Actor, Tree } from "../../../../transports/http/contract.ts";
import { until } from "../../../support/until.ts";

const actor = (path: string, more: Partial<Actor> = {}): Actor => ({
  path: `mycel://attic/user${path}`,
  parent: path === "" ? null : `mycel://attic/user${path.slice(0, path.lastIndexOf("/"))}`,
  ...{ thread: 1, mailboxDepth: 0, mailboxCapacity: 64, processed: 0, failures: 0, restarts: 0 },
  ...{ rate: 0, times: null },
  ...more,
});
const of = (p99Ms: number) => ({ samples: 5, p50Ms: 0.01, p99Ms, p999Ms: 9, maxMs: 9 });
const tree: Tree = {
  actors: [
    actor(""),
    actor("/bus", { rate: 900, mailboxDepth: 3, times: { wait: of(0.5), handler: of(7) } }),
    actor("/hub", { rate: 20, mailboxDepth: 40, failures: 2, restarts: 1 }),
    actor("/zone", { rate: 100, times: { wait: of(80), handler: of(1) } }),
    ...Array.from({ length: 14 }, (_, n) => actor(`/hub/leaf_${n}`)),
  ],
  threads: [
    {
      ...{ thread: 1, actors: 18, rate: 1_020, busyShare: 0.37, heapBytes: 21_500_000 },
      ...{ sent: 12_300, received: 4, full: 2 },
    },
  ],
  deadLetters: { byReason: { mailboxFull: 12, stopped: 0 }, last: [] },
};

/** The screen over a tree, with the keys of a person who waits for what each one does. */
function screen(t: { after(end: () => void): void }) {
  let tell = (_tree: Tree | Error): void => assert.fail("the screen asks for the tree");
  const app = render(
    createElement(Screen, {
      title: "mycel attic",
      subscribe: (onTree) => {
        tell = onTree;
        return () => {};
      },
    }),
  );
  t.after(app.unmount);
  const frame = (): string => app.lastFrame() ?? "";
  const shows = (pattern: RegExp): Promise<true> =>
    until(() => (pattern.test(frame()) ? true : undefined), {
      what: () => `the screen shows ${pattern}; it shows\n${frame()}`,
    });
  const press = async (keys: string, pattern: RegExp): Promise<void> => {
    app.stdin.write(keys);
    await shows(pattern);
  };
  const told = async (next: Tree | Error, pattern: RegExp): Promise<void> => {
    // The screen subscribes after it has been drawn.
    await until(() => {
      try {
        tell(next);
        return true;
      } catch {
        return undefined;
      }
    });
    await shows(pattern);
  };
  /** Names of the actors in their order. */
  const names = (): string[] =>
    frame()
      .split("\n")
      .flatMap((line) => /^\s*(\S+).* worker 1 /.exec(line)?.[1] ?? []);
  return { frame, press, told, names, shows };
}

test("mycel top shows threads, dead letters by reason and the actors by rate", async (t) => {
  const { frame, told, names } = screen(t);
  assert.match(frame(), /asking the node/);
  await told(tree, /mycel attic {2}18 actors/);
  assert.deepEqual(names().slice(0, 4), ["bus", "zone", "hub", "hub/leaf_0"]);
  assert.match(frame(), /worker 1 busy 37 % +1020 msg\/s +18 actors +heap 21.5 MB +out 12.3k in 4/);
  assert.match(frame(), /dead letters 12: mailboxFull 12\n/);
});

test("mycel top sorts by what is asked, filters, and goes on when the node is away", async (t) => {
  const { press, told, names } = screen(t);
  await told(tree, /by rate/);
  await press("d", /by depth/);
  assert.deepEqual(names().slice(0, 2), ["hub", "bus"]);
  await press("w", /by wait p99/);
  assert.deepEqual(names().slice(0, 2), ["zone", "bus"]);
  await press("h", /by handler p99/);
  assert.deepEqual(names().slice(0, 2), ["bus", "zone"]);
  await press("f", /by failures/);
  assert.equal(names()[0], "hub");
  await press("/", /filter ▏/);
  await press("f_1", /filter f_1▏/);
  await press("\r", /filter f_1\n|filter f_1 *$/m);
  assert.deepEqual(
    names(),
    ["1", "10", "11", "12", "13"].map((n) => `hub/leaf_${n}`),
  );
  await told(new Error("No node answers."), /No node answers\./);
  assert.equal(names().length, 5, "the last known stays");
  await press("\u001b", /by failures *(No node|\n)/);
  assert.ok(names().includes("bus"));
});

test("mycel top holds still while paused", async (t) => {
  const { press, told, frame } = screen(t);
  await told(tree, /18 actors/);
  await press("p", /paused/);
  await told({ ...tree, actors: tree.actors.slice(0, 2) }, /18 actors/);
  await press("p", /2 actors/);
  assert.doesNotMatch(frame(), /paused/);
});

test("mycel top shows the tree, a parent of many closed until it is opened", async (t) => {
  const { press, told, names, frame } = screen(t);
  await told(tree, /18 actors/);
  await press("t", /hub \+14/);
  assert.deepEqual(names(), ["mycel://attic/user", "bus", "hub", "zone"]);
  await press("\u001b[B", /mycel/);
  await press("\u001b[B", /mycel/);
  await press("\r", /leaf_0/);
  assert.doesNotMatch(frame(), /\+14/);
});
