import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../runtime/random.ts";
import type { Result } from "../../../runtime/result.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import type { ModelHealth } from "../../../transports/http/office/agent-contract.ts";
import { fallback } from "../../../transports/llm/fallback.ts";
import type {
  ChatAnswer,
  ChatOptions,
  ChatRequest,
  ModelFault,
  ModelPort,
  Taken,
} from "../../../transports/llm/model-port.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import { CALLS_WAITING_MAX, Gate } from "../../../transports/llm/tended/gate.ts";
import { MODEL_CARE, type ModelCare } from "../../../transports/llm/tended/model-care.ts";
import { tendModel } from "../../../transports/llm/tended.ts";

const REQUEST: ChatRequest = { messages: [], tools: [], temperature: 0, tokensMax: 1 };
const ANSWER: ChatAnswer = {
  model: "fake",
  content: "hello",
  toolCalls: [],
  stop: "stop",
  usage: { promptTokens: 1_000, completionTokens: 100, isExact: true, cost: 0 },
};
type Step =
  | ModelFault["code"]
  | "ok"
  /** Says nothing at all, and does not heed the signal. */
  | "hang"
  /** Shows life once, then no more. */
  | "stall"
  | { readonly code: ModelFault["code"]; readonly retryAfterMs: number };

/** A driver whose calls end as `steps` say, in their order; the last step goes on for ever. */
function fake(name: string, steps: Step[], clock: VirtualClock) {
  const calledAtMs: number[] = [];
  const driver: ModelPort = {
    name,
    async chat(_request, options: ChatOptions = {}): Promise<Result<ChatAnswer, ModelFault>> {
      calledAtMs.push(clock.monotonicMs());
      const step = (steps.length > 1 ? steps.shift() : steps[0]) ?? "ok";
      if (step === "ok") {
        options.onDelta?.("hello");
        return { ok: true, value: { ...ANSWER, model: name } };
      }
      if (step === "stall") options.onAlive?.();
      if (step === "hang" || step === "stall") return new Promise(() => {});
      options.onDelta?.("he");
      const fault = typeof step === "string" ? { code: step } : step;
      return { ok: false, error: { ...fault, message: `${name} ${fault.code}` } };
    },
    check: async () => ({ ok: true, value: undefined }),
    close: async () => {},
  };
  return { driver, calledAtMs };
}

function tended(steps: Step[], care: Partial<ModelCare> = {}, name = "fake") {
  const clock = new VirtualClock();
  const { driver, calledAtMs } = fake(name, steps, clock);
  const health: ModelHealth[] = [];
  const model = tendModel(driver, {
    care: { ...MODEL_CARE, ...care },
    clock,
    random: seededRandom(1),
    onHealth: (it) => health.push(it),
  });
  return { model, clock, calledAtMs, health };
}

const pass = (clock: VirtualClock, ms: number): void => clock.goTo(clock.monotonicMs() + ms);

/** Lets promises and the clock run until the promise has settled; returns it and when. */
async function settled<T>(promise: Promise<T>, clock: VirtualClock, withinMs = 600_000) {
  let value: { readonly it: T } | undefined;
  void promise.then((it) => {
    value = { it };
  });
  const endMs = clock.monotonicMs() + withinMs;
  while (value === undefined && clock.monotonicMs() <= endMs) {
    await new Promise((done) => setImmediate(done));
    if (value === undefined) pass(clock, 50);
  }
  assert.ok(value !== undefined, "it never ended");
  return { result: value.it, atMs: clock.monotonicMs() };
}

const codeOf = (result: Result<unknown, ModelFault>): string =>
  result.ok ? "ok" : result.error.code;

const { timeouts } = MODEL_CARE;
for (const [what, steps, care, code, atMs] of [
  ["that never says a byte", ["hang"], {}, "timeout", timeouts.firstByteMs],
  ["that falls silent", ["stall"], {}, "timeout", timeouts.idleMs],
  [
    "that is slower than the total",
    ["hang"],
    { timeouts: { ...timeouts, firstByteMs: 500_000 } },
    "timeout",
    timeouts.totalMs,
  ],
] as const) {
  test(`tendModel() answers for a driver ${what}, also one that does not heed the signal`, async () => {
    const { model, clock, calledAtMs } = tended([...steps], care);
    const startMs = clock.monotonicMs();
    const end = await settled(model.chat(REQUEST), clock);
    assert.equal(codeOf(end.result), code);
    const tookMs = end.atMs - startMs;
    assert.ok(tookMs >= atMs && tookMs <= atMs + 200, `${tookMs} ms`);
    assert.equal(calledAtMs.length, 1, "what took that long is not asked again");
  });
}

