/**
 * Who may ask, and who they are. Plain requests and WebSocket upgrades pass the same check.
 *
 *   Host        a name that is ours, or a foreign name's owner could point it here (DNS rebinding)
 *   Origin      the page's own, or any page a browser has open could talk to a loopback node
 *   who         nobody need say on loopback; else HTTP Basic, for scripts, or the cookie of a session
 *   X-Mycel     on writes with a cookie: no other site's page can send it (CSRF)
 */
import { createHmac, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { Clock } from "../../runtime/clock.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { Attempts } from "../attempts.ts";
import { every } from "../every.ts";
import { isLoopback } from "../loopback.ts";
import { type PasswordCheck, passwordCheck } from "../password.ts";
import { cookieName, readCookie } from "./login/cookie.ts";
import type { SessionKeeper } from "./login/session-file.ts";
import { SESSION_TIMES, Sessions, type SessionTimes } from "./login/sessions.ts";
import { WriteRate } from "./login/write-rate.ts";
import type { Person } from "./office/person-contract.ts";
import type { ProblemCode } from "./problems.ts";
import type { Visitor } from "./route.ts";

export interface AccessRules {
  /** The address listened on. */
  readonly host: string;
  /** Further names under which the node is reached, such as a reverse proxy's. */
  readonly hostNames: readonly string[];
  /** An operator's account for scripts. */
  readonly credentials: Credentials | undefined;
  /** Asked also on loopback, as behind a proxy. */
  readonly alwaysLogin?: boolean;
  readonly isTls?: boolean;
  readonly clock: Clock;
  readonly writesPerMinuteMax: number;
  readonly times?: SessionTimes;
  /** Who was logged in when the node ended stays so. */
  readonly keeper?: SessionKeeper | undefined;
  /** People's: the error is `wrong`, `busy` or `timeout`. */
  readonly checkPassword: (name: string, password: string) => Promise<Result<Person, string>>;
}

export interface Credentials {
  readonly user: string;
  /** From `hashPassword`. */
  readonly passwordHash: string;
}

export interface AccessHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly cookie: string | undefined;
  /** `X-Mycel`, with anything in it. */
  readonly mycel: string | undefined;
  readonly method: string;
  /** Of the other end of the connection. */
  readonly address: string;
}

export type AccessRefusal = Extract<
  ProblemCode,
  | "hostRefused"
  | "originRefused"
  | "unauthorized"
  | "busy"
  | "timeout"
  | "csrfRefused"
  | "loginRefused"
  | "tooManyLogins"
  | "tooManyRequests"
>;
/** `retryAfterMs` of those that time mends. */
export interface Refusal {
  readonly code: AccessRefusal;
  readonly retryAfterMs?: number;
}

export interface Access {
  /** False: whoever reaches the node is its operator. */
  readonly needsLogin: boolean;
  readonly sessions: Sessions;
  /** `pagePort`: where the page is served, if that is not the port this request came to. */
  admit(headers: AccessHeaders, pagePort?: number): Promise<Result<Visitor, Refusal>>;
  /** The same without asking who: for `/healthz`, the page's files and the login itself. */
  admitOrigin(headers: AccessHeaders, pagePort?: number): AccessRefusal | undefined;
  /** A fresh session, or why not; `before` is the one that the login replaces. */
  login(
    name: string,
    password: string,
    address: string,
    before?: string,
  ): Promise<Result<{ readonly session: string; readonly visitor: Visitor }, Refusal>>;
  /** The session's cookie in a request, valid or not. */
  sessionOf(headers: AccessHeaders): string | undefined;
  /** After each change of a person. `password`: it was changed; that session alone stays. */
  personChanged(person: Person, password?: { readonly keep: string | undefined }): void;
  /** 0 or ms until this visitor may write again. */
  writeWaitMs(visitor: Visitor): number;
  /** Where cookies are bound to: known once the server listens. */
  setPort(port: number): void;
  close(): void;
}

const SWEEP_MS = 60_000;
/** Right Basic credentials are not asked for again so long, as a script sends them with each request. */
const BASIC_KEPT_MS = 60_000;
const BASIC_KEPT_MAX = 256;

const NOBODY: Visitor = {
  caller: { personId: null, role: "operator" },
  person: null,
  by: "none",
  session: undefined,
  address: "",
};

