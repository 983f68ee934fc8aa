/**
 * What every model behind the port does, whatever serves it. `start` makes one with a server of its own where it
 * has one; `spoil` is there for those that can be made to fail.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MockFault } from "../../../transports/llm/mock/faults.ts";
import {
  type ChatRequest,
  MODEL_FAULTS,
  type ModelPort,
} from "../../../transports/llm/model-port.ts";
import fc from "../../support/fc.ts";

export interface ModelUnderTest {
  readonly model: ModelPort;
  readonly spoil?: (fault: MockFault) => void;
  /** Requests that reached the server. */
  readonly requests?: () => number;
  close(): Promise<void>;
}

export interface ModelTraits {
  /** Whether it understands what it is asked, as the scripted model does; random weights do not. */
  readonly understands: boolean;
  /** Whether a server of ours stands behind it, which can be told to fail. */
  readonly isServed: boolean;
  readonly skip?: string | false;
}

const SECRET = "sk-test-0123456789abcdef";

export { SECRET as TEST_KEY };

const TOOLS: ChatRequest["tools"] = [
  {
    name: "create_task",
    description: "Asks people for help.",
    parameters: {
      type: "object",
      properties: { title: { type: "string" }, bounty: { type: "integer" } },
      required: ["title"],
    },
  },
  {
    name: "get_active_tasks",
    description: "Lists open tasks.",
    parameters: { type: "object", properties: {} },
  },
];

export const HOT: ChatRequest = {
  messages: [
    { role: "system", content: "You are the brain." },
    { role: "user", content: "## Events\n- [main] high_temperature: It is 30.5 °C. (0mi4-main)" },
  ],
  tools: TOOLS,
  temperature: 0.3,
  tokensMax: 64,
  seed: 7,
};

const FAULTS = [
  [{ kind: 429, times: 1, retryAfterS: 2 }, "rateLimited"],
  [{ kind: 500, times: 1 }, "serverError"],
  [{ kind: 503, times: 1 }, "serverError"],
  [{ kind: 401, times: 1 }, "unauthorized"],
  [{ kind: 403, times: 1 }, "unauthorized"],
  [{ kind: 404, times: 1 }, "badRequest"],
  [{ kind: "contextTooLong", times: 1 }, "contextTooLong"],
  [{ kind: "badJson", times: 1 }, "badAnswer"],
  [{ kind: "badEvents", times: 1 }, "badAnswer"],
  [{ kind: "noChoices", times: 1 }, "badAnswer"],
  [{ kind: "cut", times: 1 }, "unreachable"],
  [{ kind: "short", times: 1 }, "serverError"],
  [{ kind: "brokenStream", times: 1 }, "serverError"],
] as const;

