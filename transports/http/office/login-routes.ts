/** Logging in and out, and one's own password. */
import { err, ok } from "../../../runtime/result.ts";
import type { Refusal } from "../access.ts";
import { type Answer, type Route, route, type Visitor } from "../route.ts";
import {
  doneSchema,
  loginSchema,
  type Me,
  meSchema,
  ownPasswordSchema,
} from "./person-contract.ts";

export const LOGIN_ROUTES: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/login",
    summary: "Log in: the session's cookie comes with the answer",
    body: loginSchema,
    answer: meSchema,
    open: true,
    run: async ({ access }, { body, visitor }): Promise<Answer> => {
      if (!access.needsLogin) return err("loginOff");
      const before = visitor.session;
      const { name, password } = body;
      const entered = await access.login(name, password, visitor.address, before);
      if (!entered.ok) return refused(entered.error);
      const { session } = entered.value;
      return { ...ok(meOf(entered.value.visitor)), session };
    },
  }),
  route({
    method: "POST",
    url: "/api/logout",
    summary: "End this session, and the live feeds that it opened",
    answer: doneSchema,
    role: "viewer",
    run: ({ access }, { visitor }): Answer => {
      access.sessions.end(visitor.session);
      return { ...ok({ ok: true }), session: null };
    },
  }),
  route({
    method: "DELETE",
    url: "/api/me/sessions",
    summary: "End all of your sessions, this one too, and the live feeds that they opened",
    answer: doneSchema,
    role: "viewer",
    run: ({ access }, { visitor }): Answer => {
      if (access.needsLogin) access.sessions.endAllOf(visitor.caller.personId);
      return { ...ok({ ok: true }), session: null };
    },
  }),
  route({
    method: "GET",
    url: "/api/me",
    summary: "Who the node takes you for",
    answer: meSchema,
    run: (_context, { visitor }) => ok(meOf(visitor)),
  }),
  route({
    method: "PUT",
    url: "/api/me/password",
    summary: "Change your own password; your other sessions end",
    body: ownPasswordSchema,
    answer: doneSchema,
    role: "viewer",
    run: async ({ access, view }, { body, visitor }): Promise<Answer> => {
      const { person, session, address } = visitor;
      if (person === null) return err("notAPerson");
      const entered = await access.login(person.name, body.password, address);
      if (!entered.ok) return refused(entered.error);
      const fresh = entered.value.session;
      const changed = await view.office.people.changePerson(person.id, {
        password: body.newPassword,
      });
      if (!changed.ok) {
        access.sessions.end(fresh);
        return changed;
      }
      const isSession = session !== undefined;
      access.personChanged(changed.value, { keep: isSession ? fresh : undefined });
      return { ...ok({ ok: true }), ...(isSession && { session: fresh }) };
    },
  }),
];

const meOf = ({ person, caller, by }: Visitor): Me => ({ person, role: caller.role, by });

const refused = ({ code, retryAfterMs }: Refusal): Answer => ({
  ...err(code),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
