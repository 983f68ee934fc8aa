import assert from "node:assert/strict";
import { test } from "node:test";
import { Lookout } from "../../../runtime/threads/lookout.ts";

/** More looks than any lookout takes. */
const NEVER = 1_000_000;

/** Asks `rests` times, where something arrives after so many looks; returns how often it looked out. */
function rest(
  lookout: Lookout,
  looks: { left: number },
  rests: number,
  arrivesAfter: number,
): number {
  let lookedOut = 0;
  for (let i = 0; i < rests; i += 1) {
    looks.left = arrivesAfter;
    lookout.look();
    if (looks.left < arrivesAfter) lookedOut += 1;
  }
  return lookedOut;
}

const makeLookout = () => {
  const looks = { left: 0 };
  const lookout = new Lookout(() => {
    looks.left -= 1;
    return looks.left < 0;
  });
  return { looks, lookout };
};

test("Lookout looks out each time while it pays", () => {
  const { looks, lookout } = makeLookout();
  rest(lookout, looks, 20, 10);
  assert.equal(rest(lookout, looks, 100, 10), 100);
});

test("Lookout gives up soon where it does not pay, and then tries ever more seldom", () => {
  const { looks, lookout } = makeLookout();
  rest(lookout, looks, 100, 10);
  assert.ok(rest(lookout, looks, 1_000, NEVER) < 30);
  assert.ok(rest(lookout, looks, 1_000, NEVER) < 10);
});

test("Lookout begins again when answers come in time again", () => {
  const { looks, lookout } = makeLookout();
  rest(lookout, looks, 1_000, NEVER);
  rest(lookout, looks, 512, 10);
  assert.equal(rest(lookout, looks, 100, 10), 100);
});
