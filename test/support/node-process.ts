/** A real node as a process of its own, on free ports and a data folder that goes with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { NodeFile } from "../../actors/node-file.ts";
import type { HistoryAnswer, Leaf } from "../../transports/http/contract.ts";
import { until } from "./until.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));

export interface NodeProcess {
  readonly dir: string;
  readonly file: NodeFile;
  readonly process: ChildProcess;
  readonly output: () => string;
  json<T>(path: string, init?: RequestInit): Promise<T>;
  /** Sends the signal and waits for the end; the exit status, or null when killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export const temporaryDir = (): string => mkdtempSync(join(tmpdir(), "mycel-test-"));
export const removeDir = (dir: string): void => rmSync(dir, { recursive: true, force: true });

/** `settings` as in the config file; ports that they leave out are the first free ones. */
export async function startNodeProcess(
  dir: string,
  settings: object,
  environment: Readonly<Record<string, string>> = {},
): Promise<NodeProcess> {
  const config = join(dir, "mycel.yaml");
  writeFileSync(config, stringify(settings));
  const child = spawn(
    process.execPath,
    [MAIN, "up", "--config", config, "--data", join(dir, "data")],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output += chunk));

  const file = await until(
    () => {
      if (child.exitCode !== null) throw new Error(`the node ended:\n${output}`);
      const found = readNodeFile(join(dir, "data", "node.json"));
      return found?.pid === child.pid ? found : undefined;
    },
    { what: () => `the node is up; it said:\n${output}` },
  ).catch((error: unknown) => {
    // Nobody has a hold of it to end it later.
    child.kill("SIGKILL");
    throw error;
  });
  return {
    dir,
    file,
    process: child,
    output: () => output,
    json: async (path, init) => {
      const response = await fetch(`${file.url}${path}`, init);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json() as Promise<never>;
    },
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      child.kill(signal);
      const [status] = await exit;
      return status;
    },
  };
}

/** Every sample of `/metrics` by its name with labels, as in `mycel_leaves{hub="swarm_hub_01"}`. */
export async function metricsOf({ file }: NodeProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${file.url}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** All samples of a channel, page by page as `more` says. */
export async function historyOf(
  node: NodeProcess,
  series: { readonly hub: string; readonly leaf: string; readonly channel: string },
  limit = 10_000,
): Promise<HistoryAnswer["rows"]> {
  const rows: HistoryAnswer["rows"] = [];
  for (let fromMs = 0; ; ) {
    const query = new URLSearchParams({ ...series, fromMs: `${fromMs}`, limit: `${limit}` });
    const page = await node.json<HistoryAnswer>(`/api/history?${query}`);
    const lastMs = page.rows.at(-1)?.atMs;
    if (!page.more || lastMs === undefined) return [...rows, ...page.rows];
    // A page may end among rows of one time: those are asked for again.
    const whole = page.rows.filter((row) => row.atMs < lastMs);
    if (whole.length === 0) throw new Error(`more than ${limit} rows of the time ${lastMs}`);
    rows.push(...whole);
    fromMs = lastMs;
  }
}

/** What is reported before the store has taken in a leaf is shown, but not kept. */
export const untilAdopted = (node: NodeProcess, leaves: number): Promise<unknown> =>
  until(async () => {
    const found = await node.json<Leaf[]>("/api/leaves");
    return found.filter(({ standing }) => standing === "adopted").length >= leaves;
  });

/** An operator's act, by the API. */
export const act = (
  { file }: NodeProcess,
  leaf: string,
  body: { readonly act: string } & Readonly<Record<string, unknown>>,
): Promise<Response> =>
  fetch(`${file.url}/api/leaves/${leaf}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** `mycel leaf …` as a process; end it by its own `kill`. */
export const spawnLeaves = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [MAIN, "leaf", ...args], { stdio: "ignore" });

/** Runs `mycel …` to its end. */
export async function runMycel(
  args: readonly string[],
  input?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.end(input);
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

function readNodeFile(path: string): NodeFile | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
