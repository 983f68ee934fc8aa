import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "../../../transports/http/contract.ts";
import { treeRows, withAsked } from "../../../web/src/views/tree-rows.ts";
import fc from "../../support/fc.ts";

const actorOf = (path: string): Actor => ({
  path,
  parent: path.lastIndexOf("/") > 0 ? path.slice(0, path.lastIndexOf("/")) : null,
  thread: 0,
  mailboxDepth: 0,
  mailboxCapacity: 1,
  processed: 0,
  failures: 0,
  restarts: 0,
  rate: null,
  times: null,
});

/** Any set of paths, parents missing here and there. */
const forest = fc
  .uniqueArray(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }), {
    selector: (parts) => parts.join("/"),
    maxLength: 40,
  })
  .map((all) => all.map((parts) => actorOf(`/${parts.join("/")}`)));

const shown = (...args: Parameters<typeof treeRows>) =>
  treeRows(...args).map((row) => row.actor.path);

test("treeRows() shows each actor once when all is open, also those without a known parent", () => {
  fc.assert(
    fc.property(forest, (actors) => {
      const open = new Map(actors.map(({ path }) => [path, true]));
      const paths = shown(actors, open, "");
      assert.equal(new Set(paths).size, paths.length);
      assert.deepEqual([...paths].sort(), actors.map(({ path }) => path).sort());
    }),
  );
});

test("treeRows() hides what is under a closed actor and says how much that is", () => {
  const actors = ["/u", "/u/a", "/u/a/x", "/u/a/y", "/u/b"].map(actorOf);
  const rows = treeRows(actors, new Map([["/u/a", false]]), "");
  assert.deepEqual(
    rows.map((row) => [row.actor.path, row.level, row.below]),
    [
      ["/u", 1, 4],
      ["/u/a", 2, 2],
      ["/u/b", 2, 0],
    ],
  );
});

test("treeRows() starts with a parent of many closed, and sorts leaf_2 before leaf_10", () => {
  const many = ["/u", ...Array.from({ length: 20 }, (_, i) => `/u/leaf_${i}`)].map(actorOf);
  assert.deepEqual(shown(many, new Map(), ""), ["/u"]);
  const all = shown(many, new Map([["/u", true]]), "");
  assert.ok(all.indexOf("/u/leaf_2") < all.indexOf("/u/leaf_10"));
});

test("treeRows() keeps the ancestors of what a filter finds", () => {
  const actors = ["/u", "/u/hubs", "/u/hubs/h1", "/u/hubs/h2", "/u/zones"].map(actorOf);
  assert.deepEqual(shown(actors, new Map([["/u/hubs", false]]), "H2"), [
    "/u",
    "/u/hubs",
    "/u/hubs/h2",
  ]);
});

test("treeRows() counts what the node only counts, and withAsked() puts it in its place", () => {
  const hub: Actor = { ...actorOf("/user/hub"), hidden: 2 };
  const told = [actorOf("/user"), hub];
  const leaves = [actorOf("/user/hub/leaf_1"), actorOf("/user/hub/leaf_2")];
  const [root] = treeRows(told, new Map(), "");
  assert.equal(root?.below, 3);
  const all = withAsked(told, new Map([["/user/hub", [hub, ...leaves]]]));
  assert.deepEqual(
    treeRows(all, new Map(), "").map(({ actor, below }) => [actor.path, below]),
    [
      ["/user", 3],
      ["/user/hub", 2],
      ["/user/hub/leaf_1", 0],
      ["/user/hub/leaf_2", 0],
    ],
  );
});
