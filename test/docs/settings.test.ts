import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { configSchema } from "../../config/schema.ts";
import { ROOT } from "./bounds.ts";

const HEADER = `# Settings

Made from \`config/schema.ts\` by \`UPDATE_GOLDEN=1 node --test test/docs/settings.test.ts\`. A node reads
them from a YAML file: \`npx mycel up --config FILE\`. Wrong settings are refused before anything starts,
all mistakes at once, each with its path. \`[]\` stands for each entry of a list.

| setting | allowed | default | meaning |
|---|---|---|---|
`;

/** The parts of JSON Schema that zod makes of the settings. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const count = (value: number): string => value.toLocaleString("en-US");

function allowed(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(allowed).join(" or ");
  if (schema.enum !== undefined) return schema.enum.map((name) => `\`${name}\``).join(" or ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  switch (schema.type) {
    case "null":
      return "`null`";
    case "array":
      return `${count(schema.minItems ?? 0)} to ${count(schema.maxItems ?? Number.NaN)} entries`;
    case "object":
      return "";
    case "string":
      if (schema.pattern !== undefined) return `\`${schema.pattern.replaceAll("|", "\\|")}\``;
      return schema.maxLength === undefined
        ? "text"
        : `${schema.minLength ?? 0} to ${schema.maxLength} characters`;
    default: {
      const { minimum, exclusiveMinimum = Number.NaN, maximum = Number.NaN } = schema;
      const low = minimum === undefined ? `above ${count(exclusiveMinimum)}` : count(minimum);
      return `${low} to ${count(maximum)}`;
    }
  }
}

function* rowsOf(schema: Schema, path: string, isRequired: boolean): Generator<string> {
  const isGroup = schema.properties !== undefined;
  if (!isGroup || schema.description !== undefined) {
    const value = schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
    const byDefault = isRequired ? "must be given" : value;
    yield `| \`${path}\` | ${allowed(schema)} | ${byDefault} | ${schema.description ?? ""} |`;
  }
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const isNeeded = schema.required?.includes(name) === true && inner.default === undefined;
    yield* rowsOf(inner, path === "" ? name : `${path}.${name}`, isNeeded);
  }
  if (schema.items?.properties !== undefined) yield* rowsOf(schema.items, `${path}[]`, false);
}

test("docs/settings.md lists every setting with range, default and meaning", () => {
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as Schema;
  const text = `${HEADER}${[...rowsOf(schema, "", false)].join("\n")}\n`;
  const path = `${ROOT}docs/settings.md`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
  assert.equal(readFileSync(path, "utf8"), text, "UPDATE_GOLDEN=1 rewrites it; read the diff");
});
