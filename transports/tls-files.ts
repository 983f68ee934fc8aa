/**
 * Certificate and key out of files, as an ACME client renews them: read again when told to or when they have
 * changed. What cannot be read or does not fit together changes nothing of what is in use.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { MycelError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { every } from "./every.ts";

export interface TlsFiles {
  /** PEM, the chain after it. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM, of the authority whose certificates clients must show. */
  readonly clientCa?: string | undefined;
}

export interface TlsContext {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Of clients; there only where they must show one. */
  readonly ca?: Buffer;
  readonly minVersion: "TLSv1.2";
}

export interface OpenTlsFiles {
  context(): TlsContext;
  /** Called with what is new. */
  onChange(take: (context: TlsContext) => void, logger: Logger): void;
  reload(): void;
  close(): void;
}

/** Renewed certificates wait weeks to be needed. */
const LOOK_MS = 60_000;

/** Throws `E_CONFIG_INVALID`, with the setting's path, when the files are no good. */
export function openTlsFiles(
  files: TlsFiles,
  path: string,
  clock: Pick<Clock, "after"> = systemClock,
): OpenTlsFiles {
  let context = load(files, path);
  let seen = stampOf(files);
  let take: ((context: TlsContext) => void) | undefined;
  let log: Logger | undefined;

  const reload = (): void => {
    try {
      seen = stampOf(files);
      context = load(files, path);
      take?.(context);
      log?.info({ path, validTo: validTo(context) }, "certificate and key were read again");
    } catch (error) {
      log?.error({ err: error, path }, "the new certificate is no good; the one in use stays");
    }
  };
  const stop = every(clock, LOOK_MS, () => {
    if (stampOf(files) !== seen) reload();
  });
  return {
    context: () => context,
    onChange: (taker, logger) => {
      take = taker;
      log = logger;
    },
    reload,
    close: stop,
  };
}

function load(files: TlsFiles, path: string): TlsContext {
  const ca = files.clientCa && read(files.clientCa, `${path}.clientCa`);
  if (ca && !isCertificate(ca)) {
    const message = `${path}.clientCa: ${files.clientCa} is no certificate in PEM.`;
    throw new MycelError("E_CONFIG_INVALID", message, { path });
  }
  const made = {
    cert: read(files.cert, `${path}.cert`),
    key: read(files.key, `${path}.key`),
    ...(ca && { ca }),
    minVersion: "TLSv1.2" as const,
  };
  try {
    createSecureContext(made);
  } catch (cause) {
    // What OpenSSL says names neither: a key must not get into a message.
    throw new MycelError(
      "E_CONFIG_INVALID",
      `${path}: ${files.cert} and ${files.key} are not a certificate and its key in PEM.`,
      { path, code: (cause as { code?: string }).code },
    );
  }
  return made;
}

function read(file: string, path: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MycelError("E_CONFIG_INVALID", `${path}: cannot read ${file}.`, { path }, cause);
  }
}

/** OpenSSL passes over what it cannot read, and would then believe nobody. */
function isCertificate(pem: Buffer): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

const validTo = ({ cert }: TlsContext): string => new X509Certificate(cert).validTo;

function stampOf({ cert, key, clientCa }: TlsFiles): string {
  return [cert, key, ...(clientCa === undefined ? [] : [clientCa])]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? "none" : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join(" ");
}
