/**
 * No secret leaves by the side: a real node that logs all it can, with a canary in the place of each secret, is
 * driven through successes and failures, and then nothing it has said or kept holds one.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import mqtt from "mqtt";
import WebSocket from "ws";
import type { AgentStateItem } from "../../transports/http/office/agent-contract.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../transports/password.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const CANARY = {
  httpPassword: "canary-http-5b1f09a7",
  wrongPassword: "canary-wrong-77d0c1e2",
  mqttPassword: "canary-mqtt-90ab13cd",
  lightPassword: "canary-light-4411fe02",
  wrongMqttPassword: "canary-mqttwrong-c0ffee11",
  personPassword: "canary-person-8d2e6f30",
  newPersonPassword: "canary-newperson-12fa9b7c",
  modelKey: "canary-model-key-3ea0d7b54c",
  bearer: "canary-bearer-6fe1209b",
  deadCookie: "canary-cookie-0d9c8b7a6f5e4d3c2b1a",
  fleetSecret: "c0ffee00fee7c0ffee00fee7c0ffee01",
  keySecret: "deadbeef5ea1deadbeef5ea1deadbe02",
  installCode: "0ddba11c0de50ddba11c0de50ddba103",
} as const;
const HEX: readonly string[] = [CANARY.fleetSecret, CANARY.keySecret, CANARY.installCode];

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const basic = (user: string, password: string): { readonly authorization: string } => ({
  authorization: `Basic ${base64(`${user}:${password}`)}`,
});
const JSON_BODY = { "content-type": "application/json" };
const PAGE = { ...JSON_BODY, "x-mycel": "page" };

describe("secrets", () => {
  const dir = temporaryDir();
  const data = join(dir, "data");
  /** What must be found nowhere, by what it is: the canaries in each form, and what the run itself adds. */
  const needles = new Map<string, string | Buffer>();
  /** Everything that was answered, by whom it was asked. */
  const answers: string[] = [];
  let refusing: Server;
  let node: NodeProcess;

  before(async () => {
    for (const [name, secret] of Object.entries(CANARY)) {
      needles.set(name, secret);
      if (HEX.includes(secret)) needles.set(`${name} as bytes`, Buffer.from(secret, "hex"));
      else needles.set(`${name} in base64`, base64(secret));
      for (const user of ["script", "operator", "office", "light_01"]) {
        needles.set(`${user}:${name}`, base64(`${user}:${secret}`).replace(/=+$/, ""));
      }
    }
    // As providers do, it tells the key that it refuses.
    refusing = createServer((request, response) => {
      request.resume();
      const key = String(request.headers.authorization);
      response.writeHead(401, { "content-type": "application/json", "x-request-key": key });
      response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}.` } }));
    });
    refusing.listen(0, "127.0.0.1");
    await once(refusing, "listening");
    const { port } = refusing.address() as AddressInfo;
    const served = { provider: "compatible", model: "m", key: "env:MYCEL_TEST_KEY", retriesMax: 0 };
    node = await startNodeProcess(
      dir,
      {
        logLevel: "debug",
        threads: 2,
        http: { user: "script", password: CANARY.httpPassword },
        mqtt: {
          user: "office",
          password: CANARY.mqttPassword,
          users: [
            {
              id: "light_01",
              passwordHash: await hashPassword(CANARY.lightPassword, RANDOM_PASSWORD_COST),
            },
          ],
        },
        storage: { keySecret: CANARY.keySecret },
        office: {
          agent: { everyMs: 1_000, apartMs: 0, batchDelayMs: 0 },
          models: [
            {
              ...served,
              name: "refusing",
              baseUrl: `http://127.0.0.1:${port}/v1`,
              cooldownMs: 100,
            },
            // Port 9 takes nothing.
            { ...served, name: "away", baseUrl: "http://127.0.0.1:9/v1", cooldownMs: 100 },
            { provider: "scripted" },
          ],
        },
        zones: [{ id: "main" }],
        hubs: [{ id: "swarm_hub_01", zone: "main", fleetSecret: CANARY.fleetSecret }],
      },
      { MYCEL_TEST_KEY: CANARY.modelKey },
    );
  });
  after(async () => {
    await node?.end("SIGKILL");
    refusing?.close();
    removeDir(dir);
  });

  /** Keeps the answer with its headers, but for the cookie that it sets. */
  async function ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    { method = "GET", body }: { method?: string; body?: string } = {},
  ): Promise<Response & { readonly said: string }> {
    const answer = await fetch(node.file.url + path, { method, headers, ...(body && { body }) });
    const said = await answer.text();
    const shown = [...answer.headers].filter(([name]) => name !== "set-cookie");
    answers.push(`${method} ${path.split("?")[0]} ${JSON.stringify(shown)} ${said}`);
    return Object.assign(answer, { said });
  }
  const post = (path: string, headers: Readonly<Record<string, string>>, body: unknown) =>
    ask(path, headers, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const OPERATOR = { ...JSON_BODY, ...basic("script", CANARY.httpPassword) };

  async function raw(text: string): Promise<void> {
    const socket = connectTcp(Number(new URL(node.file.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.on("data", (chunk) => answers.push(String(chunk)));
    socket.end(text);
    await once(socket, "close");
  }

  test("logins, sessions and passwords, right and wrong", async () => {
    const people = JSON.parse((await ask("/api/users", OPERATOR)).said) as { id: number }[];
    const id = people[0]?.id ?? 1;
    const password = { password: CANARY.personPassword };
    const put = { method: "PUT", body: JSON.stringify(password) };
    assert.equal((await ask(`/api/users/${id}`, OPERATOR, put)).status, 200);

    const wrong = { name: "operator", password: CANARY.wrongPassword };
    assert.equal((await post("/api/login", PAGE, wrong)).status, 401);
    const login = await post("/api/login", PAGE, { name: "operator", ...password });
    assert.equal(login.status, 200, login.said);
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    needles.set("session", cookie.split("=")[1] ?? "");
    const page = { ...PAGE, cookie };
    assert.equal((await ask("/api/me", page)).status, 200);

    const change = (passwords: object) =>
      ask("/api/me/password", page, { method: "PUT", body: JSON.stringify(passwords) });
    const newPassword = CANARY.newPersonPassword;
    assert.equal((await change({ password: CANARY.wrongPassword, newPassword })).status, 401);
    const changed = await change({ ...password, newPassword });
    assert.equal(changed.status, 200);
    const next = changed.headers.get("set-cookie")?.split(";")[0] ?? "";
    needles.set("next session", next.split("=")[1] ?? "");

    const feed = new WebSocket(`${node.file.url.replace("http", "ws")}/live`, {
      headers: { cookie: next },
    });
    const [first] = await once(feed, "message");
    answers.push(String(first));
    assert.equal((await post("/api/logout", { ...PAGE, cookie: next }, {})).status, 200);
    await once(feed, "close");
  });

  test("requests that are no good, with secrets in every place where somebody may put one", async () => {
    const secret = CANARY.personPassword;
    const expected: readonly (readonly [number, () => Promise<Response>])[] = [
      [400, () => post("/api/login", PAGE, `{"name":"operator","password":"${secret}"`)],
      [400, () => post("/api/login", PAGE, { name: "operator", password: [secret] })],
      [400, () => post("/api/login", PAGE, { name: { secret } })],
      [415, () => post("/api/login", { "content-type": "text/plain" }, secret)],
      [401, () => post("/api/login", PAGE, { name: secret, password: secret })],
      [400, () => post("/api/users", OPERATOR, { name: `${secret} !`, password: secret })],
      [400, () => post("/api/users", OPERATOR, { name: "ann", role: secret })],
      [400, () => post("/api/hubs/swarm_hub_01/pairing", OPERATOR, { forS: CANARY.installCode })],
      [404, () => ask(`/api/nothing?password=${secret}`, OPERATOR)],
      [404, () => ask(`/api/leaves/swarm_hub_01/99?key=${CANARY.modelKey}`, OPERATOR)],
      [401, () => ask("/api/state", basic("script", CANARY.wrongPassword))],
      [401, () => ask("/api/state", basic("operator", CANARY.wrongPassword))],
      [401, () => ask("/api/state", { authorization: `Bearer ${CANARY.bearer}` })],
      [401, () => ask("/api/state", { authorization: CANARY.bearer })],
      [
        401,
        () =>
          ask("/api/state", {
            cookie: `mycel_session_${new URL(node.file.url).port}=${CANARY.deadCookie}`,
          }),
      ],
      [403, () => ask("/api/state", { ...OPERATOR, origin: "http://attacker.example" })],
    ];
    for (const [status, request] of expected) {
      const answer = await request();
      assert.equal(answer.status, status, `${request}`);
    }
    const { authorization } = OPERATOR;
    await raw(`GET /api/state HTTP/1.1\r\nAuthorization: ${authorization}\r\nbroken\r\n\r\n`);
    await raw(`GET /${"a".repeat(20_000)} HTTP/1.1\r\nAuthorization: ${authorization}\r\n\r\n`);
    const stranger = new WebSocket(`${node.file.url.replace("http", "ws")}/live`, {
      headers: basic("script", CANARY.wrongPassword),
    });
    const [fault] = await once(stranger, "error");
    assert.match(String(fault), /401/);
    const open = { forS: 60, installCode: CANARY.installCode };
    const opened = await post("/api/hubs/swarm_hub_01/pairing", OPERATOR, open);
    assert.equal(opened.status, 200, opened.said);
  });

  test("the bus, with right and wrong passwords", async () => {
    const enter = (username: string, password: string) =>
      mqtt.connectAsync(
        node.file.mqttUrl,
        { clientId: username, username, password, reconnectPeriod: 0 },
        false,
      );
    await assert.rejects(enter("office", CANARY.wrongMqttPassword));
    await assert.rejects(enter("light_01", CANARY.wrongMqttPassword));
    await assert.rejects(enter("nobody", CANARY.mqttPassword));
    const light = await enter("light_01", CANARY.lightPassword);
    light.publish("office/main/x/another_device/y", CANARY.lightPassword);
    const office = await enter("office", CANARY.mqttPassword);
    office.on("message", (topic, message) => answers.push(`${topic} ${message}`));
    await office.subscribeAsync("office/#");
    light.end(true);
    office.end(true);
  });

  test("models that refuse the key, and tell it, or are away", async () => {
    await post("/api/agent/cycles", OPERATOR, { note: "look" });
    const faults = await until(async () => {
      const { models } = JSON.parse((await ask("/api/agent", OPERATOR)).said) as AgentStateItem;
      const told = models.slice(0, 2).map(({ lastFault }) => lastFault ?? "");
      return told.every((fault) => fault !== "") && told;
    });
    assert.match(String(faults), /401.*Incorrect API key/);
  });

  test("commands that name a password in the node's address", async () => {
    const { host } = new URL(node.file.url);
    const said = async (args: readonly string[], input?: string): Promise<number | null> => {
      const { status, stdout, stderr } = await runMycel(args, input);
      answers.push(`mycel ${args[0]}: ${stdout}${stderr}`);
      return status;
    };
    const url = (address: string, password: string) => `http://script:${password}@${address}`;
    assert.equal(await said(["state", "--url", url(host, CANARY.httpPassword)]), 0);
    assert.equal(await said(["state", "--url", url(host, CANARY.wrongPassword)]), 1);
    assert.equal(await said(["state", "--url", url("127.0.0.1:9", CANARY.httpPassword)]), 1);
    assert.equal(await said(["state", "--url", url("no host", CANARY.httpPassword)]), 2);
    const notHex = CANARY.httpPassword;
    const leaf = ["leaf", "--hub", "udp://127.0.0.1:9", "--wire", "2"];
    assert.equal(await said([...leaf, "--fleet-secret", notHex]), 2);
  });

  test("settings with a mistake beside a secret", async () => {
    const config = join(dir, "wrong.yaml");
    for (const value of [
      `*${CANARY.httpPassword}`,
      `>${CANARY.httpPassword}`,
      "*x",
      `[${CANARY.httpPassword}]`,
    ]) {
      writeFileSync(config, `http:\n  user: script\n  password: ${value}\n`);
      const { status, stdout, stderr } = await runMycel(["up", "--config", config]);
      assert.equal(status, 1);
      assert.match(stderr, /wrong\.yaml has \d+ mistakes?:/);
      answers.push(`mycel up: ${stdout}${stderr}`);
    }
  });

  test("nothing that was said or kept holds one of them", async () => {
    for (const path of [
      ...["/metrics", "/api/state", "/api/events", "/api/openapi.json", "/api/agent"],
      ...["/api/agent/cycles", "/api/users", "/api/devices", "/api/hubs"],
    ]) {
      await ask(path, OPERATOR);
    }
    await node.end("SIGTERM");
    const output = node.output();
    assert.match(output, /"level":(20|30|40|50)/, "it has logged");
    const found: string[] = [];
    const look = (where: string, bytes: Buffer): void => {
      for (const [name, needle] of needles) {
        assert.ok(needle.length >= 16, `${name} is long enough to be told apart`);
        if (bytes.includes(needle)) found.push(`${name} in ${where}`);
      }
    };
    look("the node's output", Buffer.from(output));
    for (const answer of answers) look(answer.slice(0, 300), Buffer.from(answer));
    const kept = filesIn(data);
    assert.ok(kept.length >= 2, "stores were searched");
    for (const file of kept) look(file, readFileSync(file));
    assert.deepEqual(found, []);
  });
});

/** The settings, which hold the secrets, stand beside the data folder. */
const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
