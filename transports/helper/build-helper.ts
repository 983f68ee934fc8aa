/**
 * Builds a link's helper process from its C sources when it is first needed, and keeps it in the
 * user's cache under a hash of them: a node brings sources, since it cannot bring a program for each
 * machine.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MycelError } from "../../runtime/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIRMWARE = ["firmware/include", "firmware/src"];
const FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-Wshadow"];
/** A second here; a small board takes a few. */
const BUILD_MS_MAX = 60_000;

export interface HelperProgram {
  /** Of the program. */
  readonly name: string;
  /** From the project's root. */
  readonly sources: readonly string[];
}

/** The path of the program. Throws `E_LINK_OPEN` where there is no C compiler, or it refuses. */
export async function buildHelper({ name, sources }: HelperProgram): Promise<string> {
  const hash = createHash("sha256").update(process.arch);
  for (const source of sources) hash.update(await readFile(join(ROOT, source)));
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const dir = join(cache, "mycel", "helpers", hash.digest("hex").slice(0, 16));
  const program = join(dir, name);
  if (existsSync(program)) return program;
  await mkdir(dir, { recursive: true });
  // Under a name of its own until it is whole: another node may build it at the same time.
  const unfinished = `${program}.${process.pid}`;
  const files = sources.filter((source) => source.endsWith(".c"));
  const includes = FIRMWARE.map((folder) => `-I${folder}`);
  const args = [...FLAGS, ...includes, "-o", unfinished, ...files];
  try {
    await promisify(execFile)("cc", args, { cwd: ROOT, timeout: BUILD_MS_MAX });
  } catch (cause) {
    throw buildFault(name, cause);
  }
  await rename(unfinished, program);
  return program;
}

function buildFault(name: string, cause: unknown): MycelError {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const why = isMissing
    ? "no C compiler is here: apt-get install gcc libc6-dev"
    : `its compiler refuses: ${firstLine(cause)}`;
  return new MycelError("E_LINK_OPEN", `Cannot build ${basename(name)}: ${why}.`, { name }, cause);
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause)).split(
    "\n",
  )[0] ?? "";
