/** Takes keys out of what a server says: it may repeat the key that it refused, whole or in part. */

/** Shorter ones would take ordinary words away. */
const SECRET_CHARACTERS_MIN = 6;

/** Prefixes of the providers' keys, and what stands after `Bearer`. */
const KEY_LIKE =
  /\b(?:sk|gsk|pk|rk|key|tgp|ant)[-_][\w*.-]{6,}|\bBearer\s+\S+|\/\/[^/\s:@]+:[^/\s@]+@/gi;

export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= SECRET_CHARACTERS_MIN) clean = clean.replaceAll(secret, "[key]");
  }
  return clean.replace(KEY_LIKE, "[key]");
}
