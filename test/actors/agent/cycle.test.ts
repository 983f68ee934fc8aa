import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cycle, type CycleStep } from "../../../actors/agent/cycle/cycle.ts";
import {
  CALLS_MAX,
  ROUNDS_MAX,
  SPEAKS_MAX,
  TASKS_MAX,
} from "../../../actors/agent/cycle/limits.ts";
import type { GuardedCall, Verdict } from "../../../actors/agent/safety/guard-types.ts";
import { done, failed, type ToolOutcome } from "../../../actors/agent/tool-step.ts";
import { TOOLS } from "../../../actors/agent/tools.ts";
import type { ChatAnswer, ToolCall } from "../../../transports/llm/model-port.ts";
import fc from "../../support/fc.ts";

const LOOK = call("get_active_tasks", {});
const TASK = call("create_task", { title: "Air the room", description: "It is stale." });
const task = (n: number) => call("create_task", { title: `Task ${n}`, description: "." });
const say = (message: string) => call("speak", { message });

interface Row {
  readonly name: string;
  /** The model's answers, round by round. */
  readonly answers: readonly (readonly ToolCall[])[];
  readonly fails?: readonly string[];
  readonly refuses?: readonly string[];
  /** Outcome and reason of each call, in order. */
  readonly calls: readonly string[];
  readonly end: string;
}

const rows: readonly Row[] = [
  { name: "ends when the model asks for nothing", answers: [[]], calls: [], end: "done noCalls" },
  {
    name: "goes on after a call, until the model asks for nothing",
    answers: [[LOOK], [TASK], []],
    calls: ["done", "done"],
    end: "done noCalls",
  },
  {
    name: "ends after five rounds, the fifth's calls done",
    answers: [1, 2, 3, 4, 5, 6].map((n) => [call("get_zone_status", { zone_id: `z${n}` })]),
    calls: ["done", "done", "done", "done", "done"],
    end: "stopped roundsMax",
  },
  {
    name: "skips a call that was made before, however its arguments are written",
    answers: [
      [TASK],
      [
        { ...TASK, argumentsText: `{ "description":"It is stale.", "title":"Air the room" }` },
        LOOK,
      ],
      [],
    ],
    calls: ["done", "skipped repeated", "done"],
    end: "done noCalls",
  },
  {
    name: "ends when all of a round was skipped",
    answers: [[LOOK], [LOOK], []],
    calls: ["done", "skipped repeated"],
    end: "done allSkipped",
  },
  {
    name: "lets one sentence a cycle be said",
    answers: [[say("one"), say("two")], [say("three"), LOOK], []],
    calls: ["done", "skipped speaksMax", "skipped speaksMax", "done"],
    end: "done noCalls",
  },
  {
    name: "lets two tasks a cycle be made",
    answers: [[task(1), task(2), task(3)], []],
    calls: ["done", "done", "skipped tasksMax"],
    end: "done noCalls",
  },
  {
    name: "stops at a tool's failure; what was asked after it is not run",
    answers: [[TASK, LOOK], []],
    fails: ["create_task"],
    calls: ["failed broken", "skipped afterError"],
    end: "stopped toolError",
  },
  {
    name: "tells the model of arguments that are no JSON, and lets it mend them",
    answers: [[{ ...TASK, argumentsText: `{"title": "Air` }], [TASK], []],
    calls: ["refused badArguments", "done"],
    end: "done noCalls",
  },
  {
    name: "never takes malformed arguments for none",
    answers: [[{ ...LOOK, argumentsText: "nonsense" }], []],
    calls: ["refused badArguments"],
    end: "done noCalls",
  },
  {
    name: "stops when the model was refused twice over",
    answers: [[call("make_coffee", {})], [call("make_tea", {})], []],
    calls: ["refused unknownTool", "refused unknownTool"],
    end: "stopped refusedAgain",
  },
  {
    name: "tells the model what the guard refused",
    answers: [[TASK], [LOOK], []],
    refuses: ["create_task"],
    calls: ["refused noWarrant", "done"],
    end: "done noCalls",
  },
];

