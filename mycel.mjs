#!/usr/bin/env node
/**
 * The launcher: plain JavaScript that any Node from 20 on can run. It installs packages and builds
 * the dashboard when they are missing or stale, then hands over to the pinned Node 24.
 *
 *   npm start / npm test / npx mycel … ──▶ mycel.mjs ──▶ node_modules/.bin/node actors/main.ts …
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const node = join(bin, "node");
const installStamp = join(root, "node_modules", ".mycel-stamp");
const webStamp = join(root, "web", "dist", ".mycel-stamp");

/** The longest suite takes a minute on two idle cores: what hangs is to fail, not to wait; its file after twice that. */
const TEST_MS_MAX = 300_000;
/** Many tests wait for processes of their own: Node's choice, one less than the cores, leaves two cores half idle. */
const FILES_AT_ONCE = Math.max(2, availableParallelism() - 1);
/** A million frames through the C codec alone take minutes. */
const FUZZ_MS_MAX = 3_600_000;

/** `npm run fuzz`: every decoder, and every door of a running node; `FUZZ_FRAMES` says how many frames. */
const FUZZ_TESTS = [
  "test/**/fuzz.test.ts",
  "test/firmware/c-codec.test.ts",
  "test/e2e/bad-input.test.ts",
];

const [command = "help", ...rest] = process.argv.slice(2);
prepareInstall();
const isTests = command === "test" || command === "fuzz";
const isHelp = rest.includes("--help") || rest.includes("-h");
if (isTests || (!isHelp && (command === "start" || command === "up"))) prepareDashboard();
if (command === "fuzz") process.env.FUZZ_FRAMES ??= "1000000";
// A try that fails by chance says nothing of the change: `npm run fuzz` is what looks further each time.
if (command === "test") process.env.SEED ??= "1";
if (command === "test") handOver(testArguments(rest, ["test/**/*.test.ts"]));
else if (command === "fuzz") handOver(testArguments(rest, FUZZ_TESTS));
else if (command === "sim") handOver([join(root, "test", "simulation", "run.ts"), ...rest]);
else if (command === "mutants") handOver([join(root, "test", "mutants", "run.ts"), ...rest]);
else handOver([join(root, "actors", "main.ts"), command, ...rest]);

function prepareInstall() {
  const wanted = fingerprint(["package.json", "package-lock.json", "web/package.json"]);
  if (isFresh(installStamp, wanted) && existsSync(node)) return;
  step("Installing packages (once; about half a minute)", "npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (!existsSync(node)) {
    fail(
      `No pinned Node for ${process.platform} ${process.arch}: Mycel runs on Linux, x64 or arm64.`,
    );
  }
  writeFileSync(installStamp, wanted);
}

function prepareDashboard() {
  const wanted = fingerprint([
    "package-lock.json",
    "web/index.html",
    "web/vite.config.ts",
    "web/src",
    "web/public",
    "transports/http/contract.ts",
    "transports/live/rows.ts",
  ]);
  if (isFresh(webStamp, wanted)) return;
  step("Building the dashboard", node, [
    join(root, "node_modules", "vite", "bin", "vite.js"),
    "build",
    "--logLevel",
    "warn",
    "web",
  ]);
  mkdirSync(join(root, "web", "dist"), { recursive: true });
  writeFileSync(webStamp, wanted);
}

/** All of stdout belongs to the command, so preparation speaks on stderr. */
function step(title, program, args) {
  console.error(`mycel: ${title} …`);
  const startedAt = Date.now();
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: environment(),
  });
  if (status !== 0)
    fail(`${title} failed${error ? ` (${error.message})` : ""}; see the lines above.`);
  console.error(`mycel: … done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function handOver(args) {
  const child = spawn(node, args, {
    stdio: "inherit",
    env: environment(),
    cwd: isTests ? root : process.cwd(),
  });
  // A terminal sends Ctrl-C to the whole group; only a signal sent to this process alone is passed on.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`Cannot start ${node}: ${error.message}`));
  child.on("exit", (status, signal) => process.exit(status ?? (signal === "SIGINT" ? 130 : 143)));
}

function testArguments(args, all) {
  const testMs = command === "fuzz" ? FUZZ_MS_MAX : TEST_MS_MAX;
  process.env.MYCEL_TEST_FILE_MS = `${2 * testMs}`;
  const files = args.filter((argument) => !argument.startsWith("-"));
  const flags = args.filter((argument) => argument.startsWith("-"));
  return [
    "--test",
    `--import=${new URL("test/support/end-in-time.mjs", import.meta.url)}`,
    `--test-timeout=${testMs}`,
    `--test-concurrency=${FILES_AT_ONCE}`,
    ...flags,
    ...(files.length > 0 ? files : all),
  ];
}

/** Compiled code is kept between runs: of a start's time on a CPU, a third is reading TypeScript. */
function environment() {
  return {
    NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "mycel"),
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  };
}

function isFresh(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/** One hash over the names and contents of files and folders; what does not exist counts as absent. */
function fingerprint(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const entries = readdirSyncOrUndefined(full);
    if (entries) for (const name of entries) add(join(path, name));
    else hash.update(path).update("\0").update(readFileSync(full)).update("\0");
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}

function readdirSyncOrUndefined(path) {
  try {
    return readdirSync(path).sort();
  } catch {
    return undefined;
  }
}

function fail(sentence) {
  console.error(`mycel: ${sentence}`);
  process.exit(1);
}
