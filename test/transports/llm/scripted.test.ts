import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage, ChatRequest } from "../../../transports/llm/model-port.ts";
import { answerScripted } from "../../../transports/llm/scripted/answer.ts";
import { SCRIPTED_RULES } from "../../../transports/llm/scripted/rules.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import fc from "../../support/fc.ts";

const TOOLS = [
  "create_task",
  "send_device_command",
  "get_zone_status",
  "speak",
  "get_active_tasks",
];

const ask = (messages: readonly ChatMessage[], tools: readonly string[] = TOOLS): ChatRequest => ({
  messages,
  tools: tools.map((name) => ({ name, description: "", parameters: { type: "object" } })),
  temperature: 0.3,
  tokensMax: 1_024,
});

const HOT_EN = `## State
### main
- State: 1 person
- Temperature: 30.5 °C (hot)

## Events
- [main] high_temperature: Temperature in main is 30.5 °C, above the limit of 26 °C. (0mi4abc-main)

## Active tasks
- none

## Actions of the last 30 minutes
- none`;

/** Turns of a cycle, each call answered by `results`; texts and calls as they came. */
function cycle(
  prompt: string,
  results: Readonly<Record<string, string>> = {},
  system = "You are the brain.",
) {
  const messages: ChatMessage[] = [
    { role: "system", content: system },
    { role: "user", content: prompt },
  ];
  const calls: { name: string; args: Record<string, unknown> }[] = [];
  for (let round = 0; round < 5; round++) {
    const answer = answerScripted(ask(messages), 0);
    if (answer.toolCalls.length === 0) return { calls, closing: answer.content };
    messages.push({ role: "assistant", ...answer });
    for (const { id, name, argumentsText } of answer.toolCalls) {
      calls.push({ name, args: JSON.parse(argumentsText) });
      messages.push({ role: "tool", toolCallId: id, content: results[name] ?? '{"success":true}' });
    }
  }
  assert.fail("it does not come to an end");
}

test("scripted() looks at the open tasks first, then asks people to cool a hot room, then closes", () => {
  const { calls, closing } = cycle(HOT_EN);
  assert.deepEqual(
    calls.map((call) => call.name),
    ["get_active_tasks", "create_task"],
  );
  assert.deepEqual(calls[1]?.args, {
    title: "Cool the room down",
    description:
      "It is hotter than it should be. Please switch on the air conditioning or open a window.",
    bounty: 1_500,
    urgency: 3,
    zone: "main",
    task_types: "environment",
  });
  assert.match(closing, /keep watching/);
});

test("scripted() answers in Japanese where the constitution is Japanese", () => {
  const { calls, closing } = cycle(HOT_EN, {}, "あなたは自律型オフィス管理AI『Brain』です。");
  assert.equal(calls[1]?.args["title"], "室温を下げてください");
  assert.match(closing, /監視します/);
});

for (const [what, prompt, results] of [
  [
    "the prompt lists a task of the zone and type",
    HOT_EN.replace("- none", '- #17 [main] open environment,urgent "Open a window"'),
    {},
  ],
  [
    "get_active_tasks tells of it in lines",
    HOT_EN,
    { get_active_tasks: '- #17 [main] accepted environment "Open a window"' },
  ],
  [
    "get_active_tasks tells of it in JSON",
    HOT_EN,
    {
      get_active_tasks: JSON.stringify({
        success: true,
        result: { tasks: [{ id: 17, zone: "main", task_types: ["environment"] }] },
      }),
    },
  ],
  [
    "it was done within the last half hour",
    HOT_EN.replace(/- none$/, "- ✓ create_task [main] Cool the room down"),
    {},
  ],
] as const) {
  test(`scripted() does nothing more about a hot room when ${what}`, () => {
    const { calls, closing } = cycle(prompt, results);
    assert.ok(calls.every((call) => call.name === "get_active_tasks"));
    assert.match(closing, /already/);
  });
}

test("scripted() asks again for another zone, another type, and after a refusal", () => {
  for (const prompt of [
    HOT_EN.replace("- none", '- #17 [lab] open environment "Open a window"'),
    HOT_EN.replace("- none", '- #17 [main] open supply "Open a window"'),
    HOT_EN.replace(/- none$/, "- ✗ create_task [main] Cool the room down"),
  ]) {
    assert.equal(cycle(prompt).calls.length, 2);
  }
});

test("scripted() takes up what it is told in the midst of a cycle, below a result or as a turn of its own", () => {
  const news = HOT_EN.replaceAll("main", "lab");
  const first = answerScripted(ask([{ role: "user", content: HOT_EN }]), 0);
  const looked = (content: string): ChatMessage[] => [
    { role: "user", content: HOT_EN },
    { role: "assistant", ...first },
    { role: "tool", toolCallId: first.toolCalls[0]?.id ?? "", content },
  ];
  const zonesOf = (messages: readonly ChatMessage[]) =>
    answerScripted(ask(messages), 0).toolCalls.map(
      ({ argumentsText }) => JSON.parse(argumentsText).zone,
    );
  const below = looked(`{"success":true}\n\n${news}`);
  assert.deepEqual(zonesOf(below), ["lab"]);

  const acted = looked('{"success":true}');
  const second = answerScripted(ask(acted), 0);
  acted.push({ role: "assistant", ...second });
  const toolCallId = second.toolCalls[0]?.id ?? "";
  acted.push({ role: "tool", toolCallId, content: '{"success":true}' });
  const turn = { role: "user", content: news } as const;
  assert.deepEqual(zonesOf([...acted, { role: "assistant", content: ".", toolCalls: [] }, turn]), [
    "lab",
  ]);
  const again = { role: "user", content: HOT_EN } as const;
  assert.deepEqual(zonesOf([...acted, again]), [], "it has just asked for that");
});

