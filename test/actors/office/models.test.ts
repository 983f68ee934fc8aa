import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import { modelKeys } from "../../../actors/office/model-keys.ts";
import { officeModels } from "../../../actors/office/models.ts";
import { modelsSchema } from "../../../config/models.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { startMockLlm } from "../../../transports/llm/mock-llm.ts";
import { OPENAI_PRESETS } from "../../../transports/llm/openai-presets.ts";
import { freeTcpPort } from "../../support/ports.ts";
import { until } from "../../support/until.ts";
import { HOT } from "../../transports/llm/model-compliance.ts";

/** Of no provider's form, so that it is known by itself alone. */
const SECRET = "9f8e7d6c5b4a39281706";

test("office.models is the scripted model where nothing is said", () => {
  const [only, ...others] = modelsSchema.parse(undefined);
  assert.equal(only?.provider, "scripted");
  assert.deepEqual(others, []);
});

test("office.models knows every preset of the driver", () => {
  for (const provider of Object.keys(OPENAI_PRESETS)) {
    const parsed = modelsSchema.safeParse([{ provider, model: "m", baseUrl: "http://127.0.0.1" }]);
    assert.ok(parsed.success, provider);
  }
});

for (const [what, model, path] of [
  ["a key itself", { provider: "openai", model: "m", key: SECRET }, "0.key"],
  ["no model", { provider: "ollama" }, "0.model"],
  ["no address", { provider: "azure", model: "m" }, "0.baseUrl"],
  [
    "a key in the address",
    { provider: "compatible", model: "m", baseUrl: `https://me:${SECRET}@host/v1` },
    "0.baseUrl",
  ],
  ["no file", { provider: "gguf" }, "0.file"],
  ["a file for a server", { provider: "ollama", model: "m", file: "x" }, "0.file"],
  ["a key for rules", { provider: "scripted", key: "env:X" }, "0.key"],
] as const) {
  test(`office.models refuses ${what}, and does not repeat it`, () => {
    const parsed = modelsSchema.safeParse([model]);
    assert.ok(!parsed.success);
    assert.deepEqual(
      parsed.error.issues.map((issue) => issue.path.join(".")),
      [path],
    );
    assert.ok(!JSON.stringify(parsed.error.issues).includes(SECRET));
  });
}

test("modelKeys() finds keys in variables and files, and says which is missing without naming others", () => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-key-"));
  try {
    const file = join(dir, "key");
    writeFileSync(file, `${SECRET}\n`);
    const settings = modelsSchema.parse([
      { provider: "anthropic", model: "m" },
      { provider: "groq", model: "m", key: `file:${file}` },
      { provider: "ollama", model: "m" },
      { provider: "scripted" },
    ]);
    const keys = modelKeys(settings, { ANTHROPIC_API_KEY: " key-of-it " });
    assert.deepEqual(keys, ["key-of-it", SECRET, undefined, undefined]);
    assert.throws(() => modelKeys(settings, {}), {
      code: "E_CONFIG_INVALID",
      message:
        "office.models[0].key: anthropic needs a key, and there is none at env:ANTHROPIC_API_KEY.",
    });
    writeFileSync(file, `${SECRET}\n${SECRET}\n`);
    assert.throws(
      () => modelKeys(settings, { ANTHROPIC_API_KEY: "k" }),
      (error: Error) => !error.message.includes(SECRET),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

/** A log as its lines: what of which model, its fault checked to be a sentence. */
function linesOf() {
  const lines: string[] = [];
  const line = (level: string) => (fields: object, message: string) => {
    const { model, fault } = fields as { model?: string; fault?: string };
    if (level === "warn") assert.match(fault ?? "", /\.$/);
    lines.push(`${level} ${model} ${message}`);
    assert.ok(!JSON.stringify(fields).includes(SECRET));
  };
  const log: Logger = {
    ...{ debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
    child: () => log,
  };
  return { log, lines };
}

test("officeModels() says in the log once which model is not there, and once that it is back", async () => {
  const port = await freeTcpPort();
  const sim = simulate({ order: "fifo" });
  const dashboard = createProbe<DashboardCommand>(sim.system, "dashboard");
  const { log, lines } = linesOf();
  const models = officeModels({
    settings: modelsSchema.parse([
      {
        ...{ provider: "ollama", model: "m", baseUrl: `http://127.0.0.1:${port}/v1` },
        ...{ retriesMax: 0, cooldownMs: 100 },
      },
    ]),
    dashboard: dashboard.ref,
    clock: systemClock,
    random: seededRandom(1),
    log,
  });
  await until(() => lines.length === 1);
  for (let call = 0; call < 3; call++) assert.equal((await models.chat(HOT)).ok, false);
  assert.deepEqual(lines, ["warn ollama:m a model does not answer"]);
  const server = await startMockLlm({ port });
  await until(async () => (await models.chat(HOT)).ok);
  assert.deepEqual(lines.slice(1), ["info ollama:m the model answers again"]);
  await models.close();
  await server.close();
});

test("officeModels() tells the page how each model fares, and its key to nobody but its server", async () => {
  const server = await startMockLlm();
  process.env["MYCEL_TEST_KEY"] = SECRET;
  const sim = simulate({ order: "fifo" });
  const dashboard = createProbe<DashboardCommand>(sim.system, "dashboard");
  const { log, lines } = linesOf();
  try {
    const models = officeModels({
      settings: modelsSchema.parse([
        {
          ...{ provider: "compatible", model: "m", baseUrl: `${server.url}/v1` },
          ...{ key: "env:MYCEL_TEST_KEY", retriesMax: 0 },
        },
        { provider: "scripted" },
        { provider: "scripted" },
      ]),
      dashboard: dashboard.ref,
      clock: systemClock,
      random: seededRandom(1),
      log,
    });
    // As a server of OpenAI's does with a key that it does not know.
    server.spoil({ kind: 401, times: 1, message: `Incorrect API key provided: ${SECRET}.` });
    const answer = await models.chat(HOT);
    assert.ok(answer.ok);
    assert.equal(answer.value.model, "scripted");
    await models.close();
    sim.run();
    const told = dashboard.messages.flatMap((message) =>
      message.type === "OfficeChanged" ? message.changes : [],
    );
    const first = told.findLast((change) => change.key === "compatible:m");
    assert.ok(first?.section === "model" && first.value !== null);
    assert.equal(first.value.state, "down");
    assert.match(first.value.lastFault ?? "", /answered 401: Incorrect API key provided: \[key\]/);
    assert.deepEqual([...new Set(told.map((change) => change.key))].sort(), [
      "compatible:m",
      "scripted",
      "scripted 2",
    ]);
    assert.deepEqual(lines, ["warn compatible:m a model does not answer"]);
    assert.ok(!JSON.stringify([told, answer, lines]).includes(SECRET));
    assert.equal(server.seen.at(-1)?.headers.authorization, `Bearer ${SECRET}`);
  } finally {
    delete process.env["MYCEL_TEST_KEY"];
    await server.close();
  }
});
