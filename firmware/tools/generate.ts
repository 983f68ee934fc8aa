/**
 * Writes what firmware has in common with the host, from `firmware/wire`:
 *
 *   frame-types.ts, sealed-types.ts ──▶ include/frame_types.h, sealed_types.h,
 *                                       micropython/frame_types.py, sealed_types.py, test/frame_names.h
 *   vectors/*.json                  ──▶ test/vectors.h
 *   sealed-vectors/*.json           ──▶ test/sealed_vectors.h
 *
 * `node firmware/tools/generate.ts` writes; with `--check` it only compares, and leaves with 1 if a
 * file is not what it should be.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { frameLine } from "../../transports/frame/frame-json.ts";
import { type SealedFrame, sealedLine } from "../../transports/frame/sealed/sealed-frame.ts";
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
import {
  CONFIG_KEYS,
  OUTCOMES,
  PAIRING_LABEL,
  REGISTER_FLAGS,
  SEALED,
  SEALED_AT,
  SEALED_FAULTS,
  SEALED_PAYLOAD_BYTES,
  SEALED_TYPES,
} from "../wire/sealed-types.ts";

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

const sealedTables = {
  SEALED_TYPE: SEALED_TYPES,
  OUTCOME: OUTCOMES,
  REGISTER_FLAG: REGISTER_FLAGS,
  CONFIG: Object.fromEntries(Object.entries(CONFIG_KEYS).map(([name, { key }]) => [name, key])),
};

/** One enum for both wires: those that only sealed frames have stand behind v1's. */
const faults = [...new Set<string>([...FRAME_FAULTS, ...SEALED_FAULTS])];

const constants: readonly (readonly [string, number])[] = [
  ...Object.entries(FRAME).map(([name, value]) => [`FRAME_${upper(name)}`, value] as const),
  ...Object.entries(AT).map(([name, value]) => [`AT_${upper(name)}`, value] as const),
  ...Object.entries(STREAM).map(([name, value]) => [`STREAM_${upper(name)}`, value] as const),
];

const named = (prefix: string, values: Readonly<Record<string, number>>) =>
  Object.entries(values).map(([name, value]) => [`${prefix}_${upper(name)}`, value] as const);

const sealedConstants: readonly (readonly [string, number])[] = [
  ...named("SEALED", SEALED),
  ...named("SEALED_AT", SEALED_AT),
  ...named("SEALED_PAYLOAD_BYTES", SEALED_PAYLOAD_BYTES),
  ...Object.entries(CONFIG_KEYS).map(
    ([name, { bytes }]) => [`CONFIG_BYTES_${upper(name)}`, bytes] as const,
  ),
];

const cDefines = (of: typeof constants): string =>
  // An epoch's largest number is one for unsigned arithmetic.
  of
    .map(([name, value]) => `#define MYCEL_${name} ${value}${value > 0x7fffffff ? "u" : ""}`)
    .join("\n");

const cEnums = (of: Readonly<Record<string, Readonly<Record<string, number>>>>): string =>
  Object.entries(of)
    .map(([kind, codes]) => {
      const rows = Object.entries(codes).map(
        ([name, code]) => `  MYCEL_${kind}_${upper(name)} = ${hex(code)},`,
      );
      return `enum {\n${rows.join("\n")}\n};\n`;
    })
    .join("\n");

function cHeader(): string {
  const args = Object.entries(COMMANDS).map(
    ([name, { bytes }]) => `#define MYCEL_ARG_BYTES_${upper(name)} ${bytes}`,
  );
  const rows = faults.map((fault) => `  MYCEL_${upper(fault)},`);
  return `/* Generated from ${source}. */
#ifndef MYCEL_FRAME_TYPES_H
#define MYCEL_FRAME_TYPES_H

${cDefines(constants)}

${cEnums(tables)}
/* Bytes of a command's argument. */
${args.join("\n")}

/* In the order of v1's checks; those that only sealed frames have stand behind them. */
typedef enum {
  MYCEL_SOUND,
${rows.join("\n")}
} mycel_fault;

#endif
`;
}

function cSealedHeader(): string {
  return `/* Generated from ${source}. */
#ifndef MYCEL_SEALED_TYPES_H
#define MYCEL_SEALED_TYPES_H

#include "frame_types.h"

${cDefines(sealedConstants)}

${cEnums(sealedTables)}
/* 16 bytes with the zero that ends it. */
#define MYCEL_PAIRING_LABEL ${JSON.stringify(PAIRING_LABEL.slice(0, -1))}

#endif
`;
}

