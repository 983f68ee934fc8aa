import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type {
  PasswordAnswer,
  PeopleCommand,
  PeopleListed,
  PersonAnswer,
  Role,
} from "../../../actors/person/messages.ts";
import { PEOPLE_MAILBOX, PEOPLE_MAX, people } from "../../../actors/person/people.ts";
import { hasOperatorWithPassword, personTable } from "../../../actors/person/tables.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import fc from "../../support/fc.ts";

const hash = (password: string): Promise<string> => hashPassword(password, RANDOM_PASSWORD_COST);

/** In real time, since scrypt is. */
function officeOf(store: StateStore = new MemoryStore()) {
  const system = createActorSystem({ node: "test" });
  const dashboard = createProbe<DashboardCommand>(system, "dashboard");
  const ref = system.spawn<PeopleCommand>({
    id: "people",
    start: () => people({ store, dashboard: dashboard.ref }),
    mailbox: PEOPLE_MAILBOX,
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const ask = <A>(request: (replyTo: ActorRef<A>) => PeopleCommand): Promise<A> =>
    system.ask<PeopleCommand, A>(ref, request, 60_000);
  return {
    system,
    store,
    dashboard,
    ask,
    add: (name: string, role: Role = "member", passwordHash?: string) =>
      ask<PersonAnswer>((replyTo) => ({
        ...{ type: "AddPerson", name, displayName: name, role, passwordHash, replyTo },
      })),
    change: (id: number, change: Extract<PeopleCommand, { type: "ChangePerson" }>["change"]) =>
      ask<PersonAnswer>((replyTo) => ({ type: "ChangePerson", id, change, replyTo })),
    list: async () =>
      (await ask<PeopleListed>((replyTo) => ({ type: "GetPeople", replyTo }))).people,
    login: (name: string, password: string) =>
      ask<PasswordAnswer>((replyTo) => ({ type: "CheckPassword", name, password, replyTo })),
  };
}

const reasonOf = (answer: PersonAnswer): string | undefined =>
  answer.type === "PersonRefused" ? answer.reason : undefined;

test("people: a fresh store gets person 1, the operator, who cannot log in yet", async () => {
  const office = officeOf();
  await office.add("ann");
  const [first, second] = await office.list();
  assert.deepEqual(
    { id: first?.id, name: first?.name, role: first?.role },
    { id: 1, name: "operator", role: "operator" },
  );
  assert.equal(second?.id, 2);
  assert.equal(hasOperatorWithPassword(office.store), false);
  assert.equal((await office.login("operator", "")).type, "PasswordRefused");
  await office.change(1, { passwordHash: await hash("opensesame") });
  assert.equal(hasOperatorWithPassword(office.store), true);
  assert.equal((await office.login("operator", "opensesame")).type, "PasswordRight");
});

test("people: names are unique, and refusals are named", async () => {
  const office = officeOf();
  const both = await Promise.all([office.add("ann"), office.add("ann")]);
  assert.deepEqual(both.map(reasonOf), [undefined, "personNameTaken"]);
  for (const name of ["", "Ann", "a b", "a/b", "x".repeat(65), "-a"]) {
    assert.equal(reasonOf(await office.add(name)), "badPerson", name);
  }
  assert.equal(reasonOf(await office.change(9, { role: "viewer" })), "personUnknown");
  assert.equal(reasonOf(await office.change(2, { displayName: "two\nlines" })), "badPerson");
  assert.equal(reasonOf(await office.change(2, { displayName: "half \ud83d" })), "badPerson");
  assert.equal(reasonOf(await office.change(1, { role: "member" })), "lastOperator");
  assert.equal(reasonOf(await office.change(1, { isActive: false })), "lastOperator");
  await office.change(2, { role: "operator" });
  assert.equal(reasonOf(await office.change(1, { role: "member" })), undefined);
});

test("people: nothing that is told, to the page or to who asks, has a hash in it", async () => {
  const office = officeOf();
  const secret = await hash("opensesame");
  const answers: unknown[] = [await office.add("ann", "member", secret)];
  answers.push(await office.login("ann", "opensesame"), await office.list());
  answers.push(await office.change(2, { displayName: "Ann" }), office.dashboard.messages);
  assert.ok(office.dashboard.messages.length > 1);
  const text = JSON.stringify(answers, (key, value) => (key === "replyTo" ? undefined : value));
  assert.ok(!/scrypt|assword[^R]/.test(text), text);
});

test("people: who is deactivated, or has a new password, is not let in with the old one", async () => {
  const office = officeOf();
  await office.add("ann", "member", await hash("first"));
  assert.equal((await office.login("ann", "first")).type, "PasswordRight");
  assert.equal((await office.login("ann", "First")).type, "PasswordRefused");
  await office.change(2, { passwordHash: await hash("second") });
  assert.equal((await office.login("ann", "first")).type, "PasswordRefused");
  assert.equal((await office.login("ann", "second")).type, "PasswordRight");
  await office.change(2, { isActive: false });
  assert.equal((await office.login("ann", "second")).type, "PasswordRefused");
  await office.change(2, { isActive: true });
  assert.equal((await office.login("ann", "second")).type, "PasswordRight");
});

test("people: who is answered is on disk, and on the page", async () => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-people-"));
  const store = openLmdbStore({ dir, reserveBytes: 2 ** 20 });
  const office = officeOf(store);
  for (const name of ["ann", "bob"]) assert.equal(reasonOf(await office.add(name)), undefined);
  await office.change(3, { displayName: "Bobby", role: "viewer" });
  await office.system.shutdown();
  await store.close();

  const again = openLmdbStore({ dir, reserveBytes: 2 ** 20 });
  const second = officeOf(again);
  const listed = await second.list();
  assert.deepEqual(
    listed.map(({ id, name, displayName, role }) => [id, name, displayName, role]),
    [
      [1, "operator", "Operator", "operator"],
      [2, "ann", "ann", "member"],
      [3, "bob", "Bobby", "viewer"],
    ],
  );
  const shown = second.dashboard.messages.flatMap((message) =>
    message.type === "OfficeChanged" ? message.changes.map(({ key }) => key) : [],
  );
  assert.deepEqual(shown, ["1", "2", "3"]);
  await second.system.shutdown();
  await again.close();
});

test("people: a full disk refuses changes and forgets none that were answered", async () => {
  const store = new MemoryStore();
  store.setFull(true);
  const office = officeOf(store);
  assert.equal(reasonOf(await office.add("ann")), "storeUnavailable");
  store.setFull(false);
  assert.equal(reasonOf(await office.add("ann")), undefined);
  assert.deepEqual(
    (await office.list()).map(({ id, name }) => [id, name]),
    [
      [1, "operator"],
      [2, "ann"],
    ],
  );
  store.setFull(true);
  assert.equal(reasonOf(await office.add("bob")), "storeUnavailable");
  assert.equal(reasonOf(await office.change(2, { role: "viewer" })), "storeUnavailable");
  assert.equal((await office.list())[1]?.role, "member");
  store.setFull(false);
  assert.equal(reasonOf(await office.add("bob")), undefined);
});

test("people: whatever is asked, in any order, ids and names are never given twice and an operator stays", async () => {
  const name = fc.constantFrom("ann", "bob", "cid", "Bad Name", "operator");
  const act = fc.oneof(
    fc.record({
      kind: fc.constant("add" as const),
      name,
      role: fc.constantFrom<Role>("viewer", "operator"),
    }),
    fc.record({
      kind: fc.constant("change" as const),
      id: fc.integer({ min: 0, max: 5 }),
      change: fc.record(
        { role: fc.constantFrom<Role>("viewer", "member", "operator"), isActive: fc.boolean() },
        { requiredKeys: [] },
      ),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
      const office = officeOf();
      await Promise.all(
        acts.map((each) =>
          each.kind === "add"
            ? office.add(each.name, each.role)
            : office.change(each.id, each.change),
        ),
      );
      const listed = await office.list();
      assert.equal(new Set(listed.map((each) => each.name)).size, listed.length);
      assert.deepEqual(
        listed.map(({ id }) => id),
        listed.map((_, index) => index + 1),
      );
      assert.ok(listed.some(({ role, isActive }) => isActive && role === "operator"));
      const stored = [...personTable(office.store).range({})].map(({ value }) => value.name);
      assert.deepEqual(
        stored,
        listed.map((each) => each.name),
      );
      await office.system.shutdown();
    }),
    { numRuns: 40 },
  );
});

test("people: there are at most as many as the page shows", async () => {
  const store = new MemoryStore();
  const table = personTable(store);
  await store.write(() => {
    for (let id = 1; id <= PEOPLE_MAX; id++) {
      const name = `person_${id}`;
      const role = id === 1 ? "operator" : "member";
      table.put(id, {
        ...{
          id,
          name,
          displayName: name,
          role,
          isActive: true,
          createdAtMs: 0,
          passwordHash: null,
        },
      });
    }
  });
  const office = officeOf(store);
  assert.equal(reasonOf(await office.add("one_more")), "tooManyPeople");
});
