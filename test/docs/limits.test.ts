import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Constant, constants, evaluated, isBound, ROOT } from "./bounds.ts";

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
};

interface Row {
  readonly name: string;
  readonly file: string;
  readonly value: string;
  readonly cells: readonly string[];
}

const rows: readonly Row[] = readFileSync(`${ROOT}docs/limits.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, name = "", file = "", value = ""] = cells;
    return { name: name.replaceAll("`", ""), file, value, cells: cells.slice(1, -1) };
  });

const idOf = ({ file, name }: Pick<Row, "file" | "name">): string =>
  `${file} ${name.split(".")[0]}`;
const byId = new Map(constants.map((constant) => [idOf(constant), constant]));

/** `2 MiB a mailbox` is 2097152; `10 restarts in 60 s` an intensity; `64 messages, refuse` a mailbox. */
function assertSays(row: Row, constant: Constant): void {
  const [, field] = row.name.split(".");
  const whole = evaluated(constant);
  const value = field === undefined ? whole : (whole as Record<string, unknown>)[field];
  const shown = `docs/limits.md says "${row.value}" of ${row.name}, the code ${JSON.stringify(value)}`;
  const number = (text: string): number => {
    const [, digits = "", unit = ""] = /^([\d,.]+)\s?(\w*)/.exec(text) ?? [];
    return Number(digits.replaceAll(",", "")) * (UNITS[unit] ?? 1);
  };
  if (typeof value === "number") {
    assert.equal(number(row.value), value, shown);
    return;
  }
  const spec = value as {
    readonly capacity?: number;
    readonly overflow?: string;
    readonly intensity?: object;
  };
  if (spec.capacity !== undefined) {
    assert.equal(number(row.value), spec.capacity, shown);
    assert.ok(row.value.endsWith(`, ${spec.overflow}`), shown);
    return;
  }
  const [, restarts = "", within = ""] = /^(\d+) restarts in (.+)$/.exec(row.value) ?? [];
  const said = { restartsMax: number(restarts), withinMs: number(within) };
  assert.deepEqual(said, spec.intensity ?? spec, shown);
}

test("docs/limits.md lists every bound of the code", () => {
  const listed = new Set(rows.map(idOf));
  const missing = constants.filter((constant) => isBound(constant) && !listed.has(idOf(constant)));
  assert.deepEqual(missing.map(idOf), [], "add a row for each to docs/limits.md");
});

test("docs/limits.md gives the values that the code has", () => {
  for (const row of rows) {
    const constant = byId.get(idOf(row));
    assert.ok(constant !== undefined, `docs/limits.md lists ${row.name}, not in ${row.file}`);
    assertSays(row, constant);
  }
});

test("docs/limits.md says why each bound is there and what happens at it", () => {
  for (const { name, cells } of rows) {
    assert.equal(cells.length, 5, `${name} has five cells`);
    assert.ok(
      cells.every((cell) => cell !== ""),
      `${name} has no empty cell`,
    );
  }
  assert.equal(new Set(rows.map(({ name, file }) => `${file} ${name}`)).size, rows.length);
});

test("a new bound that is not in docs/limits.md would be seen", () => {
  const bound = (name: string, type = "", file = "actors/hub/new.ts"): boolean =>
    isBound({ file, name, type, expression: "1" });
  assert.ok(bound("FRAMES_WAITING_MAX"));
  assert.ok(bound("SAVE_TIMEOUT_MS"));
  assert.ok(bound("NEW_MAILBOX", "MailboxSpec<HubCommand>"));
  assert.ok(bound("ANYTHING", "", "runtime/limits.ts"));
  assert.ok(!bound("DECIMALS"));
});
