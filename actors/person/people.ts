/**
 * The people of the office. One change at a time is written; who asked is answered when it is on disk.
 *
 *   AddPerson, ChangePerson ──▶ people ──person table──▶ PersonSaved, and the page
 *   CheckPassword ──▶ scrypt beside the thread ──▶ PasswordRight | PasswordRefused
 *
 * A restart reads the table back and loses nothing that was answered.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import { passwordCheck } from "../../transports/password.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import { isName } from "../zone/messages.ts";
import {
  type PasswordAnswer,
  type PeopleCommand,
  type Person,
  type PersonAnswer,
  type PersonRefusal,
  ROLES,
} from "./messages.ts";
import { personOf, personTable, type StoredPerson } from "./tables.ts";

export interface PeopleOptions {
  readonly store: StateStore;
  readonly dashboard: ActorRef<DashboardCommand>;
}

/** A person's clicks and a page's logins; whoever finds it full asks again. */
export const PEOPLE_MAILBOX: MailboxSpec<PeopleCommand> = { capacity: 256, overflow: "refuse" };

/** As many as the page shows; an office of one floor has fifty. */
export const PEOPLE_MAX = 1_000;
export const DISPLAY_NAME_CHARS_MAX = 64;
/** Changes that wait for the disk; each takes a commit. */
const CHANGES_WAITING_MAX = 64;

type Change = Extract<PeopleCommand, { type: "AddPerson" | "ChangePerson" }>;

/** What it tells itself. */
type Own =
  | {
      readonly type: "Written";
      readonly persons: readonly StoredPerson[];
      readonly replyTo: ActorRef<PersonAnswer> | undefined;
      readonly cause: unknown;
    }
  | {
      readonly type: "Checked";
      readonly name: string;
      readonly verdict: "right" | "wrong" | "busy";
      readonly replyTo: ActorRef<PasswordAnswer>;
    };