for (const [steps, calls, code] of [
  [["rateLimited", "ok"], 2, "ok"],
  [["serverError", "unreachable", "ok"], 3, "ok"],
  [["serverError"], 3, "serverError"],
  [["badRequest"], 1, "badRequest"],
  [["contextTooLong"], 1, "contextTooLong"],
  [["unauthorized"], 1, "unauthorized"],
  [["badAnswer"], 1, "badAnswer"],
] as const) {
  test(`tendModel() makes ${calls} attempts of ${steps.join(", ")}`, async () => {
    const { model, clock, calledAtMs, health } = tended([...steps]);
    let restarts = 0;
    const { result } = await settled(model.chat(REQUEST, { onRestart: () => restarts++ }), clock);
    assert.equal(codeOf(result), code);
    assert.equal(calledAtMs.length, calls);
    assert.equal(restarts, calls - 1);
    assert.equal(health.at(-1)?.requests, calls);
    const waits = calledAtMs.slice(1).map((at, index) => at - (calledAtMs[index] ?? 0));
    waits.forEach((ms, index) => {
      const most = 500 * 2 ** index;
      assert.ok(ms >= most / 2 && ms <= most + 100, `wait ${index} of ${ms} ms`);
    });
  });
}

test("tendModel() waits as long as the server asks, and not at all for one that asks for too much", async () => {
  const patient = tended([{ code: "rateLimited", retryAfterMs: 5_000 }, "ok"]);
  assert.equal(codeOf((await settled(patient.model.chat(REQUEST), patient.clock)).result), "ok");
  const [first = 0, second = 0] = patient.calledAtMs;
  assert.ok(second - first >= 5_000 && second - first <= 5_500);

  const busy = tended([{ code: "rateLimited", retryAfterMs: 60_000 }, "ok"]);
  const { result } = await settled(busy.model.chat(REQUEST), busy.clock);
  assert.equal(codeOf(result), "rateLimited");
  assert.equal(busy.calledAtMs.length, 1);
  // It is left alone for the time that it asked for.
  assert.equal(codeOf(await busy.model.chat(REQUEST)), "unreachable");
  assert.equal(busy.calledAtMs.length, 1);
  pass(busy.clock, 60_000);
  assert.equal(codeOf(await busy.model.chat(REQUEST)), "ok");
});

test("tendModel() ends at once on the caller's signal, also while it waits to try again", async () => {
  const { model, clock, calledAtMs } = tended(["serverError"]);
  const abort = new AbortController();
  const chat = model.chat(REQUEST, { signal: abort.signal });
  await new Promise((done) => setImmediate(done));
  abort.abort();
  assert.equal(codeOf((await settled(chat, clock, 0)).result), "aborted");
  assert.equal(calledAtMs.length, 1);
});

test("tendModel() leaves a model that failed twice alone, tries it once after the cool-down, each time longer", async () => {
  const { model, clock, calledAtMs, health } = tended(["ok", "badAnswer"]);
  await model.chat(REQUEST);
  calledAtMs.length = 0;
  const states: (string | undefined)[] = [];
  const chat = async (): Promise<void> => {
    await model.chat(REQUEST);
    states.push(health.at(-1)?.state);
  };
  await chat();
  await chat();
  assert.deepEqual(states, ["degraded", "down"]);
  await chat();
  assert.equal(calledAtMs.length, 2, "left alone");
  pass(clock, 30_000);
  await Promise.all([chat(), chat(), chat()]);
  assert.equal(calledAtMs.length, 3, "one trial, whoever else comes");
  pass(clock, 30_000);
  await chat();
  assert.equal(calledAtMs.length, 3, "twice as long now");
  pass(clock, 30_000);
  await chat();
  assert.equal(calledAtMs.length, 4);
  for (let round = 0; round < 20; round++) {
    pass(clock, 600_000);
    await chat();
  }
  assert.equal(calledAtMs.length, 24, "never longer than ten minutes");
});

test("tendModel() says down of a model that has failed and never answered, and well of one that does", async () => {
  const { model, clock, health } = tended(["badAnswer", "ok", "badAnswer"]);
  const states: (string | undefined)[] = [model.health().state];
  for (let call = 0; call < 3; call++) {
    await settled(model.chat(REQUEST), clock);
    states.push(health.at(-1)?.state);
  }
  assert.deepEqual(states, ["unknown", "down", "ok", "degraded"]);
});

test("tendModel() holds a request's own faults against nobody", async () => {
  const { model, calledAtMs, health } = tended(["badRequest"]);
  for (let round = 0; round < 5; round++) await model.chat(REQUEST);
  assert.equal(calledAtMs.length, 5);
  assert.equal(health.at(-1)?.state, "ok");
  assert.equal(health.at(-1)?.faults, 5);
});

