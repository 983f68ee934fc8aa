/** Runs the official conformance suite's server scenarios against an address, as a process of its own. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeDir, temporaryDir } from "../../support/node-process.ts";

const SUITE = fileURLToPath(
  new URL("../../../node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url),
);

export interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "INFO" | "SKIPPED";
  readonly errorMessage?: string;
}

/** Names of all server scenarios that the installed suite knows. */
export async function serverScenarios(): Promise<string[]> {
  const output = await run(["list", "--server"]);
  const [servers = ""] = output.split("Client scenarios");
  return [...servers.matchAll(/^ +- ([\w-]+)/gm)].map(([, name = ""]) => name);
}

/** The checks of every server scenario. */
export async function conformance(url: string): Promise<Map<string, readonly Check[]>> {
  const dir = temporaryDir();
  try {
    await run(["server", "--url", url, "-o", dir, "--suite", "all"], dir);
    return new Map(
      (readdirSync(dir, { recursive: true }) as string[])
        .filter((path) => path.endsWith("checks.json"))
        .map((path) => {
          const [, scenario = path] = /server-(.+?)-\d{4}-\d\d-\d\dT/.exec(dirname(path)) ?? [];
          return [scenario, JSON.parse(readFileSync(join(dir, path), "utf8"))];
        }),
    );
  } finally {
    removeDir(dir);
  }
}

/** What is wrong, in words; empty for a scenario that is passed. */
export const failuresOf = (checks: readonly Check[] | undefined): string[] =>
  checks === undefined
    ? ["it was not run"]
    : checks
        .filter(({ status }) => status === "FAILURE")
        .map(({ id, errorMessage }) => `${id}: ${errorMessage ?? ""}`);

const run = (args: readonly string[], cwd?: string): Promise<string> =>
  new Promise((resolve) => {
    const limits = { cwd, timeout: 120_000, maxBuffer: 16 * 2 ** 20 };
    execFile(process.execPath, [SUITE, ...args], limits, (_error, out, err) => {
      resolve(`${out}\n${err}`);
    });
  });
