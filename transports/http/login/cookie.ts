/**
 * The session's cookie. Scripts of the page cannot read it, other sites' requests do not carry it. Two nodes
 * of one machine share its cookies, so that the port is in the name.
 */
export interface CookieRules {
  readonly port: number;
  readonly isTls: boolean;
  /** s, as the session's own end. */
  readonly maxAgeS: number;
}

/** `__Host-`: browsers take it only over TLS, for this host alone, RFC 6265bis §4.1.3.2. */
export const cookieName = ({ port, isTls }: Pick<CookieRules, "port" | "isTls">): string =>
  `${isTls ? "__Host-" : ""}mycel_session_${port}`;

/** `id` null takes the cookie away. */
export function setCookie(id: string | null, rules: CookieRules): string {
  const parts = [`${cookieName(rules)}=${id ?? ""}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  parts.push(`Max-Age=${id === null ? 0 : rules.maxAgeS}`);
  if (rules.isTls) parts.push("Secure");
  return parts.join("; ");
}

/** Longer than any browser sends for one host. */
const COOKIE_CHARS_MAX = 16_384;

/** Undefined also where it is there twice: nobody knows then who set which. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > COOKIE_CHARS_MAX) return undefined;
  const values = header
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}
