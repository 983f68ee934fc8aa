/**
 * Backups and how one takes the store's place. Each step leaves either the old or the new state:
 *
 *   back up   copy into DIR.part ──▶ manifest ──▶ rename to DIR
 *   stage     backup ──verify──▶ STORE/restore.part ──▶ rename to STORE/restore
 *   apply     STORE/restore/data.mdb ──rename──▶ STORE/data.mdb, at the next open
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { MycelError } from "../errors.ts";
import { err } from "../result.ts";
import { isNoRoom } from "./disk-space.ts";
import { checkLmdbFile } from "./lmdb-check.ts";
import { makeWritableDir } from "./make-dir.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { BackupManifest } from "./state-store.ts";

export const DATA_FILE = "data.mdb";
/** LMDB's own table of readers; made anew at the first open. */
export const READERS_FILE = "data.mdb-lock";
const MANIFEST_FILE = "manifest.json";
const STAGED_DIR = "restore";

/** `copyTo` writes a consistent copy of the data file to the path it is given. */
export async function writeBackup(
  backupDir: string,
  copyTo: (file: string) => Promise<void>,
): Promise<BackupManifest> {
  const target = resolve(backupDir);
  if (existsSync(target) && !isEmptyDir(target)) {
    throw new MycelError(
      "E_INPUT",
      `${target} is not empty: name a new directory for the backup.`,
      {
        dir: target,
      },
    );
  }
  const part = `${target}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    makeWritableDir(part, "The backup's directory");
    const file = join(part, DATA_FILE);
    await copyTo(file);
    const manifest: BackupManifest = {
      format: 1,
      schemaVersion: SCHEMA_VERSION,
      takenAtMs: Math.round(statSync(file).mtimeMs),
      bytes: statSync(file).size,
      sha256: await sha256Of(file),
    };
    putInPlace(part, target, manifest);
    return manifest;
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    throw backupFault(target, cause);
  }
}

/** The manifest, after the data has been found to be what it says. */
export async function verifyBackup(backupDir: string): Promise<BackupManifest> {
  const dir = resolve(backupDir);
  const damaged = (what: string): MycelError =>
    new MycelError("E_STORE_DAMAGED", `The backup in ${dir} cannot be used: ${what}.`, { dir });
  const manifest = readManifest(dir);
  if (manifest === undefined) throw damaged(`it has no readable ${MANIFEST_FILE}`);
  if (manifest.schemaVersion > SCHEMA_VERSION) {
    throw new MycelError(
      "E_STORE_NEWER",
      `The backup in ${dir} has version ${manifest.schemaVersion} and this Mycel knows ${SCHEMA_VERSION}: restore it with the newer Mycel.`,
      { dir },
    );
  }
  const file = join(dir, DATA_FILE);
  if (!existsSync(file)) throw damaged(`${DATA_FILE} is missing`);
  const { size } = statSync(file);
  if (size !== manifest.bytes) {
    throw damaged(`${DATA_FILE} has ${size} bytes and should have ${manifest.bytes}`);
  }
  if ((await sha256Of(file)) !== manifest.sha256) throw damaged(`${DATA_FILE} was altered`);
  const checked = checkLmdbFile(file);
  if (!checked.ok) throw damaged(checked.error);
  return manifest;
}

/** Puts a verified copy of the backup beside the store, which may be in use, for the next open. */
export async function stageRestore(storeDir: string, backupDir: string): Promise<BackupManifest> {
  const manifest = await verifyBackup(backupDir);
  const target = join(resolve(storeDir), STAGED_DIR);
  const part = `${target}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    makeWritableDir(part, "The store's directory");
    await copyFile(join(resolve(backupDir), DATA_FILE), join(part, DATA_FILE));
    if ((await sha256Of(join(part, DATA_FILE))) !== manifest.sha256) {
      throw new Error("the copy differs from the backup");
    }
    rmSync(target, { recursive: true, force: true });
    putInPlace(part, target, manifest);
    return manifest;
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    throw backupFault(target, cause);
  }
}

/** Takes back what `stageRestore` did, before the next open. */
export function unstageRestore(storeDir: string): void {
  rmSync(join(resolve(storeDir), STAGED_DIR), { recursive: true, force: true });
}

/**
 * Makes a staged restore the store; true when there was one. Nobody may have the store open: not
 * this process' other threads either.
 */
export function applyStagedRestore(storeDir: string): boolean {
  const staged = join(storeDir, STAGED_DIR);
  rmSync(`${staged}.part`, { recursive: true, force: true });
  if (!existsSync(staged)) return false;
  const file = join(staged, DATA_FILE);
  // Without the data file a restart came between the rename and the removal below.
  const isFresh = existsSync(file);
  if (isFresh) {
    const manifest = readManifest(staged);
    const checked =
      manifest?.bytes === statSync(file).size
        ? checkLmdbFile(file)
        : err("it is not as long as its manifest says");
    if (!checked.ok) {
      throw new MycelError(
        "E_STORE_DAMAGED",
        `The restore staged in ${staged} is damaged: ${checked.error}. Remove that directory to keep the present store, or stage the backup again.`,
        { dir: staged },
      );
    }
    rmSync(join(storeDir, READERS_FILE), { force: true });
    renameSync(file, join(storeDir, DATA_FILE));
    syncDir(storeDir);
  }
  rmSync(staged, { recursive: true, force: true });
  return isFresh;
}

/** The manifest comes last, then the directory takes its name: what has the name is whole. */
function putInPlace(part: string, target: string, manifest: BackupManifest): void {
  syncFile(join(part, DATA_FILE));
  writeFileSync(join(part, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
  syncFile(join(part, MANIFEST_FILE));
  syncDir(part);
  renameSync(part, target);
  syncDir(dirname(target));
}

function readManifest(dir: string): BackupManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, MANIFEST_FILE), "utf8"));
    const isOurs =
      manifest.format === 1 &&
      Number.isInteger(manifest.schemaVersion) &&
      Number.isInteger(manifest.bytes) &&
      typeof manifest.sha256 === "string";
    return isOurs ? manifest : undefined;
  } catch {
    return undefined;
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file);
  for await (const chunk of handle.createReadStream()) hash.update(chunk);
  return hash.digest("hex");
}

function backupFault(dir: string, cause: unknown): MycelError {
  if (cause instanceof MycelError) return cause;
  if (isNoRoom(cause)) {
    return new MycelError("E_STORE_FULL", `No room for a copy in ${dir}.`, { dir }, cause);
  }
  return new MycelError(
    "E_DIR_NOT_WRITABLE",
    `Cannot write to ${dir}: ${(cause as Error).message}.`,
    { dir },
    cause,
  );
}

const isEmptyDir = (path: string): boolean =>
  statSync(path).isDirectory() && readdirSync(path).length === 0;

function syncFile(path: string): void {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}

const syncDir = syncFile;
