import assert from "node:assert/strict";
import { test } from "node:test";
import {
  covers,
  isFilter,
  type MqttUser,
  mayBe,
  mayRead,
  mayWrite,
  rightsOf,
} from "../../../transports/mqtt/acl.ts";
import fc from "../../support/fc.ts";

const device = (given: Partial<MqttUser> = {}): MqttUser => ({
  ...{ id: "light_01", role: "device", zones: ["main"], write: [], read: [] },
  ...given,
});
const RIGHTS = rightsOf(device());

const writes = [
  ["office/main/light/light_01/state", true],
  ["office/main/sensor/light_01", true],
  ["office/main/sensor/light_01/a/b", true],
  ["mcp/light_01/response/7", true],
  ["office/main/sensor/light_02/state", false],
  ["office/main/sensor/light_01.leaf/state", false],
  ["office/lab/light/light_01/state", false],
  ["office/main/light_01/x/state", false],
  ["office/main/task_report/17", false],
  ["mcp/light_01/request/call_tool", false],
  ["mcp/light_02/response/7", false],
  ["office/main/+/light_01/x", false],
  ["office/main/light/light_01/#", false],
  ["$SYS/broker", false],
  ["", false],
  ["office", false],
] as const;
for (const [topic, allowed] of writes) {
  test(`mayWrite(): a device ${allowed ? "says" : "does not say"} ${JSON.stringify(topic)}`, () =>
    assert.equal(mayWrite(RIGHTS, topic), allowed));
}

const reads = [
  ["mcp/light_01/request/#", true],
  ["mcp/light_01/request/call_tool", true],
  ["mcp/light_01/request/+", true],
  ["mcp/light_01/request", true],
  ["mcp/+/request/#", false],
  ["mcp/#", false],
  ["#", false],
  ["+/light_01/request/#", false],
  ["office/#", false],
  ["$SYS/#", false],
  ["$share/group/mcp/light_01/request/#", false],
  ["mcp/light_01/request/#/x", false],
  ["mcp/light_01/request/a#", false],
  ["", false],
] as const;
for (const [filter, allowed] of reads) {
  test(`mayRead(): a device ${allowed ? "hears" : "does not hear"} ${JSON.stringify(filter)}`, () =>
    assert.equal(mayRead(RIGHTS, filter), allowed));
}

const level = fc.constantFrom(
  "office",
  "main",
  "lab",
  "mcp",
  "light_01",
  "light_02",
  "request",
  "response",
  "sensor",
  "",
  "a",
);
const topic = fc.array(level, { minLength: 1, maxLength: 6 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 5 }), fc.boolean())
  .map(([levels, isOpen]) =>
    [...levels, ...(isOpen || levels.length === 0 ? ["#"] : [])].join("/"),
  );

/** MQTT 3.1.1 §4.7, written down apart from `covers`. */
function matches(pattern: string, name: string): boolean {
  const go = (p: readonly string[], n: readonly string[]): boolean => {
    const [head, ...rest] = p;
    if (head === undefined) return n.length === 0;
    if (head === "#") return true;
    if (n.length === 0) return false;
    return (head === "+" || head === n[0]) && go(rest, n.slice(1));
  };
  const levels = name.split("/");
  const wide = pattern.split("/");
  return go(wide, levels) || (wide.at(-1) === "#" && go(wide.slice(0, -1), levels));
}

test("covers(): what a covered filter matches, the covering one matches; and a topic is covered as it is matched", () => {
  fc.assert(
    fc.property(filter, filter, topic, (allowed, asked, name) => {
      if (covers(allowed, asked) && matches(asked, name)) assert.ok(matches(allowed, name));
      assert.equal(covers(allowed, name), matches(allowed, name));
    }),
    { numRuns: 5_000 },
  );
});

test("a device says nothing that is not its own, and hears nothing that is another's, whatever the filter", () => {
  const own = [/^office\/main\/[^/]*\/light_01(\/|$)/, /^mcp\/light_01\/response(\/|$)/];
  const under = (prefix: string) => topic.map((rest) => `${prefix}/${rest}`);
  // Levels drawn at random hardly ever name the device itself.
  const said = fc.oneof(
    ...["office/main/sensor/light_01", "mcp/light_01/response"].map(under),
    topic,
    fc.string(),
  );
  let allowedTopics = 0;
  fc.assert(
    fc.property(said, filter, topic, (name, asked, other) => {
      if (mayWrite(RIGHTS, name)) {
        allowedTopics += 1;
        assert.ok(
          own.some((pattern) => pattern.test(name)),
          name,
        );
      }
      if (mayRead(RIGHTS, asked) && matches(asked, other)) {
        assert.match(other, /^mcp\/light_01\/request(\/|$)/);
      }
    }),
    { numRuns: 5_000 },
  );
  assert.ok(allowedTopics > 0);
});

test("isFilter() takes any text without throwing, and only well-formed filters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (isFilter(text)) assert.ok(!text.includes("\0") && !/[^/][+#]|[+#][^/]/.test(text));
    }),
  );
});

test("roles: a reader says nothing and hears the office, a node both, but for the broker's own topics", () => {
  const reader = rightsOf(device({ id: "wall", role: "reader" }));
  assert.equal(mayRead(reader, "office/#"), true);
  assert.equal(mayRead(reader, "mcp/#"), false);
  assert.equal(mayWrite(reader, "office/main/sensor/wall/x"), false);
  const node = rightsOf(device({ role: "node" }));
  assert.equal(mayRead(node, "#") && mayWrite(node, "office/main/x/y/z"), true);
  assert.equal(mayRead(node, "$SYS/#") || mayWrite(node, "$SYS/x"), false);
  const roaming = rightsOf(
    device({ zones: [], write: ["office/main/occupancy"], read: ["office/+/time"] }),
  );
  assert.equal(mayWrite(roaming, "office/lab/light/light_01/state"), true);
  assert.equal(mayWrite(roaming, "office/main/occupancy"), true);
  assert.equal(mayRead(roaming, "office/lab/time"), true);
});

test("mayBe(): a user's client ids are its name, and what begins with it and a colon", () => {
  for (const [id, own] of [
    ["light_01", true],
    ["light_01:2", true],
    ["light_012", false],
    ["light_02", false],
    ["mycel@office", false],
  ] as const) {
    assert.equal(mayBe(device(), id), own, id);
  }
  assert.ok(mayBe(device({ role: "node" }), "anything"));
});
