import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { UNKNOWN_OUTCOME } from "../../actors/agent/records/cycle-store.ts";
import { GUARD_REFUSALS } from "../../actors/agent/safety/guard-types.ts";
import { DEVICE_FAILURES } from "../../actors/device/messages.ts";
import { FRAME_REFUSALS } from "../../actors/hub/hub-counters.ts";
import { COMMAND_REFUSALS } from "../../actors/hub/outbox/messages.ts";
import { LEDGER_REFUSALS } from "../../actors/ledger/messages.ts";
import { CHAIN_CODES } from "../../actors/office/explain/chain.ts";
import { PERSON_REFUSALS } from "../../actors/person/messages.ts";
import { DISPATCH_REASONS } from "../../actors/task/dispatch.ts";
import { TASK_REFUSALS } from "../../actors/task/messages.ts";
import { TONES } from "../../actors/voice/messages.ts";
import { REWARD_RATES } from "../../actors/wallet/formulas.ts";
import { OUTCOMES } from "../../firmware/wire/sealed-types.ts";
import { DEAD_LETTER_REASONS } from "../../runtime/dead-letters.ts";
import { HEALTH_CODES } from "../../transports/http/contract.ts";
import { MODEL_FAULTS } from "../../transports/llm/model-port.ts";
import { t, WORDS, wordOf } from "../../web/src/strings.ts";
import { en } from "../../web/src/words/en.ts";

const namesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(String).sort();

test("every language has all keys, none empty, each with the same names to fill in", () => {
  for (const [language, words] of Object.entries(WORDS)) {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), language);
    for (const [key, text] of Object.entries(words)) {
      assert.notEqual(text.trim(), "", `${language} ${key}`);
      assert.deepEqual(
        namesIn(text),
        namesIn((en as Readonly<Record<string, string>>)[key] ?? ""),
        `${language} ${key}`,
      );
    }
  }
});

test("a subject's words stand in one file, so that no file takes a key of another", async () => {
  const fileOf = new Map<string, string>();
  for (const file of readdirSync(new URL("../../web/src/words/en", import.meta.url))) {
    const parts: Readonly<Record<string, object>> = await import(`../../web/src/words/en/${file}`);
    for (const key of Object.values(parts).flatMap(Object.keys)) {
      const subject = key.slice(0, key.indexOf("."));
      assert.equal(fileOf.get(subject) ?? file, file, key);
      fileOf.set(subject, file);
    }
  }
  assert.equal(fileOf.get("tasks"), "tasks.ts");
});

test("every sentence that is not a name, a unit or a sign is another one in Japanese", () => {
  const same = Object.entries(en)
    .filter(
      ([key, text]) =>
        WORDS.ja[key as keyof typeof en] === text &&
        /[a-z]{4}/.test(text.replaceAll(/\{\w+\}/g, "")),
    )
    .map(([key]) => key);
  assert.deepEqual(same, ["app.name", "node.versionOf"]);
});

test("wordOf() has words for every refusal of the API and of the office's actors", () => {
  const problems = readFileSync(
    new URL("../../transports/http/problems.ts", import.meta.url),
    "utf8",
  );
  const codes = [...problems.matchAll(/^ {2}(\w+): \[/gm)].map(([, code]) => code as string);
  assert.ok(codes.length > 40, "the table of problems was found");
  const all = [...codes, ...TASK_REFUSALS, ...LEDGER_REFUSALS, ...PERSON_REFUSALS];
  const missing = all.filter((code) => wordOf("refusal", code) === undefined);
  assert.deepEqual(missing, []);
});

/** Answers to whoever asked for a cycle or a call, which are no ends of a cycle. */
const OF_CALLS: ReadonlySet<string> = new Set(["agentOff", "busy"]);

const TABLES: readonly (readonly [prefixes: readonly string[], codes: readonly string[]])[] = [
  [["callReason"], GUARD_REFUSALS],
  [["callReason"], [...DEVICE_FAILURES, UNKNOWN_OUTCOME]],
  [
    ["callReason", "refusal"],
    [...TASK_REFUSALS, ...skipsAndRefusals()],
  ],
  [["cycleReason"], ends()],
  [["modelFault"], MODEL_FAULTS],
  [["waits"], DISPATCH_REASONS],
  [["refusal"], COMMAND_REFUSALS],
  [["chain"], CHAIN_CODES],
  [["leafRefusal"], Object.keys(OUTCOMES).filter((name) => name !== "applied")],
  [["deviceType"], REWARD_RATES.map(({ deviceType }) => deviceType)],
  [["argumentValue"], TONES],
  [["frameRefusal"], FRAME_REFUSALS],
  [["deadLetter"], DEAD_LETTER_REASONS],
  ...Object.entries(HEALTH_CODES).map(([part, codes]) => [[`health.${part}`], codes] as const),
];

test("wordOf() has words for every reason of guard, cycles, devices, models, dispatch, hubs and kernel", () => {
  for (const [prefixes, codes] of TABLES) {
    assert.ok(codes.length > 1, `${prefixes} has its table`);
    const missing = codes.filter((code) =>
      prefixes.every((prefix) => wordOf(prefix, code) === undefined),
    );
    assert.deepEqual(missing, [], prefixes.join());
  }
});

function source(path: string): string {
  return readFileSync(new URL(`../../actors/agent/${path}`, import.meta.url), "utf8");
}

/** Of the cycle itself, before the guard looks. */
function skipsAndRefusals(): string[] {
  return [...source("cycle/cycle.ts").matchAll(/"(?:refused|skipped)", "(\w+)"/g)].map(
    ([, code]) => code as string,
  );
}

/** `modelFailed` has a fault after it. */
function ends(): string[] {
  const text = source("cycle/cycle.ts") + source("agent.ts") + source("records/cycle-store.ts");
  const told = [...text.matchAll(/(?:end\("\w+", |reason: )["`](\w+)/g)];
  return told.map(([, code]) => code as string).filter((code) => !OF_CALLS.has(code));
}
test("wordOf() has words for every kind of event that a node raises", () => {
  const messages = readFileSync(new URL("../../actors/zone/messages.ts", import.meta.url), "utf8");
  const union = /export type EventKind =([^;]+);/.exec(messages)?.[1] ?? "";
  const kinds = [...union.matchAll(/"(\w+)"/g)].map(([, kind]) => kind as string);
  assert.ok(kinds.length > 20, "the union of kinds was found");
  for (const prefix of ["event", "said"]) {
    assert.deepEqual(
      kinds.filter((kind) => wordOf(prefix, kind) === undefined),
      [],
      prefix,
    );
  }
});

test("t() chooses the form for one thing, also where its number comes written out", () => {
  assert.equal(t("zone.tasks", { count: 1 }), "1 open task");
  assert.equal(t("zone.tasks", { count: "1" }), "1 open task");
  assert.equal(t("zone.tasks", { count: 0 }), "0 open tasks");
  assert.equal(t("floor.people", { people: 1, zones: 1, all: 4 }), "1 person in 1 of 4 zones");
});

test("t() fills in what it is given and leaves the rest", () => {
  assert.equal(t("tasks.acceptedBy", { name: "Aiko" }), "Aiko is on it");
  assert.equal(t("tasks.acceptedBy"), "{name} is on it");
});
