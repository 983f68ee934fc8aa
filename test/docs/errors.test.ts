import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { FOREIGN_REFUSALS } from "../../actors/bus/foreign.ts";
import { MCP_REFUSALS } from "../../actors/device/device-counters.ts";
import { DEVICE_FAILURES } from "../../actors/device/messages.ts";
import { HUB_REFUSALS } from "../../actors/hub/hub-counters.ts";
import { COMMAND_REFUSALS } from "../../actors/hub/outbox/messages.ts";
import { FRAME_FAULTS } from "../../firmware/wire/frame-types.ts";
import { ENVELOPE_FAULTS } from "../../firmware/wire/gateway-types.ts";
import { DEAD_LETTER_REASONS } from "../../runtime/dead-letters.ts";
import { ERROR_CODES } from "../../runtime/errors.ts";
import { noResyncFaults } from "../../transports/frame/resync-reader.ts";
import { Splitter } from "../../transports/frame/splitter.ts";
import {
  refusalError,
  SESSION_REFUSALS,
  type SessionRefusal,
} from "../../transports/mcp/session-refusals.ts";
import { USER_REFUSALS } from "../../transports/mqtt/broker-users.ts";
import { CERTIFICATE_REFUSALS } from "../../transports/mqtt/client-certificates.ts";
import { ROOT } from "./bounds.ts";

const source = (file: string): string => readFileSync(`${ROOT}${file}`, "utf8");

/** Rows of each section, by its heading. */
const sections = new Map<string, readonly (readonly string[])[]>(
  source("docs/errors.md")
    .split(/^#{2,3} /m)
    .map((text) => [
      text.split("\n")[0] ?? "",
      text
        .split("\n")
        .filter((line) => line.startsWith("| `"))
        .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", ""))),
    ]),
);

const rowsOf = (heading: string): readonly (readonly string[])[] => {
  const found = [...sections].find(([title]) => title.startsWith(heading));
  assert.ok(found !== undefined, `docs/errors.md has a section ${heading}`);
  return found[1];
};
const namesIn = (heading: string): readonly string[] => rowsOf(heading).map((row) => row[1] ?? "");
const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();
const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? "");

test("ERROR_CODES and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Codes"), [...ERROR_CODES]);
  for (const [, code, meaning, todo] of rowsOf("Codes"))
    assert.ok(meaning && todo, `${code} has a meaning and what to do`);
});

test("docs/errors.md says of exactly those codes that they are not raised", () => {
  const code = globSync("{actors,config,firmware,runtime,transports}/**/*.ts", { cwd: ROOT })
    .filter((file) => file !== "runtime/errors.ts")
    .map(source)
    .join("\n")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const unused = ERROR_CODES.filter((name) => !code.includes(`"${name}"`));
  const said = rowsOf("Codes").filter((row) => row[2]?.startsWith("Not raised"));
  assert.deepEqual(sorted(said.map((row) => row[1] ?? "")), sorted(unused));
});

test("FRAME_FAULTS and HUB_REFUSALS are in docs/errors.md, in their order", () => {
  assert.deepEqual(namesIn("Frames"), [...FRAME_FAULTS, ...HUB_REFUSALS]);
});

test("COMMAND_REFUSALS and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Commands to leaves"), [...COMMAND_REFUSALS]);
});

test("the links' reasons are in docs/errors.md", () => {
  const counted = [
    ...all(source("transports/udp/udp-link.ts"), /#refuse\("(\w+)"\)/g),
    ...all(source("transports/tcp/tcp-connection.ts"), /\.refuse\("(\w+)"\)/g),
    ...all(source("transports/tcp/tcp-link.ts"), /\.refuse\("(\w+)"\)/g),
    ...Object.keys(new Splitter(() => {}).refused),
    ...Object.keys(noResyncFaults()),
    ...all(source("transports/serial/serial-link.ts"), /^ {6}(\w+): this\.#\w+,$/gm),
    ...all(source("actors/link/link-totals.ts"), /\.\.\.refused, (\w+) }/g),
  ];
  assert.ok(counted.includes("sendFailed") && counted.includes("hubBusy"));
  assert.deepEqual(sorted([...namesIn("Links"), "tooLong"]), sorted(counted));
});

test("the reasons of buses and radios are in docs/errors.md", () => {
  const told = ["i2c/i2c_helper.c", "ble/ble_helper.c"].flatMap((file) =>
    all(source(`transports/${file}`), /"([a-z][A-Za-z]+)"/g),
  );
  // Why a link cannot be opened is in the sentence of its error.
  assert.deepEqual(sorted(namesIn("Buses")), sorted(told.filter((word) => word !== "taken")));
});

test("the gateways' reasons are in docs/errors.md", () => {
  const counted = all(source("transports/gateway/gateway.ts"), /this\.#refuse\("(\w+)", /g);
  assert.deepEqual(sorted(namesIn("Gateways")), sorted([...ENVELOPE_FAULTS, ...counted]));
});

test("DEAD_LETTER_REASONS and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Messages between actors"), [...DEAD_LETTER_REASONS]);
});

test("the API's problems are in docs/errors.md with their status", () => {
  const problems = [
    ...source("transports/http/problems.ts").matchAll(/^ {2}(\w+): \[(\d{3}), "/gm),
  ].map(([, code = "", status = ""]) => `${code} ${status}`);
  assert.ok(problems.length > 10);
  assert.deepEqual(
    rowsOf("Requests").map((row) => `${row[1]} ${row[2]}`),
    problems,
  );
});

test("FOREIGN_REFUSALS and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Foreign devices"), [...FOREIGN_REFUSALS]);
});

test("DEVICE_FAILURES and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Calls of devices' tools"), [...DEVICE_FAILURES]);
});

test("MCP_REFUSALS and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("What others say under"), [...MCP_REFUSALS]);
});

test("SESSION_REFUSALS and docs/errors.md are the same list", () => {
  assert.deepEqual(namesIn("Sessions of MCP clients"), [...SESSION_REFUSALS]);
  for (const [, reason = "", , code = ""] of rowsOf("Sessions of MCP clients")) {
    if (code === "") continue;
    assert.equal(refusalError(reason as SessionRefusal).code, Number(code), reason);
  }
});

test("the embedded broker's reasons are in docs/errors.md", () => {
  const broker = source("transports/mqtt/broker.ts");
  const counted = [
    ...all(broker, /\bcount\("(\w+)"\)/g),
    ...USER_REFUSALS,
    ...CERTIFICATE_REFUSALS,
    ...all(broker, /count\(verdict === "busy" \? ("busy") : "badPassword"\)/g).map(() => "busy"),
    ...(broker.includes(': "badPassword")') ? ["badPassword"] : []),
    ...all(broker.slice(broker.indexOf("function reasonOf")), /return "(\w+)"/g),
    ...all(broker.slice(broker.indexOf("function reasonOf")), /\? "(\w+)" : "\w+";/g),
    ...all(broker.slice(broker.indexOf("function reasonOf")), /\? "\w+" : "(\w+)";/g),
  ];
  assert.deepEqual(sorted(namesIn("The embedded broker")), sorted(counted));
});
