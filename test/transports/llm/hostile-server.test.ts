/** Servers that answer by the letter of HTTP and no more: torn, odd, endless, lying, indiscreet. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { seededRandom } from "../../../runtime/random.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import { anthropicModel } from "../../../transports/llm/anthropic.ts";
import type { ChatAnswer, ModelFault, ModelPort } from "../../../transports/llm/model-port.ts";
import { openAiModel } from "../../../transports/llm/openai.ts";
import { MODEL_CARE } from "../../../transports/llm/tended/model-care.ts";
import { tendModel } from "../../../transports/llm/tended.ts";
import { TOOL_CALLS_MAX } from "../../../transports/llm/wire/answer-builder.ts";
import { ANSWER_BYTES_MAX } from "../../../transports/llm/wire/watched-fetch.ts";
import { until } from "../../support/until.ts";
import { HOT, TEST_KEY } from "./model-compliance.ts";

type Reply = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

const WIRES = {
  openai: (url: string): ModelPort =>
    openAiModel({ preset: "compatible", model: "m", baseUrl: `${url}/v1`, key: TEST_KEY }),
  anthropic: (url: string): ModelPort =>
    anthropicModel({ model: "m", baseUrl: url, key: TEST_KEY }),
} as const;
type WireName = keyof typeof WIRES;
const NAMES = Object.keys(WIRES) as WireName[];

async function withServer<T>(reply: Reply, body: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => void reply(response, request));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const chat = (wire: WireName, reply: Reply) =>
  withServer(reply, (url) => WIRES[wire](url).chat(HOT));

async function answerOf(wire: WireName, reply: Reply): Promise<ChatAnswer> {
  const result = await chat(wire, reply);
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

async function faultOf(wire: WireName, reply: Reply): Promise<ModelFault> {
  const result = await chat(wire, reply);
  assert.ok(!result.ok, "it was to fail");
  assert.ok(!JSON.stringify(result).includes(TEST_KEY), result.error.message);
  return result.error;
}

const STREAM = { "content-type": "text/event-stream" };
const TEXT = "気温は30.5 °C です 👋";
const ARGUMENTS = '{"text":"暑い"}';

/** RFC 9110 §5.6.7, the oldest of three forms: no zone, always GMT. */
function asctime(atMs: number): string {
  const [, day = "", date = "", month = "", year = "", time = ""] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(atMs).toUTCString()) ?? [];
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`;
}

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const choice = (delta: unknown, finish_reason: string | null = null) =>
  event({ choices: [{ index: 0, delta, finish_reason }] });
const calls = (...tool_calls: unknown[]) => choice({ tool_calls });
const named = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\n${event(data)}`;
const START = named({ type: "message_start", message: { usage: { input_tokens: 9 } } });
const END = named({
  type: "message_delta",
  delta: { stop_reason: "end_turn" },
  usage: { output_tokens: 5 },
});

/** The same answer in each wire's words: a text in two pieces, a call in three. */
const WHOLE: Readonly<Record<WireName, readonly string[]>> = {
  openai: [
    choice({ role: "assistant", content: "" }),
    choice({ content: TEXT.slice(0, 5) }),
    choice({ content: TEXT.slice(5) }),
    calls({ index: 0, id: "a", function: { name: "speak", arguments: "" } }),
    calls({ index: 0, function: { arguments: ARGUMENTS.slice(0, 9) } }),
    calls({ index: 0, function: { arguments: ARGUMENTS.slice(9) } }),
    choice({}, "tool_calls"),
    event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } }),
    "data: [DONE]\n\n",
  ],
  anthropic: [
    START,
    named({ type: "ping" }),
    named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ...[TEXT.slice(0, 5), TEXT.slice(5)].map((text) =>
      named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    ),
    named({
      ...{ type: "content_block_start", index: 1 },
      content_block: { type: "tool_use", id: "a", name: "speak", input: {} },
    }),
    ...[ARGUMENTS.slice(0, 9), ARGUMENTS.slice(9)].map((partial_json) =>
      named({
        ...{ type: "content_block_delta", index: 1 },
        delta: { type: "input_json_delta", partial_json },
      }),
    ),
    END,
    named({ type: "message_stop" }),
  ],
};

