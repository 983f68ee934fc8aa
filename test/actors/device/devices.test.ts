import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnswer } from "../../../actors/device/messages.ts";
import { startDevices } from "./desk.ts";

const answered = (id: string, result: unknown): DeviceAnswer => ({
  ...{ type: "DeviceAnswered", id, result, made: [] },
});

test("a foreign device is asked in the seed's shape, by an id that the seed of the run decides", () => {
  const { call, broker, asked } = startDevices();
  call("esp32_01", "set_led_color", { r: 255, g: 0, b: 0 });
  const { topic, payload } = broker.published[0] ?? assert.fail();
  assert.equal(topic, "mcp/esp32_01/request/call_tool");
  const { id } = asked();
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(JSON.parse(payload), {
    jsonrpc: "2.0",
    id,
    method: "call_tool",
    params: { name: "set_led_color", arguments: { r: 255, g: 0, b: 0 } },
  });
  const again = startDevices();
  again.call("esp32_01", "set_led_color");
  assert.equal(again.asked().id, id, "the same seed");
  const other = startDevices({ seed: 2 });
  other.call("esp32_01", "set_led_color");
  assert.notEqual(other.asked().id, id);
});

/** What a device says, and what its asker hears. ID stands for the call's id on the bus. */
const ANSWERS: readonly (readonly [name: string, body: object | string, heard: object])[] = [
  [
    "the seed's content",
    { jsonrpc: "2.0", id: "ID", result: { content: [{ type: "text", text: "LED set to red" }] } },
    { result: { content: [{ type: "text", text: "LED set to red" }] } },
  ],
  ["a raw value", { jsonrpc: "2.0", id: "ID", result: 21.5 }, { result: 21.5 }],
  ["no value", { jsonrpc: "2.0", id: "ID", result: null }, { result: null }],
  ["no id in the body", { jsonrpc: "2.0", result: "ok" }, { result: "ok" }],
  ["a null id", { id: null, result: "ok" }, { result: "ok" }],
  ["no version", { id: "ID", result: "ok" }, { result: "ok" }],
  ["a null error beside it", { id: "ID", result: "ok", error: null }, { result: "ok" }],
  [
    "an error as text",
    { jsonrpc: "2.0", id: "ID", error: "lamp is broken" },
    { reason: "deviceError", message: "lamp is broken" },
  ],
  [
    "an error as object",
    { jsonrpc: "2.0", id: "ID", error: { code: -32000, message: "lamp is broken" } },
    { reason: "deviceError", message: "lamp is broken" },
  ],
  [
    "an unknown tool by its code",
    { jsonrpc: "2.0", id: "ID", error: { code: -32601, message: "no" } },
    { reason: "unknownTool", message: "no" },
  ],
  [
    "an unknown tool by its text",
    { jsonrpc: "2.0", id: "ID", error: "Unknown tool: fly" },
    { reason: "unknownTool", message: "Unknown tool: fly" },
  ],
  [
    "a hub's refusal, as its result",
    { jsonrpc: "2.0", id: "ID", result: { error: "unknown leaf: 9" } },
    { reason: "deviceError", message: "unknown leaf: 9" },
  ],
  [
    "MCP's failed tool",
    { id: "ID", result: { isError: true, content: [{ type: "text", text: "too hot" }] } },
    { reason: "deviceError", message: "too hot" },
  ],
];

for (const [name, body, heard] of ANSWERS) {
  test(`a device's answer reaches its asker: ${name}`, () => {
    const { call, asked, say, asker } = startDevices();
    const own = call("light_01", "set_state");
    const { id } = asked();
    say(`mcp/light_01/response/${id}`, JSON.stringify(body).replaceAll('"ID"', `"${id}"`));
    const [answer, ...more] = asker.messages;
    assert.deepEqual(more, []);
    const type = "result" in heard ? "DeviceAnswered" : "DeviceFailed";
    const made = "result" in heard ? { made: [] } : {};
    assert.deepEqual(answer, { type, id: own, ...heard, ...made });
  });
}

test("the body's id counts before that of the topic", () => {
  const { call, asked, say, asker, counters } = startDevices();
  const first = call("light_01", "a");
  const idOfFirst = asked().id;
  call("light_01", "b");
  const idOfSecond = asked().id;
  say(`mcp/light_01/response/${idOfSecond}`, { id: idOfFirst, result: 1 });
  assert.deepEqual(asker.messages, [answered(first, 1)]);
  say(`mcp/light_01/response/${idOfSecond}`, { id: "somebody else's", result: 2 });
  assert.equal(asker.messages.length, 1);
  assert.equal(counters.refused.unknownId, 1);
});

