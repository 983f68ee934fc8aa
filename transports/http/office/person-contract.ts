/**
 * People as the API shows them, and how one logs in.
 *
 * What the page does:
 *  - Every request carries the header `X-Mycel: page`: the node then never answers 401 with a challenge
 *    that makes browsers ask for a password, and takes a session's writes (without it: 403 `csrfRefused`).
 *  - At its start it asks `GET /api/me`. 200: it shows itself; `person` may be null (loopback without login,
 *    or the account of the settings), and what `role` may not do is hidden. 401 `unauthorized`: it shows
 *    the login form. The page's own files need no login.
 *  - `POST /api/login {name, password}`: 200 as `GET /api/me`, with the cookie set (HttpOnly: the page never
 *    sees it). 401 `loginRefused`: name or password wrong. 429 `tooManyLogins`: `Retry-After` says in seconds
 *    when to try again.
 *  - Any later 401 means that the session has ended: back to the login form. The live feed is closed with
 *    1008 then, and its upgrade refused with 401; ask `GET /api/me` before connecting again.
 *  - `POST /api/logout`, body `{}`: 200, the cookie is taken away, feeds of that session end.
 *  - `DELETE /api/me/sessions`: the same for all sessions of this person.
 *  - 403 `forbidden`: the role is too low for it. 429 `tooManyRequests`: `Retry-After` again.
 *  - `PUT /api/me/password {password, newPassword}` changes one's own; other sessions of the person end.
 */
import { z } from "zod";

export const PASSWORD_CHARS_MIN = 8;
export const PASSWORD_CHARS_MAX = 256;

export const roleSchema = z.enum(["viewer", "member", "operator"]);
export const personSchema = z.object({
  id: z.number().int(),
  name: z.string(),
  displayName: z.string(),
  role: roleSchema,
  isActive: z.boolean(),
  createdAtMs: z.number(),
});

/** With the names that the seed's clients know. */
export const userSchema = personSchema.extend({
  username: z.string(),
  display_name: z.string(),
  is_active: z.boolean(),
  created_at: z.iso.datetime(),
});

const newPassword = z.string().min(PASSWORD_CHARS_MIN).max(PASSWORD_CHARS_MAX);
const text = z.string().max(256);

/** `username` and `display_name` as the seed has them. */
export const addUserSchema = z
  .object({
    name: text.optional(),
    username: text.optional(),
    displayName: text.optional(),
    display_name: text.nullable().optional(),
    role: roleSchema.default("member"),
    password: newPassword.optional(),
  })
  .refine(({ name, username }) => name !== undefined || username !== undefined, "name is needed");
export const changeUserSchema = z.object({
  displayName: text.optional(),
  display_name: text.optional(),
  role: roleSchema.optional(),
  isActive: z.boolean().optional(),
  is_active: z.boolean().optional(),
  password: newPassword.optional(),
});

export const loginSchema = z.object({ name: text, password: z.string().max(1_024) });
/** `by` `none`: this node asks nobody who they are. */
export const meSchema = z.object({
  person: personSchema.nullable(),
  role: roleSchema,
  by: z.enum(["none", "password", "session"]),
});
export const ownPasswordSchema = z.object({ password: z.string().max(1_024), newPassword });
export const doneSchema = z.object({ ok: z.literal(true) });

export type Role = z.infer<typeof roleSchema>;
export type Person = z.infer<typeof personSchema>;
export type User = z.infer<typeof userSchema>;
export type Me = z.infer<typeof meSchema>;
