/** People as HTTP sees them: passwords are hashed here, the people actor never meets a new one in clear. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { PeopleView } from "../../transports/http/office/person-view.ts";
import { hashPassword } from "../../transports/password.ts";
import type {
  PasswordAnswer,
  PeopleCommand,
  PeopleListed,
  Person,
  PersonAnswer,
} from "../person/messages.ts";
import type { AskOffice } from "./ask-office.ts";

/** Hashes of new passwords at once: each takes a thread of libuv's four for 0.2 s. */
const HASHES_IN_FLIGHT_MAX = 2;

export function personView(askOffice: AskOffice): PeopleView {
  let hashes = 0;

  const ask = <A>(
    request: (replyTo: ActorRef<A>) => PeopleCommand,
  ): Promise<Result<A, "timeout">> => askOffice<PeopleCommand, A>("people", request);
  const hashed = async (
    password: string | undefined,
  ): Promise<Result<string | undefined, "busy">> => {
    if (password === undefined) return ok(undefined);
    if (hashes >= HASHES_IN_FLIGHT_MAX) return err("busy");
    hashes += 1;
    try {
      return ok(await hashPassword(password));
    } finally {
      hashes -= 1;
    }
  };
  const saved = (answer: Result<PersonAnswer, string>): Result<Person, string> => {
    if (!answer.ok) return answer;
    return answer.value.type === "PersonSaved" ? ok(answer.value.person) : err(answer.value.reason);
  };

  return {
    people: async () => {
      const listed = await ask<PeopleListed>((replyTo) => ({ type: "GetPeople", replyTo }));
      return listed.ok ? ok(listed.value.people) : listed;
    },
    addPerson: async ({ password, ...person }) => {
      const hash = await hashed(password);
      if (!hash.ok) return hash;
      const passwordHash = hash.value;
      return saved(
        await ask((replyTo) => ({ type: "AddPerson", ...person, passwordHash, replyTo })),
      );
    },
    changePerson: async (id, { password, displayName, role, isActive }) => {
      const hash = await hashed(password);
      if (!hash.ok) return hash;
      const change = {
        ...(displayName !== undefined && { displayName }),
        ...(role !== undefined && { role }),
        ...(isActive !== undefined && { isActive }),
        ...(hash.value !== undefined && { passwordHash: hash.value }),
      };
      return saved(await ask((replyTo) => ({ type: "ChangePerson", id, change, replyTo })));
    },
    checkPassword: async (name, password) => {
      const checked = await ask<PasswordAnswer>((replyTo) => ({
        ...{ type: "CheckPassword", name, password, replyTo },
      }));
      if (!checked.ok) return checked;
      const { value } = checked;
      return value.type === "PasswordRight" ? ok(value.person) : err(value.reason);
    },
  };
}
