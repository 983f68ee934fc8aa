import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, passwordCheck } from "../../transports/password.ts";

const hash = await hashPassword("right");

test("passwordCheck() accepts the user's own password and no other", async () => {
  const check = passwordCheck(new Map([["ann", hash]]));
  assert.equal(await check("ann", "right"), "right");
  assert.equal(await check("ann", "right"), "right");
  assert.equal(await check("ann", "Right"), "wrong");
  assert.equal(await check("bob", "right"), "wrong");
  assert.equal(await check("", ""), "wrong");
  assert.equal(await check("ann", "x".repeat(2_000)), "wrong");
});

test("passwordCheck() lets many connections of one user share one check", async () => {
  const check = passwordCheck(new Map([["ann", hash]]));
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => check("ann", "right")));
  assert.deepEqual(new Set(verdicts), new Set(["right"]));
});

test("passwordCheck() is busy rather than hash guesses without bound", async () => {
  const check = passwordCheck(new Map([["ann", hash]]));
  await check("ann", "right");
  const guesses = Array.from({ length: 20 }, (_, index) => check("ann", `guess ${index}`));
  assert.equal(await check("ann", "right"), "right");
  const verdicts = await Promise.all(guesses);
  assert.ok(verdicts.includes("busy"));
  assert.ok(!verdicts.includes("right"));
});

test("hashPassword() salts: the same password never looks the same twice", async () => {
  assert.notEqual(await hashPassword("right"), hash);
  assert.match(hash, /^scrypt\$16384\$8\$5\$/);
});