function cNames(): string {
  const arrays = Object.entries({ ...tables, ...sealedTables }).map(([kind, codes]) => {
    const rows = Object.entries(codes).map(([name, code]) => `  [${hex(code)}] = "${name}",`);
    return `static const char *const ${kind.toLowerCase()}_names[256] = {\n${rows.join("\n")}\n};\n`;
  });
  const args = Object.values(COMMANDS).map(({ id, field }) => `  [${hex(id)}] = "${field ?? ""}",`);
  const rows = faults.map((fault) => `  "${fault}",`);
  return `/* Generated from ${source}. Names by code; NULL for an unknown one. */
#ifndef MYCEL_FRAME_NAMES_H
#define MYCEL_FRAME_NAMES_H

${arrays.join("\n")}
static const char *const command_arg_names[256] = {
${args.join("\n")}
};

static const char *const fault_names[] = {
  "",
${rows.join("\n")}
};

#endif
`;
}

const pythonConstants = (of: typeof constants): string =>
  of.map(([name, value]) => `${name} = ${value}`).join("\n");

const pythonDicts = (of: Readonly<Record<string, Readonly<Record<string, number>>>>): string =>
  Object.entries(of)
    .map(([kind, codes]) => {
      const rows = Object.entries(codes).map(([name, code]) => `    "${name}": ${hex(code)},`);
      return `${kind}S = {\n${rows.join("\n")}\n}\n`;
    })
    .join("\n");

function pythonModule(): string {
  const args = Object.entries(COMMANDS).map(
    ([name, { bytes, field }]) => `    "${name}": (${bytes}, ${field ? `"${field}"` : "None"}),`,
  );
  return `# Generated from ${source}.

${pythonConstants(constants)}

${pythonDicts(tables)}
# Bytes of a command's argument, and its name in JSON.
COMMAND_ARGS = {
${args.join("\n")}
}
`;
}

function pythonSealedModule(): string {
  return `# Generated from ${source}.

${pythonConstants(sealedConstants)}

PAIRING_LABEL = b"${PAIRING_LABEL.slice(0, -1)}\\x00"

${pythonDicts(sealedTables)}`;
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

interface SealedVector {
  readonly name: string;
  readonly key: string;
  readonly hex: string;
  readonly frame?: SealedFrame;
  readonly fault?: string;
  readonly canonicalHex?: string;
}

interface CcmVector {
  readonly name: string;
  readonly key: string;
  readonly nonce: string;
  readonly clear: string;
  readonly text: string;
  readonly sealed: string;
}

function cSealedVectors(): string {
  const directory = new URL("wire/sealed-vectors/", firmware);
  const read = (file: string) => JSON.parse(readFileSync(new URL(file, directory), "utf8"));
  const quoted = (texts: readonly (string | null)[]) =>
    texts.map((text) => (text === null ? "   NULL" : `   ${JSON.stringify(text)}`)).join(",\n");
  const frames = ["frames.json", "faults.json"].flatMap((file) =>
    (read(file) as SealedVector[]).map(({ name, key, hex, frame, fault, canonicalHex }) => {
      const line = frame ? sealedLine(frame) : JSON.stringify({ ok: false, fault });
      const again = frame ? (canonicalHex ?? hex) : null;
      return `  {\n${quoted([`${file}: ${name}`, key, hex, line, again])}},`;
    }),
  );
  const ccm = (read("ccm.json") as CcmVector[]).map(
    ({ name, key, nonce, clear, text, sealed }) =>
      `  {\n${quoted([name, key, nonce, clear, text, sealed])}},`,
  );
  return `/* Generated from ${source}. */
#ifndef MYCEL_SEALED_VECTORS_H
#define MYCEL_SEALED_VECTORS_H

#include <stddef.h>

/* \`again\`: the bytes that sealing what was opened gives; NULL where it is refused. */
static const struct {
  const char *name, *key, *hex, *line, *again;
} sealed_vectors[] = {
${frames.join("\n")}
};

/* \`sealed\`: text and tag. */
static const struct {
  const char *name, *key, *nonce, *clear, *text, *sealed;
} ccm_vectors[] = {
${ccm.join("\n")}
};

#endif
`;
}

const outputs = {
  "include/frame_types.h": cHeader(),
  "micropython/frame_types.py": pythonModule(),
  "include/sealed_types.h": cSealedHeader(),
  "micropython/sealed_types.py": pythonSealedModule(),
  "test/frame_names.h": cNames(),
  "test/vectors.h": cVectors(),
  "test/sealed_vectors.h": cSealedVectors(),
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
