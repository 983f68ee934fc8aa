/**
 * Who may ask: only a page this node served itself, reached under a name it knows, and with the
 * password where one is set. Plain requests and WebSocket upgrades pass the same check.
 *
 *   Host        a name that is ours, or a foreign name's owner could point it here (DNS rebinding)
 *   Origin      the page's own, or any page a browser has open could talk to a loopback node
 *   password    HTTP Basic
 */
import { isIP } from "node:net";
import { isLoopback } from "../loopback.ts";
import { type PasswordCheck, passwordCheck } from "../password.ts";
import type { ProblemCode } from "./problems.ts";

export interface AccessRules {
  /** The address listened on. */
  readonly host: string;
  /** Further names under which the node is reached, such as a reverse proxy's. */
  readonly hostNames: readonly string[];
  readonly credentials: Credentials | undefined;
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
}

export type AccessRefusal = Extract<
  ProblemCode,
  "hostRefused" | "originRefused" | "unauthorized" | "busy"
>;

export interface Access {
  readonly needsPassword: boolean;
  /** `pagePort`: where the page is served, if that is not the port this request came to. */
  admit(headers: AccessHeaders, pagePort?: number): Promise<AccessRefusal | undefined>;
  /** The same without the password: for `/healthz`, which probes without one. */
  admitOrigin(headers: AccessHeaders, pagePort?: number): AccessRefusal | undefined;
}

export function createAccess({ host, hostNames, credentials }: AccessRules): Access {
  const names = new Set([host, ...hostNames].map((name) => name.toLowerCase()));
  const exposed = !isLoopback(host);
  const check: PasswordCheck | undefined =
    credentials && passwordCheck(new Map([[credentials.user, credentials.passwordHash]]));

  const isOurs = (name: string): boolean =>
    names.has(name) || isLoopback(name) || (exposed && isIP(name) !== 0);

  const admitOrigin: Access["admitOrigin"] = (headers, pagePort) => {
    const asked = authority(headers.host === undefined ? undefined : `http://${headers.host}`);
    if (asked === undefined || !isOurs(asked.name)) return "hostRefused";
    if (headers.origin !== undefined) {
      const page = authority(headers.origin);
      if (page === undefined || page.name !== asked.name) return "originRefused";
      if (page.port !== (pagePort === undefined ? asked.port : String(pagePort))) {
        return "originRefused";
      }
    } else if (isForeignFetch(headers)) {
      return "originRefused";
    }
    return undefined;
  };

  return {
    needsPassword: check !== undefined,
    admitOrigin,
    admit: async (headers, pagePort) => {
      const refusal = admitOrigin(headers, pagePort);
      if (refusal !== undefined || check === undefined) return refusal;
      const given = basicCredentials(headers.authorization);
      if (given === undefined) return "unauthorized";
      const verdict = await check(given.user, given.password);
      return verdict === "right" ? undefined : verdict === "busy" ? "busy" : "unauthorized";
    },
  };
}

/**
 * An `<img>` or `<script>` of another site sends no Origin, but browsers say so here (Fetch Metadata);
 * following a link to the dashboard is a `navigate` and stays allowed.
 */
const isForeignFetch = ({ fetchSite, fetchMode }: AccessHeaders): boolean =>
  (fetchSite === "cross-site" || fetchSite === "same-site") && fetchMode !== "navigate";

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
