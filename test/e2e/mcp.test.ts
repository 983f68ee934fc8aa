import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  spawnLeaves,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";
import { conformance, failuresOf } from "../transports/mcp/conformance.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));
const SETTINGS = {
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main", adopt: "always" }],
};

/** Those that ask for no fixture of the suite's own. */
const PLAIN = [
  "server-initialize",
  "ping",
  "logging-set-level",
  "tools-list",
  "resources-list",
  "prompts-list",
  "dns-rebinding-protection",
];

const textOf = (result: Awaited<ReturnType<Client["callTool"]>>): string =>
  (result.content as { text: string }[]).map(({ text }) => text).join("");

describe("a node as an MCP server", () => {
  const dir = temporaryDir();
  let node: NodeProcess;
  let leaves: ReturnType<typeof spawnLeaves>;

  before(async () => {
    node = await startNodeProcess(dir, SETTINGS);
    const [hub = ""] = Object.values(node.file.hubs);
    leaves = spawnLeaves(["--hub", hub, "--count", "2", "--every", "500ms"]);
    await untilAdopted(node, 2);
  });
  after(async () => {
    leaves.kill();
    await node.end("SIGTERM");
    removeDir(dir);
  });

  test("passes the conformance suite's scenarios that need no fixtures", async (t) => {
    const results = await conformance(`${node.file.url}/mcp`);
    for (const scenario of PLAIN) {
      await t.test(scenario, () => assert.deepEqual(failuresOf(results.get(scenario)), []));
    }
  });

  const connections: Readonly<
    Record<string, () => StreamableHTTPClientTransport | StdioClientTransport>
  > = {
    "streamable HTTP": () => new StreamableHTTPClientTransport(new URL("/mcp", node.file.url)),
    "mycel mcp on stdio": () =>
      new StdioClientTransport({
        command: process.execPath,
        args: [MAIN, "mcp", "--url", node.file.url],
        stderr: "ignore",
      }),
  };
  for (const [name, connect] of Object.entries(connections)) {
    test(`its tools, resources and prompts are there over ${name}`, async (t) => {
      const client = new Client({ name: "test", version: "0" });
      await client.connect(connect() as never);
      t.after(() => client.close());
      const { tools } = await client.listTools();
      const names = tools.map((tool) => tool.name);
      assert.deepEqual(names.sort(), [
        ...["create_task", "get_active_tasks", "get_swarm_status", "get_zone_status"],
        ...["leaf_command", "send_device_command", "speak"],
      ]);

      const status = JSON.parse(textOf(await client.callTool({ name: "get_swarm_status" })));
      assert.equal(status.hub_id, "swarm_hub_01");
      assert.equal(status.leaf_count, 2);
      assert.equal(status.leaves[0].online, true);

      const [leaf] = status.leaves as { name: string }[];
      const commanded = await client.callTool({
        name: "leaf_command",
        arguments: { leaf_id: leaf?.name, command: "read_now" },
      });
      assert.equal(commanded.isError, undefined, textOf(commanded));
      assert.match(JSON.parse(textOf(commanded)).status, /^(acknowledged|applied)$/);

      const made = await client.callTool({
        name: "create_task",
        arguments: { title: `By ${name}`, description: "Open a window", zone: "main" },
      });
      assert.equal(made.isError, undefined, textOf(made));
      const tasks = textOf(await client.callTool({ name: "get_active_tasks" }));
      assert.match(tasks, /By /);
      const dear = await client.callTool({
        name: "create_task",
        arguments: { title: "Too dear", description: "x", zone: "main", bounty: 5_001 },
      });
      assert.equal(dear.isError, true, "the guard holds for operators too");

      const unknown = await client.callTool({
        name: "leaf_command",
        arguments: { leaf_id: "leaf_99", command: "read_now" },
      });
      assert.equal(unknown.isError, true);
      assert.match(textOf(unknown), /unknown leaf: leaf_99/);
      await assert.rejects(client.callTool({ name: "fly" }), /Unknown tool/);

      const { resources } = await client.listResources();
      const uris = resources.map(({ uri }) => uri);
      assert.deepEqual(uris, ["mycel://zones", "mycel://zones/main", "mycel://hubs/swarm_hub_01"]);
      const read = await client.readResource({ uri: "mycel://zones/main" });
      const [content] = read.contents as { text: string }[];
      assert.equal(JSON.parse(content?.text ?? "").zone, "main");
      await assert.rejects(
        client.readResource({ uri: "mycel://zones/nowhere" }),
        /no such resource/,
      );

      const { prompts } = await client.listPrompts();
      assert.deepEqual(
        prompts.map((prompt) => prompt.name),
        ["constitution", "zone_report"],
      );
      const { messages } = await client.getPrompt({ name: "constitution" });
      const told = messages[0]?.content;
      assert.ok(told?.type === "text" && told.text.length > 100);
    });
  }

  test("another site's page is refused before it reaches a session", async () => {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
    const ask = (more: Record<string, string>): Promise<Response> =>
      fetch(`${node.file.url}/mcp`, { method: "POST", headers: { ...headers, ...more }, body });
    assert.equal((await ask({ origin: "http://evil.example" })).status, 403);
    const lost = await ask({ "mcp-session-id": "no-such-session" });
    assert.equal(lost.status, 404);
    const broken = await fetch(`${node.file.url}/mcp`, { method: "POST", headers, body: "{" });
    assert.equal(broken.status, 400);
    assert.equal(((await broken.json()) as { error: { code: number } }).error.code, -32_700);
  });

  test("mycel mcp outlives its node: the client's next request begins a new session unseen", async (t) => {
    const home = temporaryDir();
    let first = await startNodeProcess(home, SETTINGS);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, "mcp", "--data", `${home}/data`],
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "0" });
    await client.connect(transport);
    t.after(async () => {
      await client.close();
      await first.end("SIGTERM");
      removeDir(home);
    });
    assert.ok((await client.listTools()).tools.length > 0);
    await first.end("SIGTERM");
    await assert.rejects(client.listTools(), /cannot be reached/);
    first = await startNodeProcess(home, SETTINGS);
    const { tools } = await until(() => client.listTools().catch(() => undefined), {
      what: () => "the client is served again",
    });
    assert.ok(tools.length > 0);
  });

  test("mycel mcp without a node says so on stderr and ends with status 1", async () => {
    const { status, stdout, stderr } = await runMycel(["mcp", "--data", `${dir}/nowhere`]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /No node runs on/);
  });
});