const sent =
  (...chunks: readonly (string | Uint8Array)[]): Reply =>
  (response) => {
    response.writeHead(200, STREAM);
    for (const chunk of chunks) response.write(chunk);
    response.end();
  };

for (const wire of NAMES) {
  const bytes = Buffer.from(WHOLE[wire].join(""));
  for (const [how, reply] of [
    [
      "one byte at a time",
      async (response) => {
        response.writeHead(200, STREAM);
        for (const byte of bytes) {
          response.write(Uint8Array.of(byte));
          await new Promise((done) => setImmediate(done));
        }
        response.end();
      },
    ],
    ["with CR LF", sent(bytes.toString().replaceAll("\n", "\r\n"))],
    ["with comments between", sent(...WHOLE[wire].flatMap((it) => [": alive\n\n", it]))],
    ["without the blank after data:", sent(bytes.toString().replaceAll("data: ", "data:"))],
    ["with a mark of byte order", sent(Uint8Array.of(0xef, 0xbb, 0xbf), ": hello\n\n", bytes)],
    [
      "as a stream with a charset",
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).end(bytes);
      },
    ],
  ] as readonly (readonly [string, Reply])[]) {
    test(`${wire}: a stream ${how} is the same answer`, async () => {
      const answer = await answerOf(wire, reply);
      assert.equal(answer.content, TEXT);
      assert.deepEqual(answer.toolCalls, [{ id: "a", name: "speak", argumentsText: ARGUMENTS }]);
      assert.deepEqual(answer.usage, {
        ...{ promptTokens: 9, completionTokens: 5, isExact: true, cost: 0 },
      });
    });
  }

  test(`${wire}: bytes that are no UTF-8 are a text with replaced characters, not an exception`, async () => {
    const at = bytes.indexOf("°C");
    const spoiled = Buffer.from(bytes);
    spoiled[at] = 0xff;
    const answer = await answerOf(wire, sent(spoiled));
    assert.match(answer.content, /30\.5 \ufffd+C/);
  });

  test(`${wire}: a stream that is cut at any event is a fault, never half an answer`, async () => {
    const last = WHOLE[wire].findIndex((it) => /finish_reason":"|stop_reason/.test(it));
    for (let events = 0; events <= last; events++) {
      const part = WHOLE[wire].slice(0, events);
      const short = await faultOf(wire, sent(...part));
      assert.match(short.code, /serverError|badAnswer/, `${events} events: ${short.message}`);
      const reset = await faultOf(wire, (response) => {
        response.writeHead(200, STREAM);
        response.write(part.join("") || ": hello\n\n", () => response.socket?.resetAndDestroy());
      });
      assert.equal(reset.code, "unreachable", reset.message);
    }
  });

  for (const [what, code, reply] of [
    ["an answer in one line of 5 MB", "badAnswer", sent(`data: ${"x".repeat(ANSWER_BYTES_MAX)}`)],
    [
      "an endless stream of comments",
      "badAnswer",
      (response) => {
        response.writeHead(200, STREAM);
        const comment = `: ${"x".repeat(65_536)}\n\n`;
        const write = (): void => {
          while (!response.destroyed && response.write(comment));
        };
        response.on("drain", write);
        write();
      },
    ],
    [
      "a page of HTML with status 200",
      "badAnswer",
      (response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>");
      },
    ],
    [
      "an empty answer with status 200",
      "badAnswer",
      (response) => {
        response.writeHead(200, { "content-type": "application/json" }).end();
      },
    ],
    [
      "status 204",
      "badAnswer",
      (response) => {
        response.writeHead(204).end();
      },
    ],
    [
      "a connection closed before a byte",
      "unreachable",
      (response) => {
        response.socket?.destroy();
      },
    ],
    [
      "no HTTP at all",
      "unreachable",
      (response) => {
        response.socket?.end("SSH-2.0-OpenSSH_9.2\r\n");
      },
    ],
    [
      "a body shorter than it says",
      "unreachable",
      (response) => {
        response.writeHead(200, { ...STREAM, "content-length": "99999" });
        response.write(WHOLE[wire][0], () => response.socket?.destroy());
      },
    ],
    [
      "a compressed body that is none",
      "unreachable",
      (response) => {
        response.writeHead(200, { ...STREAM, "content-encoding": "gzip" }).end("not gzip");
      },
    ],
  ] as readonly (readonly [string, ModelFault["code"], Reply])[]) {
    test(`${wire}: ${what} is told as ${code}`, async () => {
      const fault = await faultOf(wire, reply);
      assert.equal(fault.code, code, fault.message);
    });
  }

  for (const [status, code, headers = {}] of [
    [301, "badAnswer", { location: "https://elsewhere.example/v1" }],
    [302, "badAnswer", { location: "/login" }],
    [307, "badAnswer", { location: "https://elsewhere.example/v1" }],
    [308, "badAnswer", { location: `https://${TEST_KEY}@elsewhere.example/` }],
    [304, "badAnswer"],
    [400, "badRequest"],
    [401, "unauthorized"],
    [402, "unauthorized"],
    [403, "unauthorized"],
    [404, "badRequest"],
    [408, "serverError"],
    [409, "serverError"],
    [413, "contextTooLong"],
    [422, "badRequest"],
    [429, "rateLimited", { "retry-after": "7" }],
    [500, "serverError"],
    [502, "serverError"],
    [503, "serverError", { "retry-after": "7" }],
    [529, "serverError"],
    [599, "serverError"],
  ] as readonly (readonly [number, ModelFault["code"], Record<string, string>?])[]) {
    test(`${wire}: status ${status} is told as ${code}, and the key that the server repeats is not`, async () => {
      let requests = 0;
      const fault = await faultOf(wire, (response, request) => {
        requests++;
        const echo = `refused ${request.headers["authorization"] ?? request.headers["x-api-key"]}`;
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify({ error: { type: "odd", message: echo } }));
      });
      assert.equal(fault.code, code, fault.message);
      assert.equal(requests, 1, "nobody follows a redirect with a key");
      assert.equal(fault.retryAfterMs, headers["retry-after"] && 7_000);
      assert.match(fault.message, new RegExp(`the server answered ${status}`));
      if (headers["location"]?.startsWith("https://elsewhere.example/v1")) {
        assert.match(fault.message, /elsewhere\.example\/v1; baseUrl is to say so/);
      }
    });
  }

  for (const [header, value, atLeastMs, atMostMs] of [
    ["retry-after", "3", 3_000, 3_000],
    ["retry-after", "0.5", 500, 500],
    ["retry-after-ms", "1250", 1_250, 1_250],
    // A date has no parts of a second, and the way here takes its time.
    ["retry-after", () => new Date(Date.now() + 3_600_000).toUTCString(), 3_300_000, 3_600_000],
    ["retry-after", () => new Date(Date.now() - 30_000).toUTCString(), 0, 0],
    ["retry-after", "soon", undefined, undefined],
    ["retry-after", "-5", 0, 0],
    ["retry-after", "99999999999", 99_999_999_999_000, 99_999_999_999_000],
    ["retry-after", "1e400", undefined, undefined],
    ["retry-after", "2026-11-21", undefined, undefined],
    ["retry-after", "wait until line 5", undefined, undefined],
    ["retry-after", () => asctime(Date.now() + 3_600_000), 3_300_000, 3_600_000],
    ["retry-after-ms", "1e308", undefined, undefined],
  ] as readonly (readonly [string, string | (() => string), number?, number?])[]) {
    const shown = typeof value === "string" ? value : "a date";
    test(`${wire}: ${header}: ${shown} is ${atLeastMs ?? "no"} ms at least`, async () => {
      const { retryAfterMs } = await faultOf(wire, (response) => {
        response.writeHead(429, { [header]: typeof value === "string" ? value : value() }).end();
      });
      if (atLeastMs === undefined || atMostMs === undefined) {
        assert.equal(retryAfterMs, undefined);
      } else {
        assert.ok(retryAfterMs !== undefined);
        assert.ok(retryAfterMs >= atLeastMs && retryAfterMs <= atMostMs, `${retryAfterMs}`);
      }
    });
  }

  test(`${wire}: a server that takes its time is left at the first byte's bound, with its sentence in the health row`, async () => {
    let asked = 0;
    await withServer(
      () => {
        asked++;
      },
      async (url) => {
        const timeouts = { totalMs: 5_000, firstByteMs: 100, idleMs: 100 };
        const clock = new VirtualClock();
        const model = tendModel(WIRES[wire](url), {
          care: { ...MODEL_CARE, timeouts, retriesMax: 0 },
          clock,
          random: seededRandom(1),
        });
        const answer = model.chat(HOT);
        await until(() => asked === 1);
        clock.goTo(100);
        const result = await answer;
        assert.ok(!result.ok);
        assert.equal(result.error.code, "timeout");
        assert.match(model.health().lastFault ?? "", /no byte within 0\.1 s/);
        assert.equal(asked, 1);
      },
    );
  });
}

