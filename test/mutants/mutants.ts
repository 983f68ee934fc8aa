/**
 * Bugs on purpose, as patches: each is applied to a copy of the sources, in which the simulator has to
 * find it.
 *
 *   test/mutants/*.patch ──git apply──▶ copy of the sources ──▶ test/simulation/run.ts ──▶ a broken invariant
 *
 * A patch begins with a line that says what it breaks, and one that names the worlds to look in first.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MycelError } from "../../runtime/errors.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATCHES = fileURLToPath(new URL("./", import.meta.url));
/** What the worlds are made of. */
const SOURCES = ["actors", "config", "firmware", "runtime", "transports", "test", "package.json"];

export interface Mutant {
  readonly name: string;
  readonly breaks: string;
  readonly worlds: readonly string[];
  /** Path of the patch. */
  readonly patch: string;
}

export interface Found {
  readonly world: string;
  readonly invariant: string;
  /** Seeds that were run until then. */
  readonly seeds: number;
}

export const mutants = (): readonly Mutant[] =>
  readdirSync(PATCHES)
    .filter((file) => file.endsWith(".patch"))
    .sort()
    .map((file) => {
      const patch = join(PATCHES, file);
      const [breaks = "", worlds = ""] = readFileSync(patch, "utf8").split("\n");
      return {
        name: file.replace(/\.patch$/, ""),
        breaks,
        worlds: worlds.replace(/^worlds: /, "").split(" "),
        patch,
      };
    });

/** The sources once more, to be changed; `remove` it in the end. */
export class Copy {
  readonly dir = mkdtempSync(join(tmpdir(), "mycel-mutants-"));

  constructor() {
    for (const source of SOURCES) {
      cpSync(join(ROOT, source), join(this.dir, source), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.dir, "node_modules"));
  }

  /** Why the patch does not apply; undefined when it has been applied. */
  apply({ patch }: Mutant, options: readonly string[] = []): string | undefined {
    const applied = spawnSync("git", ["apply", ...options, patch], {
      cwd: this.dir,
      encoding: "utf8",
    });
    if (applied.error !== undefined) {
      throw new MycelError("E_INPUT", "Patches are applied by git; install it.", {}, applied.error);
    }
    return applied.status === 0 ? undefined : applied.stderr.trim();
  }

  undo(mutant: Mutant): void {
    this.apply(mutant, ["--reverse"]);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Runs the simulator in the copy; undefined when it finds nothing wrong. */
export async function look(
  copy: Copy,
  { worlds }: Mutant,
  seedsMax: number,
): Promise<Found | undefined> {
  for (const world of worlds) {
    const run = join(copy.dir, "test", "simulation", "run.ts");
    const args = [run, "--json", "--world", world, "--seed", "1", "--seeds", String(seedsMax)];
    const { status, stdout, stderr } = await output(process.execPath, args);
    if (status === 0) continue;
    if (status !== 1) throw new MycelError("E_INPUT", `The simulator itself failed: ${stderr}`);
    const { invariant, seed } = JSON.parse(stdout) as { invariant: string; seed: number };
    return { world, invariant, seeds: seed };
  }
  return undefined;
}

function output(
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(program, args);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
