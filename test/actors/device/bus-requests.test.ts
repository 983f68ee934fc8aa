import assert from "node:assert/strict";
import { test } from "node:test";
import { commanded, HUB, recordOf, startDevices } from "./desk.ts";

type Desk = ReturnType<typeof startDevices>;

const request = (name: string, args: object = {}, id: unknown = "req-1"): object => ({
  ...{ jsonrpc: "2.0", id, method: "call_tool" },
  params: { name, arguments: args },
});
const TOPIC = `mcp/${HUB}/request/call_tool`;
const relay = { leaf_id: 3, command: "set_state", args: { state: "on" } };

/** What the hub's connection was told to publish. */
const answers = ({ bus }: Desk): { hub: string; topic: string; body: Record<string, unknown> }[] =>
  bus.messages.flatMap((message) =>
    message.type === "PublishAnswer"
      ? [{ hub: message.hub, topic: message.topic, body: JSON.parse(message.payload) }]
      : [],
  );

test("others may ask our hubs for their status, and the hub's connection answers", () => {
  const desk = startDevices();
  desk.say(TOPIC, request("get_swarm_status"));
  assert.deepEqual(answers(desk), [
    {
      hub: HUB,
      topic: `mcp/${HUB}/response/req-1`,
      body: { jsonrpc: "2.0", id: "req-1", result: { hub_id: HUB, leaf_count: 0, leaves: [] } },
    },
  ]);
  assert.equal(desk.counters.served, 1);
});

/** Whatever is asked with an id is answered; the code of the error, or none. */
const ASKED: readonly (readonly [name: string, body: object, code: number | undefined])[] = [
  ["a number as id", request("get_swarm_status", {}, 7), undefined],
  ["MCP's own method", { ...request("get_swarm_status"), method: "tools/call" }, undefined],
  ["an unknown tool", request("fly"), -32_602],
  ["an unknown method", { ...request("x"), method: "tools/list" }, -32_601],
  ["no params", { id: "req-1", method: "call_tool" }, -32_602],
  ["a command, which the operator does not allow", request("leaf_command", relay), -32_001],
];

for (const [name, body, code] of ASKED) {
  test(`a request on the bus is answered: ${name}`, () => {
    const desk = startDevices();
    desk.say(TOPIC, body);
    const [answer, ...more] = answers(desk);
    assert.deepEqual(more, []);
    assert.equal((answer?.body["error"] as { code?: number } | undefined)?.code, code);
    assert.deepEqual(desk.hub.messages, []);
  });
}

test("with mqtt.mcp all a leaf is commanded over the bus, by an id of ours, and its end is told", () => {
  const desk = startDevices({ policy: "all" });
  desk.say(TOPIC, request("leaf_command", relay));
  const command = commanded(desk);
  assert.notEqual(command.id, "req-1");
  const ended = { type: "CommandEnded", hub: HUB, leafId: 3, id: command.id } as const;
  command.acceptedTo?.tell({ type: "CommandAccepted", record: recordOf(command) });
  command.replyTo?.tell({ ...ended, outcome: "applied", reason: undefined, sentAtMs: 5 });
  desk.sim.run();
  const result = { status: "applied", leaf_id: "leaf_relay_01", command: "set_state" };
  assert.deepEqual(
    answers(desk).map(({ body }) => body["result"]),
    [{ ...result, command_id: command.id }],
  );
  desk.say(TOPIC, request("leaf_command", { ...relay, leaf_id: "leaf_9" }));
  assert.deepEqual(answers(desk).at(-1)?.body["result"], { error: "unknown leaf: leaf_9" });
});

test("with mqtt.mcp off nobody is heard", () => {
  const desk = startDevices({ policy: "off" });
  const [filters] = desk.broker.subscriptions;
  assert.deepEqual(filters, ["mcp/+/response/#"]);
});

test("what cannot be answered is counted, by why", () => {
  const desk = startDevices({ policy: "all" });
  desk.say(TOPIC, "{");
  desk.say(TOPIC, { method: "call_tool", params: { name: "get_swarm_status" } });
  desk.say(TOPIC, request("get_swarm_status", {}, "a/b"));
  desk.say(TOPIC, request("get_swarm_status", {}, "+"));
  desk.say(TOPIC, [request("get_swarm_status")]);
  desk.say(TOPIC, "[".repeat(60_000));
  desk.say(TOPIC, `{"id":1,"method":"call_tool","params":${'{"a":'.repeat(40)}1${"}".repeat(41)}`);
  desk.say(TOPIC, "x".repeat(65_537));
  desk.say(TOPIC, request("get_swarm_status"), true);
  desk.say("mcp/a/b/c/d", request("get_swarm_status"));
  const counted = Object.entries(desk.counters.refused).filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(counted), {
    badJson: 2,
    noAnswerTopic: 3,
    badMessage: 1,
    tooDeep: 1,
    tooLarge: 1,
    retained: 1,
    badTopic: 1,
  });
  assert.deepEqual(answers(desk), []);
});

test("requests beyond a share of a second are dropped and counted, and answers of devices pass", () => {
  const desk = startDevices();
  for (let n = 0; n < 150; n++) desk.broker.say(TOPIC, request("get_swarm_status", {}, n));
  desk.sim.run();
  assert.equal(answers(desk).length, 100);
  assert.equal(desk.counters.refused.flood, 50);
  desk.sim.advance(1_000);
  desk.say(TOPIC, request("get_swarm_status", {}, "later"));
  assert.equal(answers(desk).length, 101);
});

test("what an external broker sends back of our own is neither served nor counted", () => {
  const desk = startDevices();
  desk.call("light_01", "x");
  desk.say("mcp/light_01/request/call_tool", request("x"));
  desk.say(`mcp/${HUB}/response/req-1`, { id: "req-1", result: 1 });
  assert.deepEqual(answers(desk), []);
  assert.equal(
    Object.values(desk.counters.refused).reduce((a, b) => a + b),
    0,
  );
});