const LATIN = { name: "speak", arguments: '{"a":1}' };
for (const [what, events, expected] of [
  [
    "two calls at once, their pieces taking turns",
    [
      calls({ index: 0, id: "a", function: { name: "one", arguments: "" } }),
      calls({ index: 1, id: "b", function: { name: "two", arguments: "" } }),
      calls(
        { index: 0, function: { arguments: '{"a"' } },
        { index: 1, function: { arguments: "{" } },
      ),
      calls(
        { index: 1, function: { arguments: "}" } },
        { index: 0, function: { arguments: ":1}" } },
      ),
    ],
    [
      ["a", "one", '{"a":1}'],
      ["b", "two", "{}"],
    ],
  ],
  [
    "calls that all have the index 0, as Ollama numbers them",
    [calls({ index: 0, id: "a", function: LATIN }), calls({ index: 0, id: "b", function: LATIN })],
    [
      ["a", "speak", '{"a":1}'],
      ["b", "speak", '{"a":1}'],
    ],
  ],
  [
    "a call each piece of which has a new id",
    [
      calls({ index: 0, id: "a", function: { name: "speak", arguments: '{"a"' } }),
      calls({ index: 0, id: "b", function: { arguments: ":1}" } }),
    ],
    [["a", "speak", '{"a":1}']],
  ],
  [
    "calls without an index",
    [calls({ id: "a", function: LATIN }), calls({ id: "b", function: LATIN })],
    [
      ["a", "speak", '{"a":1}'],
      ["b", "speak", '{"a":1}'],
    ],
  ],
  [
    "a call without an id",
    [calls({ index: 0, function: LATIN })],
    [["call_1_speak", "speak", '{"a":1}']],
  ],
  [
    "arguments as an object, as null, and none at all",
    [
      calls({ index: 0, id: "a", function: { name: "one", arguments: { a: 1 } } }),
      calls({ index: 1, id: "b", function: { name: "two", arguments: null } }),
      calls({ index: 2, id: "c", function: { name: "three" } }),
    ],
    [
      ["a", "one", '{"a":1}'],
      ["b", "two", "{}"],
      ["c", "three", "{}"],
    ],
  ],
  [
    "arguments that are no JSON",
    [calls({ index: 0, id: "a", function: { name: "speak", arguments: "{'a':" } })],
    [["a", "speak", "{'a':"]],
  ],
  ["a call without a name", [calls({ index: 0, id: "a", function: { arguments: "{}" } })], []],
  [
    "more calls than any answer has",
    Array.from({ length: 100 }, (_, index) => calls({ index, id: `i${index}`, function: LATIN })),
    Array.from({ length: TOOL_CALLS_MAX }, (_, index) => [`i${index}`, "speak", '{"a":1}']),
  ],
] as const) {
  test(`openai: ${what}`, async () => {
    const { toolCalls, stop } = await answerOf("openai", sent(...events, choice({}, "tool_calls")));
    assert.deepEqual(
      toolCalls.map(({ id, name, argumentsText }) => [id, name, argumentsText]),
      expected,
    );
    assert.equal(stop, expected.length > 0 ? "toolCalls" : "stop");
  });
}

