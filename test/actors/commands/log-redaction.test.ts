import assert from "node:assert/strict";
import { test } from "node:test";
import pino from "pino";
import { REDACTED } from "../../../actors/commands/log-redaction.ts";
import { MycelError } from "../../../runtime/errors.ts";

test("a log shows no secret field, however deep an error carries it", () => {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const logger = pino({ level: "debug", redact: REDACTED }, sink);
  const headers = {
    ...{ authorization: "canary", Authorization: "canary", cookie: "canary" },
    ...{ "api-key": "canary", "x-api-key": "canary", host: "localhost" },
  };
  logger.error({ password: "canary", hub: { fleetSecret: "canary" } }, "one");
  logger.child({ keySecret: "canary" }).warn({ request: { body: { password: "canary" } } }, "two");
  logger.error({ err: new MycelError("E_INPUT", "No.", { installCode: "canary" }) }, "three");
  logger.error({ err: Object.assign(new Error("No."), { request: { headers } }) }, "four");
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join(""), /canary/);
  assert.match(lines.join(""), /localhost/, "the rest is shown");
});
