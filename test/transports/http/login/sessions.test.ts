import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "../../../../runtime/logger.ts";
import { VirtualClock } from "../../../../runtime/testing/virtual-clock.ts";
import { ATTEMPTS_KEPT_MAX, Attempts, networkOf } from "../../../../transports/attempts.ts";
import { readCookie, setCookie } from "../../../../transports/http/login/cookie.ts";
import { sessionFile } from "../../../../transports/http/login/session-file.ts";
import {
  SESSIONS_MAX,
  SESSIONS_OF_PERSON_MAX,
  Sessions,
} from "../../../../transports/http/login/sessions.ts";
import { WriteRate } from "../../../../transports/http/login/write-rate.ts";
import type { Person } from "../../../../transports/http/office/person-contract.ts";
import fc from "../../../support/fc.ts";

const person = (id: number): Person => ({
  ...{ id, name: `p${id}`, displayName: `p${id}`, role: "member", isActive: true, createdAtMs: 0 },
});
const TIMES = { idleMs: 10_000, absoluteMs: 60_000 };

test("Sessions end after idle time, after all time, and when told; an open page is use", () => {
  const clock = new VirtualClock();
  const sessions = new Sessions(clock, TIMES);
  const idle = sessions.open(person(1), "member");
  const busy = sessions.open(person(1), "member");
  const ended: string[] = [];
  const watched = sessions.open(person(2), "member");
  sessions.onEnd(watched, () => void ended.push("watched"));
  for (let second = 0; second < 59; second += 1) {
    clock.goTo(clock.monotonicMs() + 1_000);
    sessions.sweep();
    assert.equal(sessions.find(busy) !== undefined, true, `${second}`);
    if (second === 20) assert.equal(sessions.find(idle), undefined);
  }
  assert.deepEqual(ended, []);
  clock.goTo(clock.monotonicMs() + 1_000);
  sessions.sweep();
  assert.equal(sessions.find(busy), undefined);
  assert.deepEqual(ended, ["watched"]);
  assert.equal(sessions.size, 0);
});

test("Sessions: a person who is off is out at once, and a new role holds from the next look", () => {
  const sessions = new Sessions(new VirtualClock(), TIMES);
  const id = sessions.open(person(1), "member");
  const other = sessions.open(person(2), "member");
  sessions.changed({ ...person(1), role: "viewer" });
  assert.equal(sessions.find(id)?.role, "viewer");
  let isEnded = false;
  sessions.onEnd(id, () => {
    isEnded = true;
  });
  sessions.changed({ ...person(1), isActive: false });
  assert.equal(sessions.find(id), undefined);
  assert.ok(isEnded);
  assert.equal(sessions.find(other)?.role, "member");
});

test("Sessions are bounded, in all and for each person; the one unused the longest gives way", () => {
  const sessions = new Sessions(new VirtualClock(), TIMES);
  const own = Array.from({ length: SESSIONS_OF_PERSON_MAX }, () =>
    sessions.open(person(1), "member"),
  );
  sessions.find(own[0]);
  sessions.open(person(1), "member");
  assert.ok(sessions.find(own[0]) !== undefined);
  assert.equal(sessions.find(own[1]), undefined);
  for (let id = 2; id < SESSIONS_MAX + 10; id += 1) sessions.open(person(id), "member");
  assert.equal(sessions.size, SESSIONS_MAX);
});

test("Sessions know exactly the ids that they gave and have not ended, whatever is asked", () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("open" as const), who: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constantFrom("find" as const, "end" as const), at: fc.nat(20) }),
    fc.record({
      kind: fc.constant("endAll" as const),
      who: fc.integer({ min: 1, max: 3 }),
      at: fc.nat(20),
    }),
    fc.record({ kind: fc.constant("strange" as const), id: fc.string() }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const sessions = new Sessions(new VirtualClock(), TIMES);
      const ids: { id: string; who: number; isOpen: boolean }[] = [];
      for (const each of acts) {
        const one = "at" in each ? ids[each.at % Math.max(1, ids.length)] : undefined;
        if (each.kind === "open") {
          const mine = ids.filter(({ who, isOpen }) => isOpen && who === each.who);
          if (mine.length >= SESSIONS_OF_PERSON_MAX) continue;
          const id = sessions.open(person(each.who), "member");
          assert.match(id, /^[\w-]{43}$/);
          ids.push({ id, who: each.who, isOpen: true });
        } else if (each.kind === "end" && one !== undefined) {
          sessions.end(one.id);
          one.isOpen = false;
        } else if (each.kind === "endAll") {
          sessions.endAllOf(each.who, one?.id);
          for (const known of ids)
            if (known.who === each.who && known !== one) known.isOpen = false;
        } else if (each.kind === "strange") {
          assert.equal(sessions.find(each.id), undefined);
        }
        for (const { id, who, isOpen } of ids) {
          assert.equal(sessions.find(id)?.person?.id, isOpen ? who : undefined);
        }
      }
      assert.ok(!JSON.stringify([...Object.values(sessions)]).includes(ids[0]?.id ?? "none"));
    }),
    { numRuns: 200 },
  );
});

