/**
 * User and password of the embedded broker: made at the first start, kept in the data folder where
 * only its owner reads them.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { MycelError } from "../../runtime/errors.ts";

const credentialsSchema = z.object({ user: z.string().min(1), password: z.string().min(1) });

export type MqttCredentials = z.infer<typeof credentialsSchema>;

/** 144 bits: beyond guessing, and 24 letters to paste into a device. */
const PASSWORD_BYTES = 18;

export const credentialsFile = (dir: string): string => join(dir, "mqtt-credentials.json");

/** Throws `E_CONFIG_INVALID` for a file that others can read, or that does not hold credentials. */
export function loadOrCreateCredentials(dir: string): MqttCredentials {
  const path = credentialsFile(dir);
  return read(path) ?? create(path);
}

function read(path: string): MqttCredentials | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if ((stat.mode & 0o077) !== 0) {
    throw new MycelError(
      "E_CONFIG_INVALID",
      `Others can read the MQTT password in ${path}: run "chmod 600 ${path}", or delete the file to have a new one made.`,
      { path, mode: (stat.mode & 0o777).toString(8) },
    );
  }
  const parsed = credentialsSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new MycelError(
    "E_CONFIG_INVALID",
    `${path} does not hold {"user": …, "password": …}: mend it, or delete it to have a new one made.`,
    { path },
  );
}

/** Renamed into place, so that a crash leaves a whole file or none. */
function create(path: string): MqttCredentials {
  const made = { user: "mycel", password: randomBytes(PASSWORD_BYTES).toString("base64url") };
  const half = `${path}.new`;
  rmSync(half, { force: true });
  writeFileSync(half, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  chmodSync(half, 0o600); // an unusual umask may have taken even the owner's right to read
  renameSync(half, path);
  return made;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
