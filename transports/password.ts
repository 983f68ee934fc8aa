/**
 * Passwords: kept as scrypt hashes, compared in constant time. A password seen to be right is
 * remembered as a keyed digest, so that only the first use of a connection pool pays for scrypt.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** For people's passwords, OWASP Password Storage Cheat Sheet: 16 MiB and about 0.2 s a check. */
const PASSWORD_COST: Cost = { N: 2 ** 14, r: 8, p: 5 };
/** For random ones that nobody could guess at any speed: about 2 ms. */
export const RANDOM_PASSWORD_COST: Cost = { N: 2 ** 10, r: 8, p: 1 };
/** Of scrypt, RFC 7914 §2. */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Each takes 16 MiB and a thread of libuv's pool of four, which file reads need too. */
const CHECKS_IN_FLIGHT_MAX = 2;
/** Longer ones are refused unhashed. */
const PASSWORD_BYTES_MAX = 1_024;

/** As many as there can be people. */
const RIGHT_KEPT_MAX = 1_000;

export type PasswordVerdict = "right" | "wrong" | "busy";
export interface PasswordCheck {
  (user: string, password: string): Promise<PasswordVerdict>;
  /** It was right before and still is: told at no cost. */
  isKnown(user: string, password: string): boolean;
}

/** `scrypt$N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(password: string, cost = PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ["scrypt", N, r, p, salt.toString("base64"), hash.toString("base64")].join("$");
}

/**
 * `busy` means too many different passwords are being tried at once: nothing was checked. The map may
 * change under it: what counts is what stands in it at the end of a check.
 */
export function passwordCheck(hashByUser: ReadonlyMap<string, string>): PasswordCheck {
  const key = randomBytes(32);
  /** Digest of the last right password and the hash it fitted, at most one a user. */
  const rightByUser = new Map<string, { readonly digest: Buffer; readonly hash: string }>();
  /** Checks in flight by digest, so that many connections of one user share one check. */
  const pending = new Map<string, Promise<PasswordVerdict>>();
  const digestOf = (user: string, password: string): Buffer =>
    createHmac("sha256", key).update(`${user.length}:${user}:${password}`).digest();
  const isRemembered = (user: string, digest: Buffer): boolean => {
    const right = rightByUser.get(user);
    return (
      right !== undefined &&
      right.hash === hashByUser.get(user) &&
      timingSafeEqual(right.digest, digest)
    );
  };
  const check = (user: string, password: string): Promise<PasswordVerdict> => {
    if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return Promise.resolve("wrong");
    const digest = digestOf(user, password);
    if (isRemembered(user, digest)) return Promise.resolve("right");

    const known = hashByUser.get(user);
    const id = digest.toString("base64");
    const running = pending.get(id);
    if (running !== undefined) return running;
    if (pending.size >= CHECKS_IN_FLIGHT_MAX) return Promise.resolve("busy");

    const compared = matches(password, known ?? firstOf(hashByUser) ?? NOBODY)
      .then((same): PasswordVerdict => {
        // Changed while it was compared: what was right is not any more.
        if (!same || known === undefined || hashByUser.get(user) !== known) return "wrong";
        if (rightByUser.size >= RIGHT_KEPT_MAX) rightByUser.clear();
        rightByUser.set(user, { digest, hash: known });
        return "right";
      })
      .finally(() => pending.delete(id));
    pending.set(id, compared);
    return compared;
  };
  return Object.assign(check, {
    isKnown: (user: string, password: string) =>
      Buffer.byteLength(password) <= PASSWORD_BYTES_MAX &&
      isRemembered(user, digestOf(user, password)),
  });
}

/** What an unknown user's password is compared with, so that its answer takes as long. */
const NOBODY = [
  "scrypt",
  ...Object.values(PASSWORD_COST),
  Buffer.alloc(SALT_BYTES).toString("base64"),
  Buffer.alloc(HASH_BYTES).toString("base64"),
].join("$");
const firstOf = (hashByUser: ReadonlyMap<string, string>): string | undefined =>
  hashByUser.values().next().value;

async function matches(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split("$");
  if (scheme !== "scrypt" || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const options = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, "base64"), options);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function derive(password: string, salt: Buffer, options: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