export function createAccess(rules: AccessRules): Access {
  const { host, hostNames, credentials, clock, isTls = false } = rules;
  const names = new Set([host, ...hostNames].map((name) => name.toLowerCase()));
  const exposed = !isLoopback(host);
  const needsLogin = exposed || credentials !== undefined || rules.alwaysLogin === true;
  const check: PasswordCheck | undefined =
    credentials && passwordCheck(new Map([[credentials.user, credentials.passwordHash]]));
  const sessions = new Sessions(clock, rules.times ?? SESSION_TIMES, rules.keeper);
  const attempts = new Attempts(clock);
  const writes = new WriteRate(clock, rules.writesPerMinuteMax);
  const stopSweeping = every(clock, SWEEP_MS, () => sessions.sweep());
  const basicKey = randomBytes(32);
  /** Keyed digest of an Authorization header → who that is; at most `BASIC_KEPT_MAX`. */
  const basics = new Map<string, { readonly person: Person | null; readonly untilMs: number }>();
  let port = 0;

  const isOurs = (name: string): boolean =>
    names.has(name) || isLoopback(name) || (exposed && isIP(name) !== 0);

  const admitOrigin: Access["admitOrigin"] = (headers, pagePort) => {
    const asked = authority(headers.host === undefined ? undefined : `http://${headers.host}`);
    if (asked === undefined || !isOurs(asked.name)) return "hostRefused";
    if (headers.origin !== undefined) {
      const page = authority(headers.origin);
      if (page === undefined || page.name !== asked.name) return "originRefused";
      // Of the same name in clear text: whoever is on the way may have made that page.
      if (isTls && !/^https:/i.test(headers.origin)) return "originRefused";
      if (page.port !== (pagePort === undefined ? asked.port : String(pagePort))) {
        return "originRefused";
      }
    } else if (isForeignFetch(headers)) {
      return "originRefused";
    }
    return undefined;
  };

  /** Null: the account of the settings. */
  const whoHas = async (
    name: string,
    password: string,
    address: string,
  ): Promise<Result<Person | null, Refusal>> => {
    const retryAfterMs = attempts.waitMs(address, name);
    if (retryAfterMs > 0) return err({ code: "tooManyLogins", retryAfterMs });
    const found = await verdictOn(name, password);
    if (found.ok) {
      attempts.succeeded(name);
      return found;
    }
    if (found.error === "busy") return err({ code: "busy", retryAfterMs: 1_000 });
    if (found.error !== "wrong") return err({ code: "timeout" });
    attempts.failed(address, name);
    return err({ code: "loginRefused" });
  };
  const verdictOn = async (
    name: string,
    password: string,
  ): Promise<Result<Person | null, string>> => {
    if (check === undefined || name !== credentials?.user) {
      return rules.checkPassword(name, password);
    }
    const verdict = await check(name, password);
    return verdict === "right" ? ok(null) : err(verdict);
  };

  const byBasic = async (header: string, address: string): Promise<Result<Visitor, Refusal>> => {
    const given = basicCredentials(header);
    if (given === undefined) return err({ code: "unauthorized" });
    const digest = createHmac("sha256", basicKey).update(header).digest("base64");
    const known = basics.get(digest);
    if (known !== undefined && known.untilMs > clock.monotonicMs()) {
      return ok(visitorOf(known.person, "password", address));
    }
    const found = await whoHas(given.user, given.password, address);
    if (!found.ok)
      return found.error.code === "loginRefused" ? err({ code: "unauthorized" }) : found;
    if (basics.size >= BASIC_KEPT_MAX) basics.clear();
    basics.set(digest, { person: found.value, untilMs: clock.monotonicMs() + BASIC_KEPT_MS });
    return ok(visitorOf(found.value, "password", address));
  };

  const sessionOf: Access["sessionOf"] = ({ cookie }) =>
    readCookie(cookie, cookieName({ port, isTls }));

  return {
    needsLogin,
    sessions,
    admitOrigin,
    sessionOf,
    admit: async (headers, pagePort) => {
      const refusal = admitOrigin(headers, pagePort);
      if (refusal !== undefined) return err({ code: refusal });
      const { address, authorization } = headers;
      if (!needsLogin) return ok({ ...NOBODY, address });
      if (authorization !== undefined) return byBasic(authorization, address);
      const id = sessionOf(headers);
      const session = sessions.find(id);
      if (session === undefined) return err({ code: "unauthorized" });
      if (isWrite(headers.method) && headers.mycel === undefined) {
        return err({ code: "csrfRefused" });
      }
      return ok({ ...visitorOf(session.person, "session", address), session: id });
    },
    login: async (name, password, address, before) => {
      const found = await whoHas(name, password, address);
      if (!found.ok) return found;
      // What the browser had before may have been put there by somebody else.
      sessions.end(before);
      const visitor = visitorOf(found.value, "session", address);
      const session = sessions.open(found.value, visitor.caller.role);
      return ok({ session, visitor: { ...visitor, session } });
    },
    personChanged: (person, password) => {
      basics.clear();
      if (password !== undefined) sessions.endAllOf(person.id, password.keep);
      sessions.changed(person);
    },
    writeWaitMs: ({ caller, by, address }) => {
      if (by === "none") return 0;
      return writes.take(caller.personId === null ? `address ${address}` : `${caller.personId}`);
    },
    setPort: (bound) => {
      port = bound;
    },
    close: () => {
      stopSweeping();
      sessions.keepUse();
    },
  };
}

const visitorOf = (person: Person | null, by: Visitor["by"], address: string): Visitor => ({
  caller: { personId: person?.id ?? null, role: person?.role ?? "operator" },
  ...{ person, by, session: undefined, address },
});

export const isWrite = (method: string): boolean => !/^(?:GET|HEAD|OPTIONS)$/.test(method);

/**
 * An `<img>` or `<script>` of another site sends no Origin, but browsers say so here (Fetch Metadata);
 * following a link to the dashboard is a `navigate` and stays allowed.
 */
const isForeignFetch = ({ fetchSite, fetchMode, method }: AccessHeaders): boolean =>
  (fetchSite === "cross-site" || fetchSite === "same-site") &&
  // A form navigates too.
  (fetchMode !== "navigate" || isWrite(method));

/** Name and port of an `http:` or `https:` address; a default port is the empty string. */
function authority(url: string | undefined): { name: string; port: string } | undefined {
  if (url === undefined || !/^https?:\/\/[^/?#@\\\s]+$/i.test(url) || !URL.canParse(url)) {
    return undefined;
  }
  const { hostname, port } = new URL(url);
  return { name: hostname.replace(/^\[|\]$/g, ""), port };
}

/** RFC 7617. */
function basicCredentials(
  header: string | undefined,
): { user: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
