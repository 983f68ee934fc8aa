/** People in memory, for tests of the server: passwords in clear, and no waiting for scrypt. */
import { err, ok } from "../../../runtime/result.ts";
import type { OfficeView } from "../../../transports/http/office/office-view.ts";
import type { Person, Role } from "../../../transports/http/office/person-contract.ts";
import type { PeopleView } from "../../../transports/http/office/person-view.ts";
import { NO_OFFICE } from "../../support/no-office.ts";

export function memoryPeople(): PeopleView & { readonly checks: () => number } {
  const persons = new Map<number, { person: Person; password: string | undefined }>();
  let checks = 0;
  const add = (name: string, role: Role, password?: string, displayName = name): Person => {
    const id = persons.size + 1;
    const person = { id, name, displayName, role, isActive: true, createdAtMs: 0 };
    persons.set(id, { person, password });
    return person;
  };
  for (const role of ["operator", "member", "viewer"] as const) add(role, role, `${role} password`);
  return {
    checks: () => checks,
    people: async () => ok([...persons.values()].map(({ person }) => person)),
    addPerson: async ({ name, role, password, displayName }) =>
      ok(add(name, role, password, displayName)),
    changePerson: async (id, { password, ...change }) => {
      const known = persons.get(id);
      if (known === undefined) return err("personUnknown");
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      known.person = { ...known.person, ...Object.fromEntries(given) };
      known.password = password ?? known.password;
      return ok(known.person);
    },
    checkPassword: async (name, password) => {
      checks += 1;
      for (const each of persons.values()) {
        if (each.person.name !== name || !each.person.isActive) continue;
        return each.password === password ? ok(each.person) : err("wrong");
      }
      return err("wrong");
    },
  };
}

export const officeWith = (people: PeopleView): OfficeView =>
  new Proxy(NO_OFFICE, {
    get: (office, name) => (name === "people" ? people : Reflect.get(office, name)),
  });