test("after 10 s the asker hears that there is no answer, and a late one is logged and counted", () => {
  const { call, asked, say, asker, counters, sim } = startDevices();
  const own = call("light_01", "set_state");
  sim.advance(9_999);
  assert.deepEqual(asker.messages, []);
  sim.advance(1);
  const [answer] = asker.take();
  assert.ok(answer?.type === "DeviceFailed" && answer.id === own && answer.reason === "timeout");
  assert.match(answer.message, /^Tool execution timed out: set_state on light_01/);
  assert.match(answer.message, /may have been done/);
  say(`mcp/light_01/response/${asked().id}`, { id: asked().id, result: "ok" });
  say(`mcp/light_01/response/${asked().id}`, { result: "ok" });
  assert.deepEqual(asker.messages, []);
  assert.equal(counters.refused.late, 2);
  assert.deepEqual({ ...counters.calls }, { ...zeros(counters.calls), timeout: 1 });
});

test("an answer counts once, and only from the device that was asked", () => {
  const { call, asked, say, asker, counters } = startDevices();
  call("pump_01", "x");
  const own = call("light_01", "set_state");
  const { id } = asked();
  say(`mcp/pump_01/response/${id}`, { id, result: "forged" });
  say(`mcp/nobody/response/${id}`, { id, result: "forged" });
  assert.deepEqual(asker.messages, []);
  assert.equal(counters.refused.wrongAgent, 1);
  say(`mcp/light_01/response/${id}`, { id, result: "true" });
  say(`mcp/light_01/response/${id}`, { id, result: "again" });
  assert.deepEqual(asker.messages, [answered(own, "true")]);
  assert.equal(counters.refused.duplicate, 1);
  say(`mcp/light_01/response/${id}`, { id, result: "kept" }, true);
  assert.equal(counters.refused.retained, 1);
});

test("without a broker nothing is sent, and the asker hears so at once", () => {
  const { call, broker, asker } = startDevices();
  broker.setUp(false);
  const id = call("light_01", "set_state");
  const [answer] = asker.messages;
  assert.ok(answer?.type === "DeviceFailed" && answer.id === id);
  assert.equal(answer.reason, "busUnavailable");
  assert.deepEqual(broker.published, []);
});

test("calls are bounded, for one device and for all: one more is refused and not sent", () => {
  const { call, broker, asker, sim } = startDevices();
  for (let n = 0; n < 40; n++) call("dead_01", "x");
  assert.equal(broker.published.length, 32);
  assert.equal(
    asker.take().filter((a) => a.type === "DeviceFailed" && a.reason === "busy").length,
    8,
  );
  for (let n = 0; n < 300; n++) call(`dead_${100 + n}`, "x");
  assert.equal(broker.published.length, 256);
  sim.advance(10_000);
  assert.equal(asker.messages.length, 332, "each is told once");
  asker.take();
  call("dead_01", "x");
  assert.equal(broker.published.length, 257, "there is room again");
});

test("a name that no topic can bear reaches no broker", () => {
  const { call, broker, asker } = startDevices();
  for (const name of ["", "a/b", "+", "#", "a b", "x".repeat(65), "é"]) call(name, "x");
  assert.deepEqual(broker.published, []);
  assert.equal(asker.messages.length, 7);
});

test("a restart tells those who wait, and counts what comes later as nobody's", () => {
  const { call, asked, say, asker, counters, ref, sim } = startDevices();
  call("light_01", "x");
  const { id } = asked();
  ref.tell({ type: "Crash" } as never);
  sim.run();
  const [answer] = asker.messages;
  assert.ok(answer?.type === "DeviceFailed" && answer.reason === "timeout");
  say(`mcp/light_01/response/${id}`, { id, result: 1 });
  assert.equal(asker.messages.length, 1);
  assert.equal(counters.refused.unknownId, 1);
});

test("GetDevices lists our hubs with their tools, and devices that have answered with what they answered to", () => {
  const { call, asked, say, ref, sim, asker } = startDevices();
  call("light_01", "set_state");
  say(`mcp/light_01/response/${asked().id}`, { result: 1 });
  call("light_01", "fly");
  say(`mcp/light_01/response/${asked().id}`, { error: "unknown tool: fly" });
  asker.take();
  ref.tell({ type: "GetDevices", replyTo: asker.ref as never });
  sim.run();
  assert.deepEqual(asker.messages as unknown[], [
    {
      type: "DevicesListed",
      devices: [
        { agentId: "swarm_hub_01", tools: ["leaf_command", "get_swarm_status"], via: "hub" },
        { agentId: "light_01", tools: ["set_state"], via: "seed" },
      ],
    },
  ]);
});

const zeros = <T extends object>(counts: T): Record<keyof T, number> =>
  Object.fromEntries(Object.keys(counts).map((name) => [name, 0])) as Record<keyof T, number>;
