/** Builds firmware for the host, in a directory of the test's own. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const firmware = fileURLToPath(new URL("../../firmware", import.meta.url));

export const has = (program: string): boolean =>
  spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;

/** Why tests of C code must be skipped, if they must. */
export const noCompiler: string | false =
  has("cc") && has("make") ? false : "no C compiler here: apt-get install gcc make";

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "mycel-firmware-"));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Why there is no sanitizer, if there is none: musl and some small machines come without. */
export function noSanitizer(directory: string): string | false {
  if (noCompiler !== false) return noCompiler;
  const source = join(directory, "probe.c");
  writeFileSync(source, "int main(void) { return 0; }\n");
  const probe = join(directory, "probe");
  const built = spawnSync("cc", ["-fsanitize=address,undefined", "-o", probe, source]);
  return built.status === 0 && spawnSync(probe).status === 0
    ? false
    : "no sanitizers here: apt-get install libasan8 libubsan1";
}

export async function make(
  directory: string,
  target: string,
  ...settings: readonly string[]
): Promise<{ readonly status: number | null; readonly output: string }> {
  return run("make", ["-s", "-C", firmware, target, `BUILD=${directory}`, ...settings]);
}

export async function run(
  program: string,
  args: readonly string[],
  input = "",
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  // A program that stops reading early answers with its status, not with our EPIPE.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { status, output: stdout + stderr };
}
