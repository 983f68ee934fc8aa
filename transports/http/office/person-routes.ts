/** People of the office: the seed's `/api/users`, and roles and passwords besides. */
import { z } from "zod";
import { err, ok } from "../../../runtime/result.ts";
import { type Route, route } from "../route.ts";
import {
  addUserSchema,
  changeUserSchema,
  type Person,
  type User,
  userSchema,
} from "./person-contract.ts";

const idParams = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

export const PERSON_ROUTES: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/users",
    summary: "The people of the office",
    answer: z.array(userSchema),
    run: async ({ view }) => {
      const listed = await view.office.people.people();
      return listed.ok ? ok(listed.value.map(userOf)) : listed;
    },
  }),
  route({
    method: "GET",
    url: "/api/users/:id",
    summary: "One person",
    params: idParams,
    answer: userSchema,
    run: async ({ view }, { params }) => {
      const listed = await view.office.people.people();
      if (!listed.ok) return listed;
      const person = listed.value.find(({ id }) => id === params.id);
      return person === undefined ? err("personUnknown") : ok(userOf(person));
    },
  }),
  route({
    method: "POST",
    url: "/api/users",
    summary: "Add a person; without a password they cannot log in",
    body: addUserSchema,
    answer: userSchema,
    statuses: [201],
    run: async ({ view }, { body }) => {
      const name = body.name ?? body.username ?? "";
      const added = await view.office.people.addPerson({
        name,
        displayName: body.displayName ?? body.display_name ?? name,
        role: body.role,
        password: body.password,
      });
      return added.ok ? { ...ok(userOf(added.value)), status: 201 } : added;
    },
  }),
  route({
    method: "PUT",
    url: "/api/users/:id",
    summary: "Change a person's displayed name, role or password, or whether they may come in",
    params: idParams,
    body: changeUserSchema,
    answer: userSchema,
    run: async ({ view, access }, { params, body, visitor }) => {
      const changed = await view.office.people.changePerson(params.id, {
        displayName: body.displayName ?? body.display_name,
        role: body.role,
        isActive: body.isActive ?? body.is_active,
        password: body.password,
      });
      if (!changed.ok) return changed;
      const isOwn = visitor.person?.id === params.id;
      access.personChanged(
        changed.value,
        body.password === undefined ? undefined : { keep: isOwn ? visitor.session : undefined },
      );
      return ok(userOf(changed.value));
    },
  }),
];

const userOf = (person: Person): User => ({
  ...person,
  username: person.name,
  display_name: person.displayName,
  is_active: person.isActive,
  created_at: new Date(person.createdAtMs).toISOString(),
});
