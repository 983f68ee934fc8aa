/** Which names and addresses never leave this machine. */
import { isIP, isIPv4 } from "node:net";

/** `host` without port or brackets. RFC 6761 §6.3 reserves `localhost` and all names under it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (isIP(name) === 0) return name === "localhost" || name.endsWith(".localhost");
  if (isIPv4(name)) return name.startsWith("127.");
  return name === "::1" || /^::ffff:127\./.test(name);
}
