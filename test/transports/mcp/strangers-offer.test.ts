import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { type McpNode, nodeOffer, strangersOffer } from "../../../transports/mcp/node-offer.ts";

const NODE: McpNode = {
  version: "0",
  tools: () => [],
  call: () => undefined,
  zones: () => [{ zone: "main", atMs: 1 }],
  hubs: () => ["hub_1"],
  swarm: (hub) => (hub === "hub_1" ? { hub_id: hub, leaves: [] } : undefined),
  constitution: () => "Be kind.",
};

test("strangers see hubs, and neither zones nor prompts", () => {
  const operators = nodeOffer(NODE, systemClock);
  const strangers = strangersOffer(NODE, systemClock);
  const uris = strangers.resources().map(({ uri }) => uri);
  assert.deepEqual(uris, ["mycel://hubs/hub_1"]);
  for (const { uri } of operators.resources()) {
    assert.ok(operators.read(uri) !== undefined && operators.stamp(uri) !== undefined, uri);
    const isTheirs = uris.includes(uri);
    assert.equal(strangers.read(uri) !== undefined, isTheirs, uri);
    assert.equal(strangers.stamp(uri) !== undefined, isTheirs, uri);
  }
  assert.deepEqual(strangers.prompts(), []);
  for (const { name } of operators.prompts()) {
    assert.equal(strangers.prompt(name, { zone: "main" }), undefined);
  }
  assert.deepEqual(
    strangers.templates.map(({ name }) => name),
    ["hub"],
  );
  assert.deepEqual(strangers.complete("mycel://zones/{zone}", "zone", ""), []);
  assert.doesNotMatch(strangers.instructions, /create_task|zones/);
});
