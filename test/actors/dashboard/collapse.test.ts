import assert from "node:assert/strict";
import { test } from "node:test";
import { collapsed } from "../../../actors/dashboard/collapse.ts";
import type { Actor } from "../../../transports/http/contract.ts";

const actor = (path: string): Actor => ({
  path,
  parent: path === "/user" ? null : path.slice(0, path.lastIndexOf("/")),
  thread: 0,
  mailboxDepth: 0,
  mailboxCapacity: 64,
  processed: 0,
  failures: 0,
  restarts: 0,
  rate: null,
  times: null,
});

const tree = (hubs: number, leaves: number): Actor[] => [
  actor("/user"),
  actor("/user/bus"),
  actor("/user/hubs"),
  ...Array.from({ length: hubs }, (_, hub) => actor(`/user/hubs/${hub}`)),
  ...Array.from({ length: hubs * leaves }, (_, index) =>
    actor(`/user/hubs/${Math.floor(index / leaves)}/leaf_${index % leaves}`),
  ),
];

test("collapsed() tells of a tree of 500 leaves whole", () => {
  const small = tree(2, 250);
  assert.equal(collapsed(small), small);
});

test("collapsed() of 25,000 leaves tells of each hub and counts its leaves", () => {
  const told = collapsed(tree(100, 250));
  assert.equal(told.length, 103);
  assert.equal(told.find(({ path }) => path === "/user/hubs/7")?.hidden, 250);
  assert.equal(told.find(({ path }) => path === "/user/hubs")?.hidden, undefined);
  assert.ok(JSON.stringify(told).length < 30_000);
});

test("collapsed() of few leaves on many hubs tells of all", () => {
  const told = collapsed(tree(200, 12));
  assert.equal(told.length, 200 * 13 + 3);
});
