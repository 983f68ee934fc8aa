/**
 * Writes what firmware has in common with the host, from `firmware/wire`:
 *
 *   frame-types.ts ──▶ include/frame_types.h, micropython/frame_types.py, test/frame_names.h
 *   vectors/*.json ──▶ test/vectors.h
 *
 * `node firmware/tools/generate.ts` writes; with `--check` it only compares, and leaves with 1 if a
 * file is not what it should be.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { frameLine } from "../../transports/frame/frame-json.ts";
import {
  ACTUATORS,
  AT,
  CHANNELS,
  COMMANDS,
  FRAME,
  FRAME_FAULTS,
  HARDWARE,
  MESSAGE_TYPES,
  STREAM,
} from "../wire/frame-types.ts";

const firmware = new URL("../", import.meta.url);
const source = "firmware/wire by firmware/tools/generate.ts: do not edit";

const upper = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
const hex = (code: number): string => `0x${code.toString(16).padStart(2, "0")}`;

const tables = {
  MESSAGE: MESSAGE_TYPES,
  CHANNEL: Object.fromEntries(Object.entries(CHANNELS).map(([name, { code }]) => [name, code])),
  ACTUATOR: ACTUATORS,
  HARDWARE,
  COMMAND: Object.fromEntries(Object.entries(COMMANDS).map(([name, { id }]) => [name, id])),
};

const constants: readonly (readonly [string, number])[] = [
  ...Object.entries(FRAME).map(([name, value]) => [`FRAME_${upper(name)}`, value] as const),
  ...Object.entries(AT).map(([name, value]) => [`AT_${upper(name)}`, value] as const),
  ...Object.entries(STREAM).map(([name, value]) => [`STREAM_${upper(name)}`, value] as const),
];

function cHeader(): string {
  const defines = constants.map(([name, value]) => `#define MYCEL_${name} ${value}`);
  const enums = Object.entries(tables).map(([kind, codes]) => {
    const rows = Object.entries(codes).map(
      ([name, code]) => `  MYCEL_${kind}_${upper(name)} = ${hex(code)},`,
    );
    return `enum {\n${rows.join("\n")}\n};\n`;
  });
  const args = Object.entries(COMMANDS).map(
    ([name, { bytes }]) => `#define MYCEL_ARG_BYTES_${upper(name)} ${bytes}`,
  );
  const faults = FRAME_FAULTS.map((fault) => `  MYCEL_${upper(fault)},`);
  return `/* Generated from ${source}. */
#ifndef MYCEL_FRAME_TYPES_H
#define MYCEL_FRAME_TYPES_H

${defines.join("\n")}

${enums.join("\n")}
/* Bytes of a command's argument. */
${args.join("\n")}

/* In the order of the checks. */
typedef enum {
  MYCEL_SOUND,
${faults.join("\n")}
} mycel_fault;

#endif
`;
}

function cNames(): string {
  const arrays = Object.entries(tables).map(([kind, codes]) => {
    const rows = Object.entries(codes).map(([name, code]) => `  [${hex(code)}] = "${name}",`);
    return `static const char *const ${kind.toLowerCase()}_names[256] = {\n${rows.join("\n")}\n};\n`;
  });
  const args = Object.values(COMMANDS).map(({ id, field }) => `  [${hex(id)}] = "${field ?? ""}",`);
  const faults = FRAME_FAULTS.map((fault) => `  "${fault}",`);
  return `/* Generated from ${source}. Names by code; NULL for an unknown one. */
#ifndef MYCEL_FRAME_NAMES_H
#define MYCEL_FRAME_NAMES_H

${arrays.join("\n")}
static const char *const command_arg_names[256] = {
${args.join("\n")}
};

static const char *const fault_names[] = {
  "",
${faults.join("\n")}
};

#endif
`;
}

function pythonModule(): string {
  const lines = constants.map(([name, value]) => `${name} = ${value}`);
  const dicts = Object.entries(tables).map(([kind, codes]) => {
    const rows = Object.entries(codes).map(([name, code]) => `    "${name}": ${hex(code)},`);
    return `${kind}S = {\n${rows.join("\n")}\n}\n`;
  });
  const args = Object.entries(COMMANDS).map(
    ([name, { bytes, field }]) => `    "${name}": (${bytes}, ${field ? `"${field}"` : "None"}),`,
  );
  return `# Generated from ${source}.

${lines.join("\n")}

${dicts.join("\n")}
# Bytes of a command's argument, and its name in JSON.
COMMAND_ARGS = {
${args.join("\n")}
}
`;
}

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly frame?: Parameters<typeof frameLine>[0];
  readonly fault?: string;
  readonly canonicalHex?: string;
}

function cVectors(): string {
  const directory = new URL("wire/vectors/", firmware);
  const files = readdirSync(directory).filter((file) => file !== "encode.json");
  const rows = files.sort().flatMap((file) => {
    const vectors: Vector[] = JSON.parse(readFileSync(new URL(file, directory), "utf8"));
    return vectors.map(({ name, hex, frame, fault, canonicalHex }) => {
      const line = frame ? frameLine(frame) : JSON.stringify({ ok: false, fault });
      const again = frame ? JSON.stringify(canonicalHex ?? hex) : "NULL";
      const title = JSON.stringify(`${file}: ${name}`);
      return `  {${title},\n   "${hex}",\n   ${JSON.stringify(line)},\n   ${again}},`;
    });
  });
  return `/* Generated from ${source}. */
#ifndef MYCEL_VECTORS_H
#define MYCEL_VECTORS_H

#include <stddef.h>

/* \`again\`: the bytes that encoding the frame gives; NULL where it is refused. */
static const struct {
  const char *name, *hex, *line, *again;
} vectors[] = {
${rows.join("\n")}
};

#endif
`;
}

const outputs = {
  "include/frame_types.h": cHeader(),
  "micropython/frame_types.py": pythonModule(),
  "test/frame_names.h": cNames(),
  "test/vectors.h": cVectors(),
};

const check = process.argv.includes("--check");
for (const [path, text] of Object.entries(outputs)) {
  const url = new URL(path, firmware);
  if (!check) writeFileSync(url, text);
  else if (currentText(url) !== text) {
    console.error(`firmware/${path} is stale: run node firmware/tools/generate.ts`);
    process.exitCode = 1;
  }
}

function currentText(url: URL): string {
  try {
    return readFileSync(url, "utf8");
  } catch {
    return "";
  }
}
