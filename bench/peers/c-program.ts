/** C programs of this folder, compiled when they are first needed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** False, or why no C program can be measured. */
export const NO_CC =
  spawnSync("cc", ["--version"]).status === 0
    ? false
    : "no C compiler is here to build the senders: apt-get install gcc libc6-dev";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-O2"];
const FIRMWARE = path("../../firmware/");

let folder: string | undefined;

/** The program's path; `sources` of the firmware go with it. Gone with this process. */
export function cProgram(name: string, sources: readonly string[] = []): string {
  if (folder === undefined) {
    const fresh = mkdtempSync(join(tmpdir(), "mycel-bench-c-"));
    process.once("exit", () => rmSync(fresh, { recursive: true }));
    folder = fresh;
  }
  const program = join(folder, name);
  const files = [path(`./${name}.c`), ...sources.map((source) => join(FIRMWARE, "src", source))];
  execFileSync("cc", [...FLAGS, `-I${FIRMWARE}include`, "-o", program, ...files]);
  return program;
}