test("scripted() says that it failed when the tool said so", () => {
  const { closing } = cycle(HOT_EN, { create_task: '{"success":false,"error":"taskRate"}' });
  assert.match(closing, /did not succeed/);
});

for (const [sentence, tool, key, value] of [
  ["気温: 33.5℃ (暑い)", "create_task", "bounty", 1_500],
  ["CO2: 1200ppm（換気が必要）", "create_task", "title", "換気をしてください"],
  ["コーヒー豆が空です", "create_task", "task_types", "supply"],
  ["湿度: 22% (乾燥)", "create_task", "bounty", 1_200],
  ["ずっと同じ姿勢の人がいます", "speak", "tone", "caring"],
  ["センサー異常: temperatureが急変(13.5変化)", "speak", "tone", "humorous"],
  ["入室がありました", "speak", "tone", "neutral"],
] as const) {
  test(`scripted() knows the seed's words: ${sentence}`, () => {
    const { calls } = cycle(sentence, {}, "");
    assert.equal(calls[1]?.name, tool);
    const wanted = key === "title" ? "Air the room" : value;
    assert.equal(calls[1]?.args[key], wanted, "the empty constitution is no Japanese one");
    const messages = [{ role: "user", content: sentence }] as const;
    const [call] = answerScripted(ask(messages, [tool]), 0).toolCalls;
    assert.equal(JSON.parse(call?.argumentsText ?? "{}")[key], value);
  });
}

test("scripted() makes at most two tasks and speaks once a cycle, however many zones are hot", () => {
  const zones = Array.from({ length: 200 }, (_, index) => `zone_${index}`);
  const lines = zones.flatMap((zone) => [
    `- [${zone}] high_temperature: It is hot. (a-${zone})`,
    `- [${zone}] person_entered: Someone entered ${zone}. (b-${zone})`,
  ]);
  const names = cycle(`## Events\n${lines.join("\n")}`).calls.map((call) => call.name);
  assert.deepEqual(names, ["get_active_tasks", "create_task", "create_task", "speak"]);
});

test("scripted() does nothing where all is well, and nothing for words in «…»", () => {
  for (const line of [
    "### main\n- Temperature: 22.5 °C (comfortable)\n- Humidity: 45 %",
    "### main\n- 気温: 22.5℃ (快適)",
    "- [main] task_report: «It is so hot, temperature above 35 °C» (x)",
    "- [main] device says «コーヒーが空です\n",
  ]) {
    const { calls, closing } = cycle(line);
    assert.equal(calls.length, 0, line);
    assert.match(closing, /normal range/);
  }
});

test("scripted() without tools speaks: an announcement of the task, and a hundred different rejections", () => {
  const say = (prompt: string, turn = 0) =>
    answerScripted(ask([{ role: "user", content: prompt }], []), turn).content;
  assert.equal(
    say("Announce this task.\nTitle: Cool the room down\nZone: main\nBounty: 1500\nUrgency: 3"),
    "As soon as you can: Cool the room down in main, please. It pays 1500 points.",
  );
  assert.equal(
    say("タスクのアナウンスを作ってください。\nタイトル: 窓を開ける\n報酬: 1500\n緊急度: 4"),
    "【緊急】「窓を開ける」をお願いします。報酬は1500ポイントです。",
  );
  for (const prompt of [
    "The person ignored the task. Reject.",
    "タスクが無視されました。一言ください",
  ]) {
    const texts = Array.from({ length: 100 }, (_, turn) => say(prompt, turn));
    assert.equal(new Set(texts).size, 100);
    assert.ok(texts.every((text) => text.length <= 60));
  }
});

test("scripted() streams what it answers, and counts about the tokens", async () => {
  const deltas: string[] = [];
  const answer = await scripted().chat(ask([{ role: "user", content: HOT_EN }]), {
    onDelta: (text) => deltas.push(text),
  });
  assert.ok(answer.ok);
  assert.equal(deltas.join(""), answer.value.content);
  assert.equal(answer.value.stop, "toolCalls");
  assert.ok(answer.value.usage.promptTokens > 50 && !answer.value.usage.isExact);
});

test("scripted() gives the same answer to the same words, whatever they are, and names only offered tools", () => {
  const words = fc.constantFrom(
    ...SCRIPTED_RULES.flatMap((rule) => rule.kinds.map((kind) => `- [main] ${kind}: x (id)`)),
    "### main",
    "- 気温: 33℃ (高)",
    '- #1 [main] open environment "x"',
    "- ✓ speak [main] hello",
    "«",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(words, fc.string())),
      fc.subarray(TOOLS, { minLength: 1 }),
      fc.integer(),
      (lines, tools, turn) => {
        const request = ask([{ role: "user", content: lines.join("\n") }], tools);
        const answer = answerScripted(request, turn);
        assert.deepEqual(answerScripted(request, turn), answer);
        assert.ok(answer.toolCalls.every((call) => tools.includes(call.name)));
      },
    ),
  );
});
