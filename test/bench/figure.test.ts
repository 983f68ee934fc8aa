import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Aim, type Figure, isReached, linesOf } from "../../bench/figure.ts";

const FIGURE: Figure = {
  name: "counting",
  unit: "message/s",
  value: 9_500_000,
  min: 9_000_000,
  max: 10_000_000,
  peers: { nact: 500_000, "Erlang +S 1": 10_000_000, "Erlang +S 2": 5_000_000 },
  ratios: { nact: 19, "Erlang +S 1": 0.95, "Erlang +S 2": 1.9 },
  aims: [],
};

describe("isReached()", () => {
  const cases: readonly [string, Aim, boolean | undefined][] = [
    ["takes the ratio to a peer", { peer: "nact", atLeast: 15 }, true],
    ["takes the ratio to the better of several", { peer: "Erlang", atLeast: 1 }, false],
    ["holds at the aim itself", { peer: "Erlang", atLeast: 0.95 }, true],
    ["knows aims from above", { peer: "Erlang", atMost: 1.9 }, true],
    ["knows aims from above that are missed", { peer: "Erlang", atMost: 1 }, false],
    ["takes the figure where no peer is named", { atLeast: 9_500_000 }, true],
    ["knows figures that are too large", { atMost: 400 }, false],
    [
      "says nothing of a peer that was not measured",
      { peer: "postMessage", atLeast: 1 },
      undefined,
    ],
  ];
  for (const [title, aim, reached] of cases) {
    test(`isReached() ${title}`, () => assert.equal(isReached(FIGURE, aim), reached));
  }
});

test("linesOf() shows spread, ratios, and whether aims are reached", () => {
  const aims = [
    { peer: "nact", atLeast: 15 },
    { peer: "postMessage", atMost: 2 },
  ];
  const { "Erlang +S 1": _, "Erlang +S 2": __, ...ratios } = FIGURE.ratios;
  assert.deepEqual(linesOf({ ...FIGURE, ratios, aims }), [
    "  counting: 9.50 M message/s (9.00 M to 10.0 M)",
    "      19.0 x nact (500 k)",
    "      aim: 15 x nact or more: yes",
    "      aim: 2 x postMessage or less: not measured",
  ]);
});
