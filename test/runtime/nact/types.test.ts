import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as ours from "../../../runtime/nact.ts";
import { MODULES } from "./modules.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sample = fileURLToPath(new URL("./typed-code.ts", import.meta.url));
const moved = sample.replace("typed-code.ts", "typed-code-moved.ts");
const source = readFileSync(sample, "utf8");
const movedSource = source.replace('from "nact"', 'from "../../../runtime/nact.ts"');

/** Each compilation reads the same libraries. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of the sample, and of a copy that is not on disk. */
function faultsOf(text: string): readonly string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [], include: [] },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (file) => file === moved || fileExists(file);
  host.readFile = (file) => (file === moved ? text : readFile(file));
  const { getSourceFile } = host;
  host.getSourceFile = (file, target) => {
    if (file === moved) return getSourceFile(file, target);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, target));
    return parsed.get(file);
  };
  const program = ts.createProgram([moved], options, host);
  const file = program.getSourceFile(moved);
  return [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"),
  );
}

test("code typed against nact compiles against ours by changing one import", () => {
  assert.notEqual(movedSource, source);
  // The sample as it stands is compiled with all other tests.
  assert.deepEqual(faultsOf(movedSource), []);
  assert.notDeepEqual(
    faultsOf(movedSource.replace('type: "Dance"', 'type: "Count", replyTo: new Nobody()')),
    [],
  );
});

test("spawnPersistent() knows its messages from the handler, where nact takes any", () => {
  assert.equal(faultsOf(`${movedSource}dispatch(ledger, "five");`).length, 1);
});

test("all that nact exports is there, and what is there besides is ours to explain", () => {
  const theirs = Object.keys(MODULES[0]?.api ?? {});
  const names: readonly string[] = Object.keys(ours);
  assert.deepEqual(
    theirs.filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(
    names.filter((name) => !theirs.includes(name)),
    // The first three are in nact's types alone.
    ["ActorPath", "ActorSystem", "Ref", "journalEngine"],
  );
});

test("all types that nact's file declares are among ours", () => {
  const require = createRequire(import.meta.url);
  const declared = readFileSync(require.resolve("nact").replace(/js$/, "d.ts"), "utf8");
  const names = [
    ...declared.matchAll(
      /^ {2}(?:export )?(?:abstract )?(?:class|type|interface|function|const) (?:class )?(\w+)/gm,
    ),
  ];
  const found = [...new Set([...names.map(([, name]) => name)])];
  assert.ok(found.length > 60, `${found.length} names found`);
  const check = found.map((name) => `export type { ${name} } from "../../../runtime/nact.ts";`);
  assert.deepEqual(faultsOf(check.join("\n")), []);
  assert.notDeepEqual(faultsOf('export type { Missing } from "../../../runtime/nact.ts";'), []);
});