for (const [reason, stop] of [
  ["stop", "stop"],
  ["length", "length"],
  ["content_filter", "filter"],
  ["tool_calls", "stop"],
  ["function_call", "stop"],
  ["eos", "stop"],
] as const) {
  test(`openai: an answer in words that ended by "${reason}" is one that ended by ${stop}`, async () => {
    const answer = await answerOf("openai", sent(choice({ content: "words" }), choice({}, reason)));
    assert.equal(answer.stop, stop);
    assert.equal(answer.usage.isExact, false, "nobody counted");
  });
}

for (const told of [1.5, 1e300, -3, "9", Number.MAX_SAFE_INTEGER]) {
  test(`a count of tokens of ${told} is taken for none, so that a server cannot spend a day's ceiling with a word`, async () => {
    const usage = { prompt_tokens: told, completion_tokens: told, cost: 1e9 };
    const events = [choice({ content: TEXT }), choice({}, "stop"), event({ choices: [], usage })];
    const start = named({ type: "message_start", message: { usage: { input_tokens: told } } });
    const end = { type: "message_delta", delta: { stop_reason: "end_turn" } };
    for (const answer of [
      await answerOf("openai", sent(...events)),
      await answerOf("anthropic", sent(start, named({ ...end, usage: { output_tokens: told } }))),
    ]) {
      const { promptTokens, completionTokens, isExact, cost } = answer.usage;
      assert.ok(Number.isInteger(promptTokens) && promptTokens < 10_000, `${promptTokens}`);
      assert.ok(Number.isInteger(completionTokens) && completionTokens < 10_000);
      assert.deepEqual([isExact, cost], [false, 0]);
    }
  });
}

