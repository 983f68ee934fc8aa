import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { createMcpHttp } from "../../../transports/mcp/http-sessions.ts";
import { startServer } from "../http/start-server.ts";
import { conformance, failuresOf, serverScenarios } from "./conformance.ts";
import { CONFORMANCE_OFFER } from "./conformance-offer.ts";

/**
 * Warns and checks nothing: the suite asks it in protocol version 2025-03-26, for which the SDK sends no
 * event that begins a stream.
 */
const WARNS_ONLY = new Set(["server-sse-polling"]);

test("every server scenario of the official conformance suite passes against our sessions and server", async (t) => {
  const mcp = createMcpHttp(CONFORMANCE_OFFER, systemClock);
  const { http } = await startServer(t, { mcp });
  const scenarios = await serverScenarios();
  assert.ok(scenarios.length >= 32, "the suite lists its scenarios");
  const results = await conformance(`${http.url}/mcp`);
  for (const scenario of scenarios) {
    await t.test(scenario, () => {
      const checks = results.get(scenario);
      assert.deepEqual(failuresOf(checks), []);
      if (WARNS_ONLY.has(scenario)) return;
      assert.ok(
        checks?.some(({ status }) => status === "SUCCESS"),
        "something was checked",
      );
    });
  }
});
