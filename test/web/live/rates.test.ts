import assert from "node:assert/strict";
import { test } from "node:test";
import { createRates } from "../../../web/src/live/rates.ts";

test("createRates() knows a rate from the second count on", () => {
  const rates = createRates();
  rates.update("a", 100, 0);
  assert.equal(rates.of("a"), undefined);
  rates.update("a", 300, 2_000);
  assert.equal(rates.of("a"), 100);
});

test("createRates() settles on a steady rate", () => {
  const rates = createRates();
  for (let s = 0; s <= 20; s += 1) rates.update("a", s < 5 ? 0 : (s - 5) * 50, s * 1_000);
  assert.ok(Math.abs((rates.of("a") ?? 0) - 50) < 1);
});

test("createRates() begins anew when a counter falls back: its actor was restarted", () => {
  const rates = createRates();
  rates.update("a", 1_000, 0);
  rates.update("a", 2_000, 1_000);
  rates.update("a", 5, 2_000);
  assert.equal(rates.of("a"), undefined);
  rates.update("a", 15, 3_000);
  assert.equal(rates.of("a"), 10);
});
