import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  createAudioQueue,
  FRESH_MS,
  type Player,
  QUEUE_MAX,
  type Utterance,
} from "../../../web/src/voice/audio-queue.ts";
import fc from "../../support/fc.ts";

const utterance = (id: string, priority: 0 | 1 | 2, atMs = 0): Utterance => ({
  ...{ id, priority, atMs, text: id, audioUrl: null },
});

/** A player that says a thing until it is told that it has. */
function heldPlayer() {
  const said: string[] = [];
  let end: ((outcome: "said" | "blocked") => void) | undefined;
  const player: Player = {
    play: ({ id }, signal) =>
      new Promise((resolve) => {
        said.push(id);
        end = resolve;
        signal.addEventListener("abort", () => resolve("said"));
      }),
  };
  return {
    player,
    said,
    finish: async (outcome: "said" | "blocked" = "said") => {
      end?.(outcome);
      await setImmediate();
    },
  };
}

test("createAudioQueue() says one thing at a time: the most pressing first, then in order", async () => {
  const { player, said, finish } = heldPlayer();
  const queue = createAudioQueue(player, () => 0);
  queue.enqueue(utterance("first", 2));
  for (const [id, priority] of [
    ["b", 2],
    ["a", 1],
    ["c", 2],
    ["now", 0],
    ["d", 1],
  ] as const) {
    queue.enqueue(utterance(id, priority));
  }
  assert.deepEqual(said, ["first"], "what is being said is not interrupted");
  for (let turn = 0; turn < 6; turn += 1) await finish();
  assert.deepEqual(said, ["first", "now", "a", "d", "b", "c"]);
  assert.equal(queue.state().current, undefined);
});

test("createAudioQueue() holds as many as it may and drops its tail", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0 as const, 1 as const, 2 as const)), (priorities) => {
      const queue = createAudioQueue(heldPlayer().player, () => 0);
      queue.enqueue(utterance("speaking", 2));
      const given = priorities.map((priority, at) => utterance(`${at}`, priority));
      const taken = given.map((one) => queue.enqueue(one));
      const { waiting, dropped } = queue.state();
      const best = given
        .toSorted((a, b) => a.priority - b.priority || Number(a.id) - Number(b.id))
        .slice(0, QUEUE_MAX);
      assert.ok(waiting.length <= QUEUE_MAX);
      assert.equal(dropped + waiting.length, given.length);
      assert.deepEqual(
        waiting.map(({ id }) => id),
        best.map(({ id }) => id),
      );
      const last = given.at(-1);
      if (last) assert.equal(taken.at(-1), waiting.includes(last));
    }),
  );
});

test("createAudioQueue() takes the same thing once", () => {
  const queue = createAudioQueue(heldPlayer().player, () => 0);
  for (const id of ["a", "b", "a", "b", "b"]) queue.enqueue(utterance(id, 1));
  assert.deepEqual(
    [queue.state().current?.id, queue.state().waiting.map(({ id }) => id)],
    ["a", ["b"]],
  );
});

test("createAudioQueue() holds while the browser lets nobody speak, and then drops what is old", async () => {
  let nowMs = 0;
  const { player, said, finish } = heldPlayer();
  const queue = createAudioQueue(player, () => nowMs);
  queue.enqueue(utterance("stale", 1, 0));
  await finish("blocked");
  queue.enqueue(utterance("answer", 0, 0));
  queue.enqueue(utterance("news", 1, FRESH_MS));
  assert.deepEqual(said, ["stale"], "nothing else is tried");
  assert.equal(queue.state().isBlocked, true);

  nowMs = FRESH_MS + 1;
  queue.unblock();
  await finish();
  await finish();
  assert.deepEqual(said, ["stale", "answer", "news"], "an answer to an act is never too old");
});

test("createAudioQueue() goes on after a skip and after a player that failed", async () => {
  const said: string[] = [];
  const queue = createAudioQueue(
    {
      play: async ({ id }) => {
        said.push(id);
        if (id === "bad") throw new Error("no such sound");
        return "said";
      },
    },
    () => 0,
  );
  for (const id of ["bad", "good"]) queue.enqueue(utterance(id, 1));
  await setImmediate();
  assert.deepEqual(said, ["bad", "good"]);

  const held = heldPlayer();
  const other = createAudioQueue(held.player, () => 0);
  for (const id of ["long", "next"]) other.enqueue(utterance(id, 1));
  other.skip();
  await setImmediate();
  assert.deepEqual(held.said, ["long", "next"]);
});
