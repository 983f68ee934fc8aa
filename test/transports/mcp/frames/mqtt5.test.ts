/** MCP over MQTT 5: topics, user properties and notices, as tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientCapabilityTopic,
  clientPresenceTopic,
  connectProperties,
  controlTopic,
  DISCONNECTED,
  isDisconnected,
  isMqttId,
  isServerName,
  mayCall,
  mayList,
  onlineNotice,
  placeOfPresence,
  presenceFilter,
  publishProperties,
  type Role,
  readPresence,
  rpcTopic,
  senderOf,
  serverCapabilityTopic,
  serverPresenceTopic,
  suggestedBy,
} from "../../../../transports/mcp/frames/mqtt5.ts";
import fc from "../../../support/fc.ts";

const place = { serverId: "s-1", serverName: "home/kitchen/light" };
const bytes = (text: string): Uint8Array => Buffer.from(text);

const TOPICS: readonly (readonly [topic: string, specified: string])[] = [
  [controlTopic(place), "$mcp-server/s-1/home/kitchen/light"],
  [serverCapabilityTopic(place), "$mcp-server/capability/s-1/home/kitchen/light"],
  [serverPresenceTopic(place), "$mcp-server/presence/s-1/home/kitchen/light"],
  [clientPresenceTopic("c-1"), "$mcp-client/presence/c-1"],
  [clientCapabilityTopic("c-1"), "$mcp-client/capability/c-1"],
  [rpcTopic("c-1", place), "$mcp-rpc/c-1/s-1/home/kitchen/light"],
  [presenceFilter("home/+/light"), "$mcp-server/presence/+/home/+/light"],
];
for (const [topic, specified] of TOPICS) {
  test(`the topic is the specification's: ${specified}`, () => assert.equal(topic, specified));
}

const PRESENCES: readonly (readonly [topic: string, place: object | undefined])[] = [
  ["$mcp-server/presence/s-1/home/kitchen/light", place],
  ["$mcp-server/presence/s-1/x", { serverId: "s-1", serverName: "x" }],
  ["$mcp-server/presence/s-1", undefined],
  ["$mcp-server/presence/s-1/", undefined],
  ["$mcp-server/presence/s-1/a//b", undefined],
  ["$mcp-server/presence//x", undefined],
  ["$mcp-server/capability/s-1/x", undefined],
  ["$mcp-client/presence/c-1", undefined],
  [`$mcp-server/presence/s-1/${"x".repeat(129)}`, undefined],
];
for (const [topic, found] of PRESENCES) {
  test(`placeOfPresence() ${found === undefined ? "refuses" : "reads"} ${topic.slice(0, 60)}`, () =>
    assert.deepEqual(placeOfPresence(topic), found));
}

test("placeOfPresence() reads back every place whose id and name can be in a topic", () => {
  const level = fc.stringMatching(/^[\w.:-]{1,12}$/);
  fc.assert(
    fc.property(level, fc.array(level, { minLength: 1, maxLength: 5 }), (serverId, levels) => {
      const of = { serverId, serverName: levels.join("/") };
      assert.deepEqual(placeOfPresence(serverPresenceTopic(of)), of);
    }),
  );
});

test("ids have no / + #, names are levels without wildcards", () => {
  for (const id of ["a", "mycel-mcp-1", "é"]) assert.ok(isMqttId(id), id);
  for (const id of ["", "a/b", "+", "a#", "a b", "x".repeat(129)]) assert.ok(!isMqttId(id), id);
  for (const name of ["a", "a/b/c"]) assert.ok(isServerName(name), name);
  for (const name of ["", "/a", "a/", "a//b", "a/+", "#"]) assert.ok(!isServerName(name), name);
});

test("CONNECT and PUBLISH carry the user properties that the specification asks for", () => {
  const { "MCP-META": meta, ...rest } = connectProperties("mcp-client", {
    name: "office",
    version: "1.2.3",
  });
  assert.deepEqual(rest, { "MCP-COMPONENT-TYPE": "mcp-client" });
  assert.deepEqual(JSON.parse(meta ?? ""), {
    ...{ implementation: "mycel", name: "office", version: "1.2.3" },
  });
  assert.deepEqual(publishProperties("mcp-server", "s-1"), {
    "MCP-COMPONENT-TYPE": "mcp-server",
    "MCP-MQTT-CLIENT-ID": "s-1",
  });
});

const SENDERS: readonly (readonly [properties: unknown, sender: string | undefined])[] = [
  [{ "MCP-MQTT-CLIENT-ID": "c-1" }, "c-1"],
  [{ "MCP-MQTT-CLIENT-ID": "c/1" }, undefined],
  [{ "MCP-MQTT-CLIENT-ID": "+" }, undefined],
  [{ "MCP-MQTT-CLIENT-ID": ["a", "b"] }, undefined],
  [{ "MCP-COMPONENT-TYPE": "mcp-client" }, undefined],
  [undefined, undefined],
];
for (const [properties, sender] of SENDERS) {
  test(`senderOf(${JSON.stringify(properties)}) is ${sender}`, () =>
    assert.equal(senderOf(properties), sender));
}

const viewer: Role = {
  ...{ name: "viewer", description: "Looks", methods: ["tools/list", "tools/call"] },
  ...{ tools: ["get"], resources: "all" },
};

test("an online notice says what it is for and which roles there are, and is read back", () => {
  const text = onlineNotice("lab/lamp", "A lamp", [viewer]);
  assert.deepEqual(JSON.parse(text), {
    jsonrpc: "2.0",
    method: "notifications/server/online",
    params: {
      server_name: "lab/lamp",
      description: "A lamp",
      meta: {
        rbac: {
          roles: [
            {
              name: "viewer",
              description: "Looks",
              allowed_methods: ["tools/list", "tools/call"],
              allowed_tools: ["get"],
              allowed_resources: "all",
            },
          ],
        },
      },
    },
  });
  assert.deepEqual(readPresence(bytes(text)), {
    kind: "online",
    roles: new Map([["viewer", viewer]]),
  });
});

const notice = (params: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method: "notifications/server/online", params });
const online = { kind: "online", roles: new Map() };
const NOTICES: readonly (readonly [payload: string, presence: object | undefined])[] = [
  ["", { kind: "gone" }],
  [notice({}), online],
  [notice({ meta: { rbac: { roles: "all" } } }), online],
  [notice({ meta: { rbac: { roles: [1, { name: 2 }, null] } } }), online],
  ['{"jsonrpc":"2.0","id":1,"method":"notifications/server/online"}', undefined],
  ['{"jsonrpc":"2.0","method":"notifications/disconnected"}', undefined],
  ["online", undefined],
  ["{", undefined],
];
for (const [payload, presence] of NOTICES) {
  test(`readPresence() of ${JSON.stringify(payload)}`, () =>
    assert.deepEqual(readPresence(bytes(payload)), presence));
}

test("what a role's description does not tell is not narrowed, and what cannot be read allows nothing", () => {
  const roles = [{ name: "open" }, { name: "closed", allowed_tools: "some" }];
  const read = readPresence(bytes(notice({ meta: { rbac: { roles } } })));
  assert.ok(read?.kind === "online");
  assert.ok(mayCall(read.roles.get("open"), "any") && mayList(read.roles.get("open")));
  assert.ok(!mayCall(read.roles.get("closed"), "any") && mayList(read.roles.get("closed")));
  assert.ok(mayCall(viewer, "get") && !mayCall(viewer, "set"));
  assert.ok(!mayCall({ ...viewer, methods: ["tools/list"] }, "get"));
  assert.ok(!mayList({ ...viewer, methods: [] }));
  assert.ok(mayCall(undefined, "any"), "without a known role the server decides");
});

const nothing = { serverName: undefined, filters: undefined, roles: new Map(), faults: [] };
const SUGGESTIONS: readonly (readonly [properties: unknown, suggested: object])[] = [
  [undefined, nothing],
  [{ other: "x" }, nothing],
  [{ "MCP-SERVER-NAME": "lab/lamp" }, { ...nothing, serverName: "lab/lamp" }],
  [{ "MCP-SERVER-NAME": "lab/+" }, { ...nothing, faults: ["MCP-SERVER-NAME"] }],
  [{ "MCP-SERVER-NAME": ["a", "b"] }, { ...nothing, faults: ["MCP-SERVER-NAME"] }],
  [
    { "MCP-SERVER-NAME-FILTERS": '["lab/#","+/light","#"]' },
    { ...nothing, filters: ["lab/#", "+/light", "#"] },
  ],
  ...["[]", "lab/#", '["a/#/b"]', '[""]', '["$SYS/#"]', "[1]", '["a+"]'].map(
    (text) =>
      [
        { "MCP-SERVER-NAME-FILTERS": text },
        { ...nothing, faults: ["MCP-SERVER-NAME-FILTERS"] },
      ] as const,
  ),
  [
    { "MCP-RBAC": '[{"server_name":"lab/lamp","role_name":"viewer"}]' },
    { ...nothing, roles: new Map([["lab/lamp", "viewer"]]) },
  ],
  [{ "MCP-RBAC": '[{"server_name":"lab/lamp"}]' }, { ...nothing, faults: ["MCP-RBAC"] }],
  [{ "MCP-RBAC": "{" }, { ...nothing, faults: ["MCP-RBAC"] }],
];
for (const [properties, suggested] of SUGGESTIONS) {
  test(`suggestedBy() of a CONNACK with ${JSON.stringify(properties)}`, () =>
    assert.deepEqual(suggestedBy(properties), suggested));
}

test("a farewell is the notification, or the empty message that some send", () => {
  assert.deepEqual(JSON.parse(DISCONNECTED), {
    jsonrpc: "2.0",
    method: "notifications/disconnected",
  });
  for (const text of [DISCONNECTED, ""]) assert.ok(isDisconnected(bytes(text)));
  for (const text of ["{", "{}", '{"id":1,"method":"notifications/disconnected"}']) {
    assert.ok(!isDisconnected(bytes(text)), text);
  }
});
