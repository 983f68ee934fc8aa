/** Logging in at a real server: who gets in, as what, and how it ends. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import WebSocket from "ws";
import { systemClock } from "../../../../runtime/clock.ts";
import { VirtualClock } from "../../../../runtime/testing/virtual-clock.ts";
import type { Role } from "../../../../transports/http/office/person-contract.ts";
import { ROUTES } from "../../../../transports/http/routes.ts";
import type { HttpServerOptions } from "../../../../transports/http/server.ts";
import { startLive } from "../../../../transports/live/start-live.ts";
import fc from "../../../support/fc.ts";
import { until } from "../../../support/until.ts";
import { memoryView } from "../memory-view.ts";
import { memoryPeople, officeWith } from "../people.ts";
import { startServer } from "../start-server.ts";

const PAGE = { "x-mycel": "page" };
const RANK: Readonly<Record<Role, number>> = { viewer: 0, member: 1, operator: 2 };

async function start(t: TestContext, options: Partial<HttpServerOptions> = {}) {
  const people = memoryPeople();
  const view = { ...memoryView(), office: officeWith(people) };
  const { http } = await startServer(t, { alwaysLogin: true, view, ...options });
  const ask = (
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
    method?: string,
  ) =>
    fetch(http.url + path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const login = async (
    name: string,
    password = `${name} password`,
    headers: Record<string, string> = {},
  ) => {
    const answer = await ask("/api/login", { ...PAGE, ...headers }, { name, password });
    const set = answer.headers.get("set-cookie");
    return { answer, set, cookie: set?.split(";")[0] ?? "" };
  };
  return { http, people, ask, login };
}

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const errorOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: string }).error;

test("without a login only the page's files, the login and /healthz are answered", async (t) => {
  const { ask } = await start(t);
  for (const { method, url, open } of ROUTES) {
    const path = url.replace(/:\w+/g, "1");
    const answer = await ask(path, {}, method === "GET" ? undefined : {}, method);
    if (open !== true) assert.equal(answer.status, 401, `${method} ${url}`);
    else assert.ok(["/healthz", "/api/login"].includes(url), `${url} is open`);
  }
  for (const path of ["/api/openapi.json", "/metrics", "/mcp"]) {
    const { status } = await ask(path, {}, path === "/mcp" ? {} : undefined);
    assert.equal(status, 401, path);
  }
  assert.equal((await ask("/", { accept: "text/html" })).status, 404, "a page that is not built");
  assert.equal((await ask("/healthz")).status, 200);
});

test("a browser is only challenged where it would not get in the way of the page's form", async (t) => {
  const { ask } = await start(t);
  const challenge = async (headers: Record<string, string>) =>
    (await ask("/api/state", headers)).headers.get("www-authenticate");
  assert.match((await challenge({})) ?? "", /^Basic /);
  assert.equal(await challenge(PAGE), null);
  assert.equal(await challenge({ "sec-fetch-site": "same-origin" }), null);
});

test("a login gives a session's cookie that scripts cannot read; logout takes it away", async (t) => {
  const { ask, login, http } = await start(t);
  const { answer, set, cookie } = await login("member");
  assert.equal(answer.status, 200);
  assert.match(
    set ?? "",
    new RegExp(
      `^mycel_session_${http.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800$`,
    ),
  );
  const me = (await (await ask("/api/me", { cookie })).json()) as Record<string, unknown>;
  assert.deepEqual([me["role"], me["by"]], ["member", "session"]);
  assert.ok(!JSON.stringify(me).includes('password"'));
  assert.equal((await ask("/api/state", { cookie })).status, 200);
  const out = await ask("/api/logout", { ...PAGE, cookie }, {});
  assert.match(out.headers.get("set-cookie") ?? "", /Max-Age=0/);
  assert.equal((await ask("/api/state", { cookie })).status, 401);
});

test("a logout everywhere ends all sessions of its person and nobody else's", async (t) => {
  const { ask, login } = await start(t);
  const [desk, phone, other] = [
    await login("member"),
    await login("member"),
    await login("viewer"),
  ];
  const out = await ask("/api/me/sessions", { ...PAGE, cookie: desk.cookie }, undefined, "DELETE");
  assert.equal(out.status, 200);
  assert.match(out.headers.get("set-cookie") ?? "", /Max-Age=0/);
  for (const { cookie } of [desk, phone]) {
    assert.equal((await ask("/api/me", { cookie })).status, 401);
  }
  assert.equal((await ask("/api/me", { cookie: other.cookie })).status, 200);
});

test("each login has an id of its own, and what the browser had before is worth nothing after", async (t) => {
  const { ask, login } = await start(t);
  const first = await login("member");
  const planted = await login("viewer");
  const second = await login("member", undefined, { cookie: planted.cookie });
  assert.notEqual(second.cookie, planted.cookie);
  assert.equal((await ask("/api/me", { cookie: planted.cookie })).status, 401);
  assert.equal((await ask("/api/me", { cookie: first.cookie })).status, 200);
  assert.equal((await ask("/api/me", { cookie: second.cookie })).status, 200);
});

test("a write with the cookie and without the page's header, or from another page, is refused", async (t) => {
  const { ask, login, http } = await start(t);
  const { cookie } = await login("operator");
  const write = (headers: Record<string, string>) =>
    ask("/api/users", { cookie, ...headers }, { name: `p${Math.floor(performance.now() * 1e3)}` });
  assert.equal(await errorOf(await write({})), "csrfRefused");
  assert.equal(
    await errorOf(await write({ ...PAGE, origin: "http://attacker.example" })),
    "originRefused",
  );
  assert.equal(
    await errorOf(await write({ ...PAGE, "sec-fetch-site": "cross-site" })),
    "originRefused",
  );
  assert.equal(await errorOf(await write({ ...PAGE, origin: "null" })), "originRefused");
  assert.equal((await write({ ...PAGE, origin: http.url })).status, 201);
  // A header that no form can send is what a preflight asks for; it is never granted.
  const preflight = await fetch(`${http.url}/api/users`, {
    method: "OPTIONS",
    headers: { origin: "http://attacker.example", "access-control-request-headers": "x-mycel" },
  });
  assert.ok(!preflight.ok);
  assert.equal(preflight.headers.get("access-control-allow-origin"), null);
});

test("each route is open to its least role and those above it, whatever the method", async (t) => {
  const { ask, login } = await start(t);
  for (const role of ["viewer", "member", "operator"] as const) {
    for (const { method, url, open, role: given } of ROUTES) {
      if (open === true || url === "/api/logout" || url === "/api/trace") continue;
      const least = given ?? (method === "GET" ? "viewer" : "operator");
      const { cookie } = await login(role);
      const path = url.replace(/:\w+/g, "999");
      const answer = await ask(
        path,
        { ...PAGE, cookie },
        method === "GET" ? undefined : {},
        method,
      );
      const isForbidden = answer.status === 403;
      void answer.body?.cancel();
      assert.equal(isForbidden, RANK[role] < RANK[least], `${role}: ${method} ${url}`);
    }
  }
});

test("the seed's people: list, one, add, change, each by its names; 409 for a name that is taken", async (t) => {
  const { ask } = await start(t);
  const as = basic("operator", "operator password");
  const added = await ask("/api/users/", as, { username: "ann", display_name: "Ann" });
  assert.equal(added.status, 201);
  const { id, username, display_name, is_active } = (await added.json()) as Record<string, unknown>;
  assert.deepEqual([id, username, display_name, is_active], [4, "ann", "Ann", true]);
  const changed = await ask(`/api/users/${id}`, as, { is_active: false }, "PUT");
  assert.equal(((await changed.json()) as Record<string, unknown>)["isActive"], false);
  assert.equal((await ask("/api/users/99", as)).status, 404);
});

test("wrong passwords cost ever longer, by name and by address, and say when to come back", async (t) => {
  const clock = new VirtualClock();
  const { login, people, http } = await start(t, { clock });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    assert.equal(await errorOf((await login("member", "wrong")).answer), "loginRefused");
  }
  const checks = people.checks();
  const { answer } = await login("member");
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.equal(await errorOf(answer), "tooManyLogins");
  assert.equal(people.checks(), checks, "while it waits no password is looked at");
  assert.equal((await login("viewer")).answer.status, 200, "another name from here");
  clock.goTo(clock.monotonicMs() + 1_000);
  assert.equal((await login("member")).answer.status, 200);
  for (let attempt = 0; attempt < 8; attempt += 1) await login(`nobody_${attempt}`, "wrong");
  assert.equal((await login("operator")).answer.status, 429, "the address has failed too often");
  assert.ok((http.refusals()["tooManyLogins"] ?? 0) >= 2);
});

test("guesses by HTTP Basic are counted like those at the form", async (t) => {
  const { ask } = await start(t, { clock: new VirtualClock() });
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    statuses.push((await ask("/api/state", basic("member", `wrong ${attempt}`))).status);
  }
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
});

test("HTTP Basic with a person's password has that person's role, until it changes", async (t) => {
  const { ask, people } = await start(t);
  const as = basic("member", "member password");
  const me = (await (await ask("/api/me", as)).json()) as { person: { id: number }; by: string };
  assert.deepEqual([me.person.id, me.by], [2, "password"]);
  await ask("/api/me", as);
  assert.equal(people.checks(), 1, "asked again it is not checked again");
  assert.equal((await ask("/api/users", as, { name: "x" })).status, 403);
  const admin = basic("operator", "operator password");
  await ask("/api/users/2", admin, { isActive: false }, "PUT");
  assert.equal((await ask("/api/me", as)).status, 401);
});

test("a change of one's password ends the other sessions, and gives this one another id", async (t) => {
  const { ask, login } = await start(t);
  const phone = await login("member");
  const desk = await login("member");
  const change = (password: string, newPassword: string) =>
    ask("/api/me/password", { ...PAGE, cookie: desk.cookie }, { password, newPassword }, "PUT");
  assert.equal(await errorOf(await change("wrong", "long enough")), "loginRefused");
  assert.equal((await change("member password", "short")).status, 400);
  const changed = await change("member password", "long enough");
  assert.equal(changed.status, 200);
  const fresh = changed.headers.get("set-cookie")?.split(";")[0] ?? "";
  for (const cookie of [phone.cookie, desk.cookie]) {
    assert.equal((await ask("/api/me", { cookie })).status, 401);
  }
  assert.equal((await ask("/api/me", { cookie: fresh })).status, 200);
  assert.equal((await login("member")).answer.status, 401);
  assert.equal((await login("member", "long enough")).answer.status, 200);
});

test("the live feed needs a session, and ends with it: by logout, and when the person is off", async (t) => {
  const { http, ask, login } = await start(t);
  const live = await startLive({
    ...{ source: memoryView().live, http, host: "127.0.0.1", clock: systemClock },
  });
  t.after(() => live.close());
  const connect = (headers: Record<string, string>) => {
    const ws = new WebSocket(`ws://127.0.0.1:${http.port}/live`, { headers });
    t.after(() => ws.terminate());
    const seen = { isOpen: false, closed: 0, refused: 0 };
    ws.on("open", () => {
      seen.isOpen = true;
    });
    ws.on("close", (code) => {
      seen.closed = code;
    });
    ws.on("unexpected-response", (_request, response) => {
      seen.refused = response.statusCode ?? 0;
    });
    ws.on("error", () => {});
    return seen;
  };
  const stranger = connect({});
  await until(() => stranger.refused === 401);
  const viewer = await login("viewer");
  const member = await login("member");
  const [one, two] = [connect({ cookie: viewer.cookie }), connect({ cookie: member.cookie })];
  await until(() => one.isOpen && two.isOpen);
  await ask("/api/logout", { ...PAGE, cookie: viewer.cookie }, {});
  await until(() => one.closed === 1008);
  assert.equal(two.closed, 0);
  await ask("/api/users/2", basic("operator", "operator password"), { isActive: false }, "PUT");
  await until(() => two.closed === 1008);
});

test("a trace that somebody reads ends with the session", async (t) => {
  const { ask, login } = await start(t);
  const { cookie } = await login("viewer");
  const name = encodeURIComponent("mycel://test/user/hubs/swarm_hub_01");
  const trace = await ask(`/api/trace?name=${name}`, { cookie });
  assert.equal(trace.status, 200);
  const reader = trace.body?.getReader() ?? assert.fail();
  assert.equal((await reader.read()).done, false);
  await ask("/api/logout", { ...PAGE, cookie }, {});
  await assert.rejects(reader.read(), "cut off, not ended as if nothing more had happened");
});

test("a form of another site's page writes nothing, whatever it calls its content and with or without an Origin", async (t) => {
  const { http } = await startServer(t);
  const ours = http.url.replace("http://", "");
  const types = [
    ...["application/x-www-form-urlencoded", "multipart/form-data; boundary=application/json"],
    ...["text/plain", "text/plain; application/json", "text/json", "application/json5", ""],
  ];
  const body = JSON.stringify({ hub: "swarm_hub_01", leafId: 9 });
  const write = (headers: Record<string, string>, sent = body) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(
        `${http.url}/api/leaves`,
        { method: "POST", headers: { host: ours, ...headers } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      asked.on("error", reject);
      asked.end(sent);
    });
  for (const type of types) {
    const as = type === "" ? undefined : { "content-type": type };
    assert.equal(await write({ ...as }), 415, type);
    assert.equal(await write({ ...as, origin: "http://attacker.example" }), 403, type);
    assert.equal(await write({ ...as, origin: "null" }), 403, type);
  }
  // An old browser's form without Origin, which still says where it comes from; no body needs no type.
  const form = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  for (const sent of [body, ""]) {
    assert.equal(await write({ ...form, "content-type": "application/json" }, sent), 403);
  }
  const { status } = await fetch(`${http.url}/api/leaves`);
  assert.equal(status, 200);
});

test("guesses by the live feed's upgrade are counted like those at the form", async (t) => {
  const { http, login } = await start(t, { clock: new VirtualClock() });
  const live = await startLive({
    ...{ source: memoryView().live, http, host: "127.0.0.1", clock: systemClock },
  });
  t.after(() => live.close());
  const statuses: number[] = [];
  for (let guess = 0; guess < 6; guess += 1) {
    const headers = basic("member", `wrong ${guess}`);
    const ws = new WebSocket(`ws://127.0.0.1:${http.port}/live`, { headers });
    ws.on("error", () => {});
    statuses.push(
      await new Promise((resolve) => {
        ws.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      }),
    );
    ws.terminate();
  }
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  assert.equal(await errorOf((await login("member")).answer), "tooManyLogins");
});

test("a session's cookie that comes twice is none: nobody knows who set which", async (t) => {
  const { ask, login } = await start(t);
  const [one, two] = [await login("member"), await login("viewer")];
  assert.equal((await ask("/api/me", { cookie: `other=1; ${one.cookie}` })).status, 200);
  const both = { cookie: `${one.cookie}; ${two.cookie}` };
  assert.equal((await ask("/api/me", both)).status, 401);
});

test("one caller's writes are bounded a minute, another's are not touched by it", async (t) => {
  const { ask } = await start(t, { clock: new VirtualClock(), writesPerMinuteMax: 5 });
  const as = basic("operator", "operator password");
  const statuses: number[] = [];
  for (let write = 0; write < 7; write += 1) {
    statuses.push((await ask("/api/users", as, { name: `p${write}` })).status);
  }
  assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429, 429]);
  const over = await ask("/api/users", as, { name: "late" });
  assert.equal(over.headers.get("retry-after"), "12");
  assert.equal((await ask("/api/state", as)).status, 200, "looking is not writing");
  assert.equal((await ask("/api/users", basic("member", "member password"), {})).status, 403);
});

test("the account of the settings logs in too, as an operator who is nobody", async (t) => {
  const { hashPassword } = await import("../../../../transports/password.ts");
  const credentials = { user: "script", passwordHash: await hashPassword("correct horse") };
  const { ask, login } = await start(t, { credentials, alwaysLogin: false });
  const { cookie } = await login("script", "correct horse");
  const me = (await (await ask("/api/me", { cookie })).json()) as Record<string, unknown>;
  assert.deepEqual(me, { person: null, role: "operator", by: "session" });
});

test("on loopback nobody need log in, and whoever asks is the operator", async (t) => {
  const { ask, login } = await start(t, { alwaysLogin: false });
  const me = (await (await ask("/api/me")).json()) as Record<string, unknown>;
  assert.deepEqual(me, { person: null, role: "operator", by: "none" });
  assert.equal(await errorOf((await login("member")).answer), "loginOff");
});

test("beyond loopback a person with a password is enough", async (t) => {
  const { ask } = await start(t, { host: "0.0.0.0", alwaysLogin: false, canLogIn: true });
  assert.equal((await ask("/api/state")).status, 401);
  assert.equal((await ask("/api/state", basic("viewer", "viewer password"))).status, 200);
});

test("whatever is sent to the login, and whatever stands in cookies and Authorization, lets nobody in", async (t) => {
  const { ask, http } = await start(t);
  const loose = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue(), fc.constant("operator"));
  const header = fc
    .string({ maxLength: 200 })
    .map((text) => text.replace(/[^\x20-\x7e]/g, "?").trim());
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.record({ name: loose, password: loose }), fc.jsonValue()),
      fc.oneof(
        header,
        header.map((text) => `mycel_session_${http.port}=${text}`),
        fc.stringMatching(/^[A-Za-z0-9_-]{43}$/).map((id) => `mycel_session_${http.port}=${id}`),
      ),
      fc.oneof(
        header,
        header.map((text) => `Basic ${Buffer.from(text).toString("base64")}`),
      ),
      async (body, cookie, authorization) => {
        const entered = await ask("/api/login", PAGE, body ?? null);
        assert.ok([400, 401, 429].includes(entered.status), String(entered.status));
        assert.equal(entered.headers.get("set-cookie"), null);
        assert.equal((await ask("/api/state", { cookie })).status, 401);
        const { status } = await ask("/api/state", { authorization });
        assert.ok(status === 401 || status === 429, String(status));
      },
    ),
    { numRuns: 150 },
  );
});
