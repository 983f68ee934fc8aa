import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnswer } from "../../../actors/device/messages.ts";
import type { McpServers } from "../../../transports/mcp/mcp-servers.ts";
import { startDevices } from "./desk.ts";

const serversThat = (answer: () => Promise<unknown>): McpServers => ({
  has: (name) => name === "lab/lamp",
  list: () => [{ serverName: "lab/lamp", tools: ["dim"] }],
  call: answer,
});

/** What a foreign server does, and what its asker hears. */
const ENDS: readonly (readonly [name: string, answer: () => Promise<unknown>, heard: object])[] = [
  [
    "it answers",
    async () => ({ content: [{ type: "text", text: "dimmed" }] }),
    { type: "DeviceAnswered", result: { content: [{ type: "text", text: "dimmed" }] } },
  ],
  [
    "its tool fails",
    async () => ({ content: [{ type: "text", text: "broken" }], isError: true }),
    { type: "DeviceFailed", reason: "deviceError", message: "broken" },
  ],
  [
    "there is no such tool",
    () =>
      Promise.reject(
        Object.assign(new Error("MCP error -32602: Unknown tool: x"), { code: -32_602 }),
      ),
    { type: "DeviceFailed", reason: "unknownTool" },
  ],
  [
    "it does not answer",
    () => Promise.reject(Object.assign(new Error("timed out"), { code: -32_001 })),
    { type: "DeviceFailed", reason: "timeout" },
  ],
  [
    "it goes before it answers",
    () => Promise.reject(Object.assign(new Error("it went: may be done"), { code: "lost" })),
    { type: "DeviceFailed", reason: "timeout", message: "it went: may be done" },
  ],
  [
    "it has gone",
    () => Promise.reject(new Error("the MQTT broker is away")),
    { type: "DeviceFailed", reason: "busUnavailable", message: "the MQTT broker is away" },
  ],
];

for (const [name, answer, heard] of ENDS) {
  test(`a foreign MCP server is a device: ${name}`, async () => {
    const { call, asker, sim, broker } = startDevices({ servers: serversThat(answer) });
    const id = call("lab/lamp", "dim", { to: 5 });
    await sim.settle();
    const [end, ...more] = asker.messages as readonly (DeviceAnswer & object)[];
    assert.deepEqual(more, []);
    assert.deepEqual({ ...end, ...heard }, end);
    assert.equal(end?.id, id);
    assert.deepEqual(broker.published, [], "nothing goes the first system's way");
  });
}

test("GetDevices lists foreign servers with their tools", () => {
  const desk = startDevices({ servers: serversThat(async () => 1) });
  desk.ref.tell({ type: "GetDevices", replyTo: desk.asker.ref as never });
  desk.sim.run();
  const [{ devices }] = desk.asker.messages as unknown as [{ devices: object[] }];
  assert.deepEqual(devices.at(-1), { agentId: "lab/lamp", tools: ["dim"], via: "mcp" });
});