test("tendModel() lets so many calls in, so many wait, and refuses the rest at once", async () => {
  const { model, clock, calledAtMs } = tended(["hang"], { concurrentMax: 2 });
  const chats = Array.from({ length: 2 + CALLS_WAITING_MAX + 3 }, () => model.chat(REQUEST));
  const codes = Promise.all(chats).then((results) => results.map(codeOf));
  await new Promise((done) => setImmediate(done));
  assert.equal(calledAtMs.length, 2);
  const { result, atMs } = await settled(codes, clock);
  // Two more got in when the first two were given up.
  assert.equal(result.filter((code) => code === "timeout").length, 4);
  assert.equal(result.filter((code) => code === "busy").length, 3 + CALLS_WAITING_MAX - 2);
  assert.ok(atMs <= timeouts.totalMs + 200, "no call is later than its total, waiting included");
});

test("Gate hands a place on to who waits longest, and to nobody else", async () => {
  const gate = new Gate(1);
  const { signal } = new AbortController();
  const order: string[] = [];
  const enter = (name: string) => gate.enter(signal).then(() => order.push(name));
  await enter("a");
  void enter("b");
  void enter("c");
  gate.leave();
  void enter("d");
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(order, ["a", "b"]);
  gate.leave();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(order, ["a", "b", "c"]);
});

test("tendModel() adds up tokens, and dollars by the settings' prices", async () => {
  const { model, health } = tended(["ok"], { price: { prompt: 2, completion: 10 } });
  for (let call = 0; call < 3; call++) {
    const answer = await model.chat(REQUEST);
    assert.ok(answer.ok);
    assert.equal(answer.value.usage.cost, 0.003);
  }
  const last = health.at(-1);
  assert.equal(last?.promptTokens, 3_000);
  assert.equal(last?.completionTokens, 300);
  assert.ok(Math.abs((last?.cost ?? 0) - 0.009) < 1e-12);
  assert.equal(last?.p50Ms, 0);
});

test("fallback() takes the first that answers, says which, and voids what the others began to say", async () => {
  const clock = new VirtualClock();
  const first = fake("first", ["badAnswer", "ok"], clock);
  const second = fake("second", ["ok"], clock);
  const both = fallback([first.driver, second.driver]);
  const shown: string[] = [];
  const options: ChatOptions = {
    onDelta: (text) => shown.push(text),
    onRestart: () => shown.push("|"),
  };
  const one = await both.chat(REQUEST, options);
  assert.ok(one.ok);
  assert.equal(one.value.model, "second");
  assert.deepEqual(shown, ["he", "|", "hello"]);
  const two = await both.chat(REQUEST, options);
  assert.ok(two.ok);
  assert.equal(two.value.model, "first");
});

test("fallback() tells the first model's fault and every sentence, and asks nobody after an abort", async () => {
  const clock = new VirtualClock();
  const limited = fake("a", [{ code: "rateLimited", retryAfterMs: 9_000 }], clock);
  const down = fake("b", ["unreachable"], clock);
  const none = await fallback([limited.driver, down.driver]).chat(REQUEST);
  assert.deepEqual(none, {
    ok: false,
    error: { code: "rateLimited", message: "a rateLimited b unreachable", retryAfterMs: 9_000 },
  });
  const aborted = fake("c", ["aborted"], clock);
  const unasked = fake("d", ["ok"], clock);
  assert.equal(codeOf(await fallback([aborted.driver, unasked.driver]).chat(REQUEST)), "aborted");
  assert.equal(unasked.calledAtMs.length, 0);
});

test("tendModel() tells what each attempt took, also of an answer that broke off, and nothing of a refusal or of rules", async () => {
  const taken: Taken[] = [];
  const options: ChatOptions = { onTaken: (it) => taken.push(it) };
  const price = { prompt: 1_000, completion: 0 };
  const request = { ...REQUEST, messages: [{ role: "user" as const, content: "x".repeat(3_984) }] };
  const { model, clock, health } = tended(["stall", "rateLimited", "ok"], { price });
  const first = await settled(model.chat(request, options), clock);
  assert.equal(codeOf(first.result), "timeout");
  assert.deepEqual(taken.splice(0), [
    { model: "fake", promptTokens: 1_000, completionTokens: 0, cost: 1 },
  ]);
  assert.equal(health.at(-1)?.promptTokens, 1_000);
  assert.equal(health.at(-1)?.cost, 1);

  const second = await settled(model.chat(request, options), clock);
  assert.equal(codeOf(second.result), "ok");
  assert.deepEqual(taken.splice(0), [
    { model: "fake", promptTokens: 1_000, completionTokens: 100, cost: 1 },
  ]);

  const rules = tendModel(scripted(), { care: MODEL_CARE, clock, random: seededRandom(1) });
  assert.ok((await rules.chat(request, options)).ok);
  assert.deepEqual(taken, []);
});