describe("Cycle", () => {
  for (const row of rows) {
    test(row.name, () => {
      const { cycle, end } = run(row);
      const calls = cycle.calls.map(({ outcome, reason }) =>
        [outcome, reason].filter(Boolean).join(" "),
      );
      assert.deepEqual(calls, row.calls);
      assert.equal(end, row.end);
      assertValidChat(cycle);
    });
  }

  test("ends with the code when the model fails", () => {
    const cycle = new Cycle({
      id: "c",
      prompt: [],
      check: () => PASS,
      deviceZone: () => undefined,
    });
    const step = cycle.modelFailed({ code: "timeout", message: "It took too long." });
    assert.deepEqual(step, { do: "end", outcome: "failed", reason: "modelFailed: timeout" });
  });

  test("gives each call an id of its own where the model does not", () => {
    const nameless = { ...LOOK, id: "" };
    const { cycle } = run({
      answers: [[nameless, { ...TASK, id: "call00001" }], [{ ...say("x"), id: "call00001" }], []],
    });
    const ids = cycle.messages.flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : [],
    );
    assert.equal(new Set(ids).size, 3);
    assertValidChat(cycle);
  });

  test("whatever a model answers: no throw, no sixth round, no tool past the guard, each call answered", () => {
    const names = [...TOOLS.map(({ name }) => name), "rm", "__proto__", ""];
    const anyArguments = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .constantFrom(TASK, LOOK, say("hello"), call("get_zone_status", { zone_id: "main" }))
        .map(({ argumentsText }) => argumentsText),
      fc
        .record({ title: fc.string({ maxLength: 3 }), description: fc.string({ maxLength: 3 }) })
        .map((args) => JSON.stringify(args)),
    );
    const anyCall = fc.record({
      id: fc.oneof(fc.string({ maxLength: 5 }), fc.constant("call00001")),
      name: fc.oneof(fc.constantFrom(...names), fc.string()),
      argumentsText: anyArguments,
    });
    const anyAnswer = fc.array(anyCall, { maxLength: 24 });
    fc.assert(
      fc.property(
        fc.array(anyAnswer, { minLength: 1, maxLength: 9 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        (answers, passes, succeeds) => {
          const passed = new Set<GuardedCall>();
          let checks = 0;
          const { cycle, performed } = run({
            answers,
            check(guarded) {
              const isPassed = passes[checks++ % passes.length] ?? true;
              if (isPassed) passed.add(guarded);
              return isPassed ? PASS : REFUSED;
            },
            outcome: (n) =>
              succeeds[n % succeeds.length] ? done("ok") : failed("broken", "It broke."),
          });
          assert.ok(cycle.round <= ROUNDS_MAX);
          for (const guarded of performed) assert.ok(passed.has(guarded));
          const made = (tool: string) => performed.filter((one) => one.tool === tool).length;
          assert.ok(made("speak") <= SPEAKS_MAX);
          assert.ok(made("create_task") <= TASKS_MAX);
          assert.ok(cycle.calls.length <= ROUNDS_MAX * CALLS_MAX);
          assert.ok(cycle.calls.every(({ outcome }) => outcome !== "running"));
          assertValidChat(cycle);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const PASS: Verdict = { ok: true, warrant: undefined };
const REFUSED: Verdict = { ok: false, code: "noWarrant", message: "There is no reason for it." };

function run(parts: {
  readonly answers: readonly (readonly ToolCall[])[];
  readonly fails?: readonly string[];
  readonly refuses?: readonly string[];
  readonly check?: (call: GuardedCall) => Verdict;
  readonly outcome?: (n: number) => ToolOutcome;
}): { cycle: Cycle; end: string; performed: GuardedCall[] } {
  const performed: GuardedCall[] = [];
  const cycle = new Cycle({
    id: "cycle-1",
    prompt: [{ role: "user", content: "Look." }],
    check: parts.check ?? (({ tool }) => (parts.refuses?.includes(tool) ? REFUSED : PASS)),
    deviceZone: () => undefined,
  });
  let round = 0;
  let step: CycleStep = { do: "think" };
  while (step.do !== "end") {
    if (step.do === "think") {
      step = cycle.answered(answerOf(parts.answers[round++] ?? []), 1, 1_000);
    } else {
      const { guarded } = step.call;
      performed.push(guarded);
      const isFailing = parts.fails?.includes(guarded.tool) === true;
      const outcome =
        parts.outcome?.(performed.length) ??
        (isFailing ? failed("broken", "It broke.") : done("ok"));
      step = cycle.callEnded(outcome, 1_000);
    }
  }
  return { cycle, end: `${step.outcome} ${step.reason}`, performed };
}

/** As strict providers ask: each call's id once, and one answer to it before anything else is said. */
function assertValidChat({ messages }: Cycle): void {
  const seen = new Set<string>();
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      assert.equal(message.toolCallId, open.shift());
      continue;
    }
    assert.deepEqual(open, []);
    if (message.role !== "assistant") continue;
    open = message.toolCalls.map(({ id }) => id);
    for (const id of open) {
      assert.match(id, /^[\w-]{1,64}$/);
      assert.ok(!seen.has(id));
      seen.add(id);
    }
  }
  assert.deepEqual(open, []);
}

function call(name: string, args: Readonly<Record<string, unknown>>): ToolCall {
  const argumentsText = JSON.stringify(args);
  return { id: "", name, argumentsText };
}

const answerOf = (toolCalls: readonly ToolCall[]): ChatAnswer => ({
  model: "test",
  content: "So.",
  toolCalls,
  stop: "toolCalls",
  usage: { promptTokens: 1, completionTokens: 1, isExact: true, cost: 0 },
});