export const people = ({ store, dashboard }: PeopleOptions): Behavior<PeopleCommand> =>
  setup<PeopleCommand | Own>((ctx) => {
    const table = personTable(store);
    /** At most `PEOPLE_MAX`. */
    const byId = new Map<number, StoredPerson>();
    const idByName = new Map<string, number>();
    /** Of those who may log in. */
    const hashByName = new Map<string, string>();
    const check = passwordCheck(hashByName);
    const waiting: (Change | Extract<PeopleCommand, { type: "GetPeople" }>)[] = [];
    let isWriting = false;

    for (const { value } of table.range({})) take(value);
    show([...byId.values()]);
    if (byId.size === 0) write([], undefined);

    return receive<PeopleCommand | Own>((message) => {
      switch (message.type) {
        case "AddPerson":
        case "ChangePerson":
          if (!isWriting) begin(message);
          else if (waiting.length < CHANGES_WAITING_MAX) waiting.push(message);
          else refuse(message.replyTo, "busy");
          return same;
        case "GetPeople":
          // On a fresh store until the first person is there.
          if (isWriting && byId.size === 0 && waiting.length < CHANGES_WAITING_MAX) {
            waiting.push(message);
          } else {
            begin(message);
          }
          return same;
        case "CheckPassword": {
          const { name, password, replyTo } = message;
          ctx.pipeToSelf(
            check(name, password),
            (verdict) => ({ type: "Checked", name, verdict, replyTo }),
            // A stored hash that scrypt does not take opens nothing.
            () => ({ type: "Checked", name, verdict: "wrong", replyTo }),
          );
          return same;
        }
        case "Checked":
          answerCheck(message);
          return same;
        case "Written":
          isWriting = false;
          if (message.cause === undefined) {
            for (const person of message.persons) take(person);
            show(message.persons);
            const person = message.persons.at(-1);
            if (person) message.replyTo?.tell({ type: "PersonSaved", person: personOf(person) });
          } else {
            ctx.log.error({ err: message.cause }, "a person could not be saved");
            refuse(message.replyTo, "storeUnavailable");
          }
          while (!isWriting) {
            const next = waiting.shift();
            if (next === undefined) break;
            begin(next);
          }
          return same;
        default:
          return unreachable(message);
      }
    });

    function begin(change: (typeof waiting)[number]): void {
      if (change.type === "GetPeople") {
        const listed = [...byId.values()].map(personOf).sort((a, b) => a.id - b.id);
        change.replyTo.tell({ type: "PeopleListed", people: listed });
        return;
      }
      const changed = change.type === "AddPerson" ? added(change) : altered(change);
      if (changed.ok) write([changed.value], change.replyTo);
      else refuse(change.replyTo, changed.error);
    }

    function added(
      wanted: Extract<Change, { type: "AddPerson" }>,
    ): Result<StoredPerson, PersonRefusal> {
      const { name, displayName, role, passwordHash } = wanted;
      if (!isName(name) || !isDisplayName(displayName) || !ROLES.includes(role)) {
        return err("badPerson");
      }
      if (idByName.has(name) || name === FIRST.name) return err("personNameTaken");
      if (byId.size >= PEOPLE_MAX) return err("tooManyPeople");
      return ok({
        id: Math.max(FIRST.id, ...byId.keys()) + 1,
        ...{ name, displayName, role, isActive: true, createdAtMs: ctx.nowMs() },
        passwordHash: passwordHash ?? null,
      });
    }

    function altered({
      id,
      change,
    }: Extract<Change, { type: "ChangePerson" }>): Result<StoredPerson, PersonRefusal> {
      const known = byId.get(id);
      if (known === undefined) return err("personUnknown");
      const { displayName, role, isActive, passwordHash } = change;
      if (displayName !== undefined && !isDisplayName(displayName)) return err("badPerson");
      if (role !== undefined && !ROLES.includes(role)) return err("badPerson");
      const next: StoredPerson = {
        ...known,
        ...(displayName !== undefined && { displayName }),
        ...(role !== undefined && { role }),
        ...(isActive !== undefined && { isActive }),
        ...(passwordHash !== undefined && { passwordHash }),
      };
      return isOperator(known) && !isOperator(next) && !hasOtherOperator(id)
        ? err("lastOperator")
        : ok(next);
    }

    function hasOtherOperator(id: number): boolean {
      for (const person of byId.values()) if (person.id !== id && isOperator(person)) return true;
      return false;
    }

    /** A store that has nobody gets the first person along with the others. */
    function write(
      changed: readonly StoredPerson[],
      replyTo: ActorRef<PersonAnswer> | undefined,
    ): void {
      const first: StoredPerson = { ...FIRST, createdAtMs: ctx.nowMs() };
      const persons = byId.size === 0 ? [first, ...changed] : changed;
      isWriting = true;
      const end = (cause: unknown): Own => ({ type: "Written", persons, replyTo, cause });
      ctx.pipeToSelf(
        store.write(() => {
          for (const person of persons) table.put(person.id, person);
        }),
        () => end(undefined),
        end,
      );
    }

    function take(person: StoredPerson): void {
      byId.set(person.id, person);
      idByName.set(person.name, person.id);
      if (person.isActive && person.passwordHash !== null) {
        hashByName.set(person.name, person.passwordHash);
      } else {
        hashByName.delete(person.name);
      }
    }

    function show(persons: readonly StoredPerson[]): void {
      const changes = persons.map((person) => ({
        section: "person" as const,
        key: String(person.id),
        value: personOf(person),
      }));
      if (changes.length > 0) dashboard.tell({ type: "OfficeChanged", changes });
    }

    /** Who was deactivated while scrypt worked stays outside. */
    function answerCheck({ name, verdict, replyTo }: Extract<Own, { type: "Checked" }>): void {
      const person = byId.get(idByName.get(name) ?? 0);
      if (verdict === "right" && person?.isActive === true) {
        replyTo.tell({ type: "PasswordRight", person: personOf(person) });
      } else {
        const reason = verdict === "busy" ? "busy" : "wrong";
        replyTo.tell({ type: "PasswordRefused", reason });
      }
    }

    function refuse(replyTo: ActorRef<PersonAnswer> | undefined, reason: PersonRefusal): void {
      replyTo?.tell({ type: "PersonRefused", reason });
    }
  }) as Behavior<PeopleCommand>;

/** Whom a fresh store has, so that there is somebody to give tasks and points to. */
const FIRST: Omit<StoredPerson, "createdAtMs"> = {
  ...{ id: 1, name: "operator", displayName: "Operator", role: "operator" },
  ...{ isActive: true, passwordHash: null },
};

const isOperator = ({ isActive, role }: Person): boolean => isActive && role === "operator";

/** Something to see on one line. */
const isDisplayName = (text: string): boolean =>
  text.trim() !== "" &&
  text.length <= DISPLAY_NAME_CHARS_MAX &&
  !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text);
