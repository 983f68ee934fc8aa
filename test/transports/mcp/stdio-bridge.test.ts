/** What a client of `mycel mcp` hears when its node ends or goes mute under a request. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { createMcpHttp } from "../../../transports/mcp/http-sessions.ts";
import { bridgeStdio } from "../../../transports/mcp/stdio-bridge.ts";
import { until } from "../../support/until.ts";
import { startServer } from "../http/start-server.ts";
import { CONFORMANCE_OFFER } from "./conformance-offer.ts";

const HELLO = {
  ...{ jsonrpc: "2.0", id: 0, method: "initialize" },
  params: {
    ...{ protocolVersion: "2025-11-25", capabilities: {} },
    clientInfo: { name: "bare", version: "0" },
  },
};
const call = (id: number, name: string) => ({
  ...{ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } },
});

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A bridge to a node whose tool `wait` never ends; `restart` gives it another node. */
async function start(t: TestContext) {
  let calls = 0;
  const startNode = async () => {
    const offer = {
      ...CONFORMANCE_OFFER,
      callTool: (...[name]: Parameters<typeof CONFORMANCE_OFFER.callTool>) => {
        calls += 1;
        const soon = Promise.resolve({ content: [] });
        return name === "wait" ? new Promise<never>(() => {}) : soon;
      },
    };
    const { http } = await startServer(t, { mcp: createMcpHttp(offer, systemClock) });
    return http;
  };
  let http = await startNode();
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const heard: Answer[] = [];
  stdout.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().split("\n")) if (line !== "") heard.push(JSON.parse(line));
  });
  const due: (() => void)[] = [];
  const bridge = bridgeStdio({
    ...{ stdin, stdout, log: () => {} },
    address: () => ({ origin: http.url, authorization: undefined }),
    clock: {
      after: (ms, run) => {
        if (ms > 10_000) due.push(run);
        return () => {};
      },
    },
  });
  t.after(async () => {
    stdin.end();
    await bridge;
  });
  const say = (message: object): void => void stdin.write(`${JSON.stringify(message)}\n`);
  const answer = (id: number): Promise<Answer> => until(() => heard.find((one) => one.id === id));
  say(HELLO);
  await answer(0);
  say({ jsonrpc: "2.0", method: "notifications/initialized" });
  return {
    ...{ say, answer, heard, due },
    calls: () => calls,
    restart: async () => {
      await http.close();
      http = await startNode();
    },
  };
}

test("bridgeStdio() ends a request that was under way when its node ended, and passes on what is asked next", async (t) => {
  const { say, answer, heard, calls, restart } = await start(t);
  say(call(1, "wait"));
  await until(() => calls() === 1);
  await restart();
  say(call(2, "soon"));
  assert.match((await answer(1)).error?.message ?? "", /may have been done all the same/);
  assert.deepEqual((await answer(2)).result, { content: [] });
  assert.deepEqual(
    heard.map(({ id }) => id),
    [0, 1, 2],
  );
});

test("bridgeStdio() ends a request that no node answers, once, and none that was cancelled", async (t) => {
  const { say, answer, heard, due, calls } = await start(t);
  say(call(1, "wait"));
  say(call(2, "wait"));
  await until(() => calls() === 2);
  say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 2 } });
  say(call(3, "soon"));
  await answer(3);
  for (const run of due) run();
  for (const run of due) run();
  assert.match((await answer(1)).error?.message ?? "", /may have been done all the same/);
  assert.deepEqual(
    heard.map(({ id }) => id),
    [0, 3, 1],
  );
});
