import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../support/fc.ts";
import { HUB, startDevices } from "./desk.ts";

/** Any JSON, any bytes, and what nearly is a message. */
const payload = fc.oneof(
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc
    .record(
      {
        jsonrpc: fc.constantFrom("2.0", "1.0", 2),
        id: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.object({ maxDepth: 1 })),
        method: fc.constantFrom("call_tool", "tools/call", "x", 5),
        params: fc.oneof(
          fc.jsonValue(),
          fc.record({
            name: fc.constantFrom("leaf_command", "get_swarm_status", "__proto__", "x"),
            arguments: fc.jsonValue(),
          }),
        ),
        result: fc.jsonValue(),
        error: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    .map((fields) => JSON.stringify(fields)),
);
const topic = fc.constantFrom(
  `mcp/${HUB}/request/call_tool`,
  "mcp/light_01/response/x",
  "mcp/light_01/response/",
  "mcp//response/x",
  "mcp/light_01/response/x/y",
);

test("whatever is said on the bus, the devices actor stays, and each call is answered once", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(topic, payload), { maxLength: 20 }), (said) => {
      const desk = startDevices({ policy: "all" });
      const own = desk.call("light_01", "set_state");
      const { id } = desk.asked();
      for (const [place, body] of said) {
        desk.say(place, body);
        desk.say(place, body.replace('"id":', `"id":"${id}","was":`));
      }
      desk.sim.advance(10_000);
      assert.deepEqual(
        desk.asker.messages.map((answer) => answer.id),
        [own],
      );
      for (const message of desk.bus.messages) {
        if (message.type !== "PublishAnswer") continue;
        assert.match(message.topic, /^mcp\/swarm_hub_01\/response\/[\w.:@-]{1,128}$/);
        const answer = JSON.parse(message.payload);
        assert.ok("result" in answer !== "error" in answer, message.payload);
      }
      const actor = desk.sim.system.tree().find(({ path }) => path.endsWith("/devices"));
      assert.equal(actor?.failures, 0);
    }),
    { numRuns: 200 },
  );
});