test("openai: what a model thinks aloud is not its answer", async () => {
  const answer = await answerOf(
    "openai",
    sent(
      choice({ reasoning_content: "hm" }),
      choice({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
      choice({ content: [{ type: "text", text: "wo" }] }),
      choice({ content: "rds" }, "stop"),
    ),
  );
  assert.equal(answer.content, "words");
});

const whole =
  (body: unknown): Reply =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
for (const [what, reply, code] of [
  ["no choices in a whole answer", whole({ choices: [] }), "badAnswer"],
  ["choices that are null", sent(event({ choices: null }), "data: [DONE]\n\n"), "badAnswer"],
  ["usage alone", sent(event({ choices: [], usage: { prompt_tokens: 1 } })), "badAnswer"],
  ["a list", whole([1, 2]), "badAnswer"],
  ["null", whole(null), "badAnswer"],
  [
    "an error with status 200, as OpenRouter has it",
    whole({ error: { code: 429, message: "slow down" } }),
    "rateLimited",
  ],
  [
    "an error within the stream",
    sent(choice({ content: "a" }), event({ error: { code: 502, message: `no ${TEST_KEY}` } })),
    "serverError",
  ],
  [
    "an account without money",
    (response) => {
      const error = { code: "insufficient_quota", message: "You exceeded your current quota." };
      response.writeHead(429).end(JSON.stringify({ error }));
    },
    "unauthorized",
  ],
] as readonly (readonly [string, Reply, ModelFault["code"]])[]) {
  test(`openai: ${what} is told as ${code}`, async () => {
    const fault = await faultOf("openai", reply);
    assert.equal(fault.code, code, fault.message);
  });
}

for (const [reason, stop] of [
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["pause_turn", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "filter"],
  ["a new one", "stop"],
] as const) {
  test(`anthropic: an answer that ended by "${reason}" is one that ended by ${stop}`, async () => {
    const delta = { stop_reason: reason };
    const answer = await answerOf(
      "anthropic",
      sent(START, named({ type: "message_delta", delta })),
    );
    assert.equal(answer.stop, stop);
  });
}

for (const [type, code] of [
  ["overloaded_error", "serverError"],
  ["api_error", "serverError"],
  ["rate_limit_error", "rateLimited"],
  ["authentication_error", "unauthorized"],
  ["permission_error", "unauthorized"],
  ["invalid_request_error", "badRequest"],
  ["request_too_large", "contextTooLong"],
] as const) {
  test(`anthropic: ${type} within the stream is told as ${code}`, async () => {
    const error = { type, message: `no ${TEST_KEY}` };
    const fault = await faultOf("anthropic", sent(START, named({ type: "error", error })));
    assert.equal(fault.code, code, fault.message);
  });
}

test("anthropic: blocks and events that are new are left aside", async () => {
  const answer = await answerOf(
    "anthropic",
    sent(
      START,
      named({ type: "content_block_start", index: 0, content_block: { type: "thinking" } }),
      named({
        ...{ type: "content_block_delta", index: 0 },
        delta: { type: "thinking_delta", thinking: "hm" },
      }),
      named({ type: "brand_new", anything: [1] }),
      named({
        type: "content_block_start",
        index: 1,
        content_block: { type: "text", text: "words" },
      }),
      END,
    ),
  );
  assert.equal(answer.content, "words");
});