export function describeModel(
  name: string,
  start: () => Promise<ModelUnderTest>,
  { understands, isServed, skip = false }: ModelTraits,
): void {
  const check = (sentence: string, body: (it: ModelUnderTest) => Promise<void>): void => {
    test(`${name} ${sentence}`, { skip }, async () => {
      const it = await start();
      try {
        await body(it);
      } finally {
        await it.model.close();
        await it.close();
      }
    });
  };
  const whenSpoiled = (
    sentence: string,
    body: (it: Required<ModelUnderTest>) => Promise<void>,
  ): void =>
    check(sentence, async (it) => {
      const { spoil, requests } = it;
      assert.ok(spoil !== undefined && requests !== undefined, "a served model comes with both");
      await body({ ...it, spoil, requests });
    });

  check("answers with text or calls, and says how many tokens that took", async ({ model }) => {
    const answer = await model.chat(HOT);
    assert.ok(answer.ok, answer.ok ? "" : answer.error.message);
    const { usage, toolCalls, stop } = answer.value;
    assert.ok(usage.promptTokens > 0 && usage.completionTokens > 0 && usage.cost === 0);
    if (understands) {
      assert.equal(stop, "toolCalls");
      assert.deepEqual(
        toolCalls.map((call) => [call.name, JSON.parse(call.argumentsText)]),
        [["get_active_tasks", {}]],
      );
    }
    assert.ok(toolCalls.every((call) => TOOLS.some((tool) => tool.name === call.name)));
  });

  check(
    "takes a cycle's later rounds: calls, their results, a malformed call of its own",
    async ({ model }) => {
      const messages: ChatRequest["messages"][number][] = [...HOT.messages];
      const closings: string[] = [];
      for (let round = 0; round < 3; round++) {
        const answer = await model.chat({ ...HOT, messages });
        assert.ok(answer.ok, answer.ok ? "" : answer.error.message);
        const { content, toolCalls } = answer.value;
        if (toolCalls.length === 0) closings.push(content);
        messages.push({ role: "assistant", content, toolCalls });
        for (const call of toolCalls) {
          messages.push({ role: "tool", toolCallId: call.id, content: "none" });
        }
        if (toolCalls.length === 0) break;
      }
      if (understands) assert.match(closings[0] ?? "", /keep watching/);
      const malformed = await model.chat({
        ...HOT,
        messages: [
          ...HOT.messages,
          {
            role: "assistant",
            content: "",
            toolCalls: [
              { id: "call of:another", name: "create_task", argumentsText: '{"title": "x' },
            ],
          },
          { role: "tool", toolCallId: "call of:another", content: "error: no JSON" },
        ],
      });
      assert.ok(malformed.ok, malformed.ok ? "" : malformed.error.message);
    },
  );

  check("writes a text where no tools are given, and streams it as it comes", async ({ model }) => {
    const deltas: string[] = [];
    let alive = 0;
    const answer = await model.chat(
      {
        messages: [{ role: "user", content: "Announce this task.\nTitle: Cool the room down" }],
        tools: [],
        temperature: 0.8,
        tokensMax: 16,
      },
      { onDelta: (text) => deltas.push(text), onAlive: () => alive++ },
    );
    assert.ok(answer.ok, answer.ok ? "" : answer.error.message);
    assert.deepEqual(answer.value.toolCalls, []);
    assert.equal(deltas.join(""), answer.value.content);
    if (understands) assert.match(answer.value.content, /Cool the room down/);
  });

  check("gives the same answer to the same words and seed", async ({ model }) => {
    const first = await model.chat({ ...HOT, temperature: 0 });
    const second = await model.chat({ ...HOT, temperature: 0 });
    assert.ok(first.ok && second.ok);
    assert.equal(second.value.content, first.value.content);
    assert.deepEqual(second.value.toolCalls, first.value.toolCalls);
  });

  check("ends early when told so before it began", async ({ model }) => {
    const answer = await model.chat(HOT, { signal: AbortSignal.abort() });
    assert.ok(!answer.ok);
    assert.equal(answer.error.code, "aborted");
  });

  check("says that it would answer", async ({ model }) => {
    assert.deepEqual(await model.check(new AbortController().signal), {
      ok: true,
      value: undefined,
    });
  });

  check("never throws, whatever texts it is given", async ({ model }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 60, unit: "binary" }), { minLength: 1, maxLength: 4 }),
        async (texts) => {
          const answer = await model.chat({
            ...HOT,
            messages: texts.map((content) => ({ role: "user", content })),
            tokensMax: 4,
          });
          if (!answer.ok) assert.ok(MODEL_FAULTS.includes(answer.error.code));
        },
      ),
      { numRuns: understands ? 30 : 5 },
    );
  });

  // Where nothing stands between us and the model, there is nothing to go wrong.
  if (!isServed) return;

  for (const [fault, code] of FAULTS) {
    whenSpoiled(
      `tells ${fault.kind} as ${code}, without the key`,
      async ({ model, spoil, requests }) => {
        spoil(fault);
        const answer = await model.chat(HOT);
        assert.ok(!answer.ok, "it was spoiled");
        assert.equal(answer.error.code, code, answer.error.message);
        assert.equal(answer.error.retryAfterMs, "retryAfterS" in fault ? 2_000 : undefined);
        assert.ok(!JSON.stringify(answer).includes(SECRET));
        assert.equal(requests(), 1, "one call of a driver is one request");
        assert.ok((await model.chat(HOT)).ok, "the next call is well again");
      },
    );
  }

  whenSpoiled("passes arguments that are no JSON on as they are", async ({ model, spoil }) => {
    spoil({ kind: "badArguments", times: 1 });
    const answer = await model.chat(HOT);
    assert.ok(answer.ok);
    assert.equal(answer.value.toolCalls[0]?.argumentsText, '{"title": "cut sh');
  });

  whenSpoiled("calls no tool in a filtered answer", async ({ model, spoil }) => {
    spoil({ kind: "filter", times: 1 });
    const answer = await model.chat(HOT);
    assert.ok(answer.ok);
    assert.equal(answer.value.stop, "filter");
    assert.deepEqual(answer.value.toolCalls, []);
  });

  for (const kind of ["hang", "stall"] as const) {
    whenSpoiled(`ends early on a server that will ${kind}`, async ({ model, spoil }) => {
      spoil({ kind, times: 1 });
      const abort = new AbortController();
      const chat = model.chat(HOT, {
        signal: abort.signal,
        // A stall has begun to answer, a hang has not.
        onAlive: () => abort.abort(),
      });
      if (kind === "hang") setImmediate(() => abort.abort());
      const answer = await chat;
      assert.ok(!answer.ok);
      assert.equal(answer.error.code, "aborted");
    });
  }
}