test("Attempts wait longer with each failure: an address up to a quarter of an hour, a name half a minute", () => {
  const clock = new VirtualClock();
  const attempts = new Attempts(clock);
  const waits: number[] = [];
  for (let failure = 0; failure < 30; failure += 1) {
    attempts.failed("192.0.2.1", `name ${failure}`);
    waits.push(attempts.waitMs("192.0.2.1", "ann") / 1_000);
  }
  assert.deepEqual(waits.slice(8, 21), [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  assert.equal(attempts.waitMs("192.0.2.2", "ann"), 0);
  clock.goTo(clock.monotonicMs() + 900_000);
  assert.equal(attempts.waitMs("192.0.2.1", "ann"), 0);

  for (let failure = 0; failure < 30; failure += 1) attempts.failed(`198.51.100.${failure}`, "bob");
  assert.equal(attempts.waitMs("203.0.113.1", "bob"), 30_000);
  assert.equal(attempts.waitMs("203.0.113.1", "cid"), 0);
  attempts.succeeded("bob");
  assert.equal(attempts.waitMs("203.0.113.1", "bob"), 0);
  clock.goTo(clock.monotonicMs() + 3_700_000);
  attempts.failed("192.0.2.1", "dan");
  assert.equal(attempts.waitMs("192.0.2.1", "dan"), 0, "an hour later it counts anew");
});

test("Attempts keep a bounded number of addresses and names, and of a name no more than its head", () => {
  const attempts = new Attempts(new VirtualClock());
  for (let each = 0; each < 3 * ATTEMPTS_KEPT_MAX; each += 1) {
    attempts.failed(
      `10.${each >> 16}.${(each >> 8) & 255}.${each & 255}`,
      `${each}${"x".repeat(999)}`,
    );
  }
  assert.equal(attempts.size, 2 * ATTEMPTS_KEPT_MAX);
});

const networks = [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:DB8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["::1", "0:0:0:0"],
] as const;
for (const [address, network] of networks) {
  test(`networkOf(${address}) is ${network}`, () => assert.equal(networkOf(address), network));
}

test("WriteRate lets so many a minute through, each caller for itself", () => {
  const clock = new VirtualClock();
  const rate = new WriteRate(clock, 60);
  const take = (caller: string, count: number): number =>
    Array.from({ length: count }, () => rate.take(caller)).filter((waitMs) => waitMs === 0).length;
  assert.equal(take("1", 100), 60);
  assert.equal(take("2", 10), 10);
  assert.equal(rate.take("1"), 1_000);
  clock.goTo(clock.monotonicMs() + 2_000);
  assert.equal(take("1", 100), 2);
  clock.goTo(clock.monotonicMs() + 3_600_000);
  assert.equal(take("1", 100), 60);
});

test("the cookie is for this host and its scripts' requests alone, and over TLS only by TLS", () => {
  const plain = setCookie("x", { port: 8_420, isTls: false, maxAgeS: 60 });
  assert.equal(plain, "mycel_session_8420=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
  const tls = setCookie(null, { port: 8_420, isTls: true, maxAgeS: 60 });
  assert.match(tls, /^__Host-mycel_session_8420=; .*Max-Age=0; Secure$/);
});

test("readCookie() finds the one of its name among any others, and none of two", () => {
  assert.equal(readCookie("a=1; s=x; b=2", "s"), "x");
  assert.equal(readCookie("s=x;s=y", "s"), undefined);
  assert.equal(readCookie("ss=x; S=y", "s"), undefined);
  assert.equal(readCookie(undefined, "s"), undefined);
  fc.assert(
    fc.property(fc.string(), (header) => {
      const value = readCookie(header, "s");
      assert.ok(value === undefined || header.includes(`s=${value}`));
    }),
  );
});

test("Sessions take up what was kept for people who may still come in, and nothing else", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-sessions-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "sessions.json");
  const clock = new VirtualClock();
  const keeperOf = (people: readonly Person[]) =>
    sessionFile({ dir, people, logger: silentLogger });
  const all = [1, 2, 3].map(person);
  const before = new Sessions(clock, TIMES, keeperOf(all));
  const [kept, off, gone] = all.map((one) => before.open(one, one.role));
  const ofSettings = before.open(null, "operator");
  const ended = before.open(person(1), "member");
  before.end(ended);

  const offNow: Person = { ...person(2), isActive: false };
  const promoted: Person = { ...person(1), role: "operator" };
  const after = new Sessions(clock, TIMES, keeperOf([promoted, offNow]));
  assert.equal(after.find(kept)?.role, "operator", "roles are those of now");
  for (const id of [off, gone, ofSettings, ended]) assert.equal(after.find(id), undefined);

  const text = readFileSync(file, "utf8");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!text.includes(kept ?? "?"), "hashes alone");
  for (const damaged of ["", "{", text.slice(0, -9), text.replace('"version":1', '"version":2')]) {
    writeFileSync(file, damaged);
    assert.equal(new Sessions(clock, TIMES, keeperOf(all)).size, 0);
  }
  writeFileSync(file, text);
  clock.goTo(clock.monotonicMs() + TIMES.idleMs);
  assert.equal(new Sessions(clock, TIMES, keeperOf(all)).size, 0, "idle time goes on meanwhile");
});

test("Sessions go on where they cannot be kept, and what has ended does not come back then", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-sessions-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const clock = new VirtualClock();
  const keeper = sessionFile({ dir, people: [person(1)], logger: silentLogger });
  const sessions = new Sessions(clock, TIMES, keeper);
  const id = sessions.open(person(1), "member");
  // What no root may write either: a folder stands in the way.
  mkdirSync(join(dir, "sessions.json.new"));
  sessions.end(id);
  assert.equal(sessions.find(id), undefined);
  assert.equal(new Sessions(clock, TIMES, keeper).size, 0);
});
