import assert from "node:assert/strict";
import { test } from "node:test";
import { recentLines } from "../../../actors/commands/explain-recent.ts";
import { explainTree } from "../../../actors/commands/explain-tree.ts";
import type { NodeClient } from "../../../actors/commands/node-client.ts";
import type { ChainLine } from "../../../transports/http/office/explain-contract.ts";

const line = (
  depth: number,
  kind: ChainLine["kind"],
  text: string,
  id: string | null,
): ChainLine => ({
  depth,
  kind,
  text,
  id,
  atMs: null,
  tookMs: null,
});

const EXPLANATION = {
  id: "e1-main",
  lines: [
    line(0, "event", "Temperature in main is 30.5 °C, above the limit of 26 °C.", "e1-main"),
    line(1, "cycle", "by events, 3 rounds of scripted, 1351 tokens of prompt", "cycle-1"),
    line(2, "thought", "高温です。人に室温を下げてもらいます。高温です。", null),
    line(1, "note", "short", null),
  ],
};

test("explainTree() breaks lines where the terminal ends, and keeps the branches beside them", () => {
  assert.deepEqual(explainTree(EXPLANATION, 50).split("\n"), [
    "          event    Temperature in main is 30.5 °C,",
    "          │        above the limit of 26 °C.",
    "          │        (e1-main) ◀",
    "          ├─ cycle    by events, 3 rounds of",
    "          │  │        scripted, 1351 tokens of",
    "          │  │        prompt (cycle-1)",
    "          │  └─ thought  高温です。人に室温を下げ",
    "          │              てもらいます。高温です。",
    "          └─ note     short",
    "",
  ]);
});

test("explainTree() leaves lines whole for a file, and for a terminal too narrow to break them for", () => {
  for (const columns of [undefined, 30])
    assert.equal(explainTree(EXPLANATION, columns).split("\n").length, 5);
});

test("mycel explain without an id lists the newest tasks, cycles and events with theirs", async () => {
  const answers: Readonly<Record<string, unknown>> = {
    "/api/tasks/": [
      { id: 1, title: "Old", bounty: 10, state: "expired", createdAtMs: 1 },
      { id: 2, title: "Cool the room down", bounty: 1500, state: "open", createdAtMs: 2 },
    ],
    "/api/agent/cycles": {
      cycles: [
        {
          id: "cycle-b",
          startedAtMs: 2,
          calls: [{ tool: "create_task" }, { tool: "speak" }],
          outcome: "done",
        },
        { id: "cycle-a", startedAtMs: 1, calls: [], outcome: "failed" },
      ],
    },
    "/api/events": {
      events: Array.from({ length: 50 }, (_, i) => ({
        id: `e${i}`,
        atMs: i,
        kind: "door_opened",
        message: `Door ${i}.`,
      })),
    },
  };
  const node = { get: async (path: string) => answers[path] } as NodeClient;
  assert.deepEqual(await recentLines(node), [
    "task:2   «Cool the room down», 1500 points, open",
    "task:1   «Old», 10 points, expired",
    "cycle-b  create_task, speak",
    "cycle-a  no call, failed",
    ...[49, 48, 47, 46, 45, 44].map((i) => `e${i}      door_opened: Door ${i}.`),
  ]);
});
