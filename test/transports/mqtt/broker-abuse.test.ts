/** What one user of the bus, or nobody yet, must not take from all others. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { connectAsync, type IClientOptions } from "mqtt";
import { type BrokerOptions, startBroker } from "../../../transports/mqtt/broker.ts";
import { RetainedTopics } from "../../../transports/mqtt/retained-topics.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import { until } from "../../support/until.ts";
import { PASSWORD, USER } from "./brokers.ts";

const passwordHash = await hashPassword(PASSWORD, RANDOM_PASSWORD_COST);
const device = (id: string) => ({
  ...{ id, role: "device" as const, zones: [], write: [], read: [], passwordHash },
});

async function start(t: TestContext, options: Partial<BrokerOptions> = {}) {
  const broker = await startBroker({
    ...{ host: "127.0.0.1", port: 0, portFixed: false, users: new Map([[USER, passwordHash]]) },
    others: [device("lamp"), device("pump")],
    ...options,
  });
  t.after(() => broker.close());
  const enter = async (username: string, given: IClientOptions = {}) => {
    const client = await connectAsync(broker.url, {
      ...{ username, password: PASSWORD, reconnectPeriod: 0, ...given },
    });
    client.on("error", () => {});
    t.after(() => client.end(true));
    return client;
  };
  return { broker, enter };
}

const text = (words: string): Buffer => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
};
/** MQTT 3.1.1 §2.2: type and flags, length in at most two bytes here, body. */
const packet = (type: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  return Buffer.concat([
    size < 128 ? Buffer.of(type, size) : Buffer.of(type, (size & 127) | 128, size >> 7),
    body,
  ]);
};
const hello = (user: string, clientId = user): Buffer =>
  packet(
    0x10,
    ...[text("MQTT"), Buffer.of(4, 0xc2, 0, 60)],
    ...[text(clientId), text(user), text(PASSWORD)],
  );

test("a client that has gone before its password was looked at takes no place of its user", async (t) => {
  // So slow that all have gone before it is compared.
  const slow = await hashPassword(PASSWORD);
  const { broker, enter } = await start(t, { others: [{ ...device("lamp"), passwordHash: slow }] });
  for (let no = 0; no < 8; no += 1) {
    const socket = connect(broker.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((resolve) => {
      socket.write(hello("lamp", `lamp:${no}`), () => {
        socket.resetAndDestroy();
        resolve();
      });
    });
  }
  await enter("lamp", { clientId: "lamp" });
  assert.equal(broker.stats().refused["tooManyConnections"], undefined);
});

test("a client id that looks like the broker's own for the nameless, or like the node's, is no user's", async (t) => {
  const { broker, enter } = await start(t, { isOwn: (id) => id.endsWith("@office") });
  const bridge = await enter(USER, { clientId: "aedes_bridge" });
  await assert.rejects(enter("lamp", { clientId: "aedes_bridge" }));
  await assert.rejects(enter("lamp", { clientId: "lamp:x@office" }), "the node would not hear it");
  assert.ok(bridge.connected);
  assert.equal(broker.stats().refused["foreignClientId"], 2);
  await enter("lamp", { clientId: "" });
});

test("RetainedTopics bounds what each user has the broker keep, in topics and bytes, and leaves nodes their own", () => {
  const kept = new RetainedTopics();
  for (let no = 0; no < 1_024; no += 1) assert.ok(kept.put(`lamp/${no}`, "lamp", 1));
  assert.ok(!kept.put("lamp/more", "lamp", 1));
  assert.ok(kept.put("lamp/0", "lamp", 2), "one that it has");
  kept.delete("lamp/1");
  assert.ok(kept.put("lamp/more", "lamp", 1), "one went");
  assert.ok(kept.put("pump/0", "pump", 4 * 1024 * 1024));
  assert.ok(!kept.put("pump/1", "pump", 1));
  assert.ok(kept.put("pump/0", "pump", 1), "a smaller one in its place");
  assert.ok(kept.put("pump/1", "pump", 1));
  for (let user = 0; user < 20; user += 1)
    for (let no = 0; no < 1_024; no += 1) kept.put(`${user}/${no}`, `${user}`, 1);
  assert.equal(kept.size, 10_000, "all users together");
  assert.ok(!kept.put("new/0", "new", 1));
  assert.ok(
    kept.put("office/lab/sensor/hub/status", undefined, 1),
    "a node's presence has its place",
  );
  assert.ok(kept.put("lamp/2", undefined, 1), "another writes over it, and it is that one's");
  assert.ok(kept.put("lamp/again", "lamp", 1));
});

test("messages of quality 2 that are never released are bounded, a connection at a time", async (t) => {
  const { broker, enter } = await start(t);
  const other = await enter("pump", { clientId: "pump" });
  const socket = connect(broker.port, "127.0.0.1");
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  socket.resume();
  socket.write(hello("lamp"));
  for (let id = 1; id <= 65; id += 1) {
    const publish = [text("office/lab/x/lamp/y"), Buffer.of(id >> 8, id & 255)];
    socket.write(packet(0x34, ...publish, Buffer.alloc(1_000)));
  }
  await until(() => isClosed);
  await other.publishAsync("office/lab/x/pump/y", "1", { qos: 2 });
});

test("subscribing counts like saying: a flood of it is refused, and others go on", async (t) => {
  const { broker, enter } = await start(t, { clock: { monotonicMs: () => 0 } });
  const lamp = await enter("lamp", { clientId: "lamp" });
  for (let round = 0; round < 21; round += 1) {
    const filters = Array.from({ length: 100 }, (_, no) => `mcp/lamp/request/${no}`);
    await lamp.subscribeAsync(filters).catch(() => {});
    await lamp.unsubscribeAsync(filters);
  }
  assert.ok((broker.stats().refused["tooManyMessages"] ?? 0) >= 100);
  const pump = await enter("pump", { clientId: "pump" });
  assert.equal((await pump.subscribeAsync("mcp/pump/request/a"))[0]?.qos, 0);
});

test("wrong passwords are compared ever more rarely: of a name from one address, and of an address at all", async (t) => {
  let nowMs = 0;
  const { broker, enter } = await start(t, { clock: { monotonicMs: () => nowMs } });
  const wrong = (user: string) => assert.rejects(enter(user, { password: "wrong" }));
  for (let no = 0; no < 5; no += 1) await wrong("lamp");
  assert.equal(broker.stats().refused["tooManyGuesses"], undefined);
  await wrong("lamp");
  assert.equal(broker.stats().refused["tooManyGuesses"], 1);
  await assert.rejects(enter("lamp", { clientId: "lamp" }), "nor is the right one looked at");
  await enter("pump", { clientId: "pump" });
  nowMs += 1_000;
  const lamp = await enter("lamp", { clientId: "lamp" });
  await lamp.endAsync();

  for (let no = 0; no < 95; no += 1) await wrong(`nobody${no}`);
  const before = broker.stats().refused["tooManyGuesses"] ?? 0;
  await wrong("one more");
  await wrong("and another");
  assert.ok((broker.stats().refused["tooManyGuesses"] ?? 0) > before);
  nowMs += 1_000;
  await enter("lamp", { clientId: "lamp" });
});
