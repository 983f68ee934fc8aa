import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseMockFault } from "../../../transports/llm/mock/faults.ts";

const MAIN = fileURLToPath(new URL("../../../actors/main.ts", import.meta.url));

for (const [text, fault] of [
  ["429", { kind: 429, times: 1 }],
  ["429:2:1.5", { kind: 429, times: 2, retryAfterS: 1.5 }],
  ["hang:3", { kind: "hang", times: 3 }],
  ["200", undefined],
  ["hang:0", undefined],
  ["cut:x", undefined],
  ["429:1:soon", undefined],
  ["", undefined],
] as const) {
  test(`parseMockFault() takes "${text}" as ${JSON.stringify(fault) ?? "no fault"}`, () => {
    const parsed = parseMockFault(text);
    assert.deepEqual(parsed.ok ? parsed.value : undefined, fault);
  });
}

test("mycel mock-llm serves both modes of the seed whole, fails as told, and ends in order", async () => {
  const args = [MAIN, "mock-llm", "--port", "0", "--fail", "503", "--language", "ja"];
  const mock = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(mock.stdout, "data");
    const url = String(line).trim();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const ask = async (body: object | string) => {
      const response = await fetch(`${url}/chat/completions`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const messages = [{ role: "user", content: "It is hot: temperature above 30" }];
    const tools = [{ type: "function", function: { name: "create_task" } }];
    assert.equal((await ask({ messages, tools })).status, 503);
    const acting = (await ask({ messages, tools })).body["choices"] as {
      finish_reason: string;
      message: { tool_calls: { function: { name: string; arguments: string } }[] };
    }[];
    assert.equal(acting[0]?.finish_reason, "tool_calls");
    const call = acting[0]?.message.tool_calls[0]?.function;
    assert.equal(JSON.parse(call?.arguments ?? "{}").title, "室温を下げてください");
    const speaking = (await ask({ messages: [{ role: "user", content: "Announce the task" }] }))
      .body["choices"] as { finish_reason: string; message: { content: string } }[];
    assert.equal(speaking[0]?.finish_reason, "stop");
    assert.match(speaking[0]?.message.content ?? "", /お願い/);
    for (const body of ["{", "[]", { messages: [] }, { messages: [{ role: 1 }] }]) {
      assert.equal((await ask(body)).status, 400);
    }
    assert.equal((await fetch(`${url}/models`)).status, 200);
    assert.equal((await fetch(`${url}/other`)).status, 404);
    mock.kill("SIGTERM");
    const [status] = await once(mock, "exit");
    assert.equal(status, 0);
  } finally {
    mock.kill("SIGKILL");
  }
});
