/**
 * Flash and RAM of the leaf's parts, by the cross compilers that Debian has: `make -C firmware sizes`.
 *
 *   sizes/*.c ──compiler, linker──▶ program − empty program ──▶ the table in firmware/README.md
 *
 * Each program is linked with all of src/ and drivers/ and loses what it doesn't call, so what is
 * counted is what a leaf pays: our code, and the compiler's arithmetic that it needs. Stack is not
 * in it. With a directory as argument it only builds there, and prints the table.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const firmware = fileURLToPath(new URL("../", import.meta.url));
const WARNINGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wshadow"];
const SPARE = ["-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"];
const NEWLIB = ["-mthumb", "--specs=nano.specs", "--specs=nosys.specs"];

const controllers = [
  { title: "ATtiny1634", tools: "avr-", flags: ["-mmcu=attiny1634"] },
  { title: "ATmega328P", tools: "avr-", flags: ["-mmcu=atmega328p"] },
  {
    title: "RP2040 (Cortex-M0+)",
    tools: "arm-none-eabi-",
    flags: ["-mcpu=cortex-m0plus", ...NEWLIB],
  },
  {
    title: "nRF54L15 (Cortex-M33)",
    tools: "arm-none-eabi-",
    flags: ["-mcpu=cortex-m33", "-mfloat-abi=softfp", "-mfpu=fpv5-sp-d16", ...NEWLIB],
  },
] as const;

interface Size {
  readonly flash: number;
  readonly ram: number;
}

const [given] = process.argv.slice(2);
const build = given ?? mkdtempSync(join(tmpdir(), "mycel-sizes-"));
mkdirSync(build, { recursive: true });
const table = sizeTable();
if (given === undefined) {
  rmSync(build, { recursive: true });
  writeTable(table);
} else console.log(table);

function sizeTable(): string {
  const programs = globSync("sizes/*.c", { cwd: firmware }).sort();
  const empty = join(build, "empty.c");
  writeFileSync(empty, "int main(void) {\n  return 0;\n}\n");
  const columns = controllers.map((controller) => {
    const objects = compileAll(controller);
    const nothing = sizeOf(controller, empty, objects);
    return programs.map((program) => {
      const { flash, ram } = sizeOf(controller, join(firmware, program), objects);
      return `${flash - nothing.flash} / ${ram - nothing.ram}`;
    });
  });
  const versions = [...new Set(controllers.map(({ tools }) => version(tools)))].join(", ");
  const rows = [
    ["bytes of flash / RAM", ...controllers.map(({ title }) => title)],
    ["---", ...controllers.map(() => "---:")],
    ...programs.map((program, row) => [
      opening(program),
      ...columns.map((column) => column[row] ?? ""),
    ]),
  ];
  return `${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n\nBy ${versions}, \`-Os\`.`;
}

/** What is measured is what the program's first line says. */
function opening(program: string): string {
  const [line = ""] = readFileSync(join(firmware, program), "utf8").split("\n");
  return line.replace(/^\/\* (.*) \*\/$/, "$1");
}

type Controller = (typeof controllers)[number];

function compileAll(controller: Controller): readonly string[] {
  const { title, tools, flags } = controller;
  const directory = join(build, title.replace(/\W+/g, "-"));
  mkdirSync(directory, { recursive: true });
  return globSync("{src,drivers}/*.c", { cwd: firmware }).map((source) => {
    const object = join(directory, `${basename(source)}.o`);
    tool(`${tools}gcc`, [...flags, ...WARNINGS, ...SPARE, "-Iinclude", "-c", source, "-o", object]);
    return object;
  });
}

function sizeOf({ tools, flags }: Controller, program: string, objects: readonly string[]): Size {
  const linked = join(build, "program.elf");
  const ways = ["-Iinclude", "-Idrivers"];
  const sources = [program, ...objects, "-lm"];
  tool(`${tools}gcc`, [...flags, ...WARNINGS, ...SPARE, ...ways, "-o", linked, ...sources]);
  const [, numbers = ""] = tool(`${tools}size`, [linked]).split("\n");
  const [text = 0, data = 0, bss = 0] = numbers.trim().split(/\s+/).map(Number);
  return { flash: text + data, ram: data + bss };
}

function version(tools: string): string {
  const [line = ""] = tool(`${tools}gcc`, ["--version"]).split("\n");
  return `${tools}gcc ${/\d+\.\d+\.\d+/.exec(line.replace(/\(.*\)/, ""))?.[0]}`;
}

function tool(name: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    cwd: firmware,
    encoding: "utf8",
  });
  if (error !== undefined) {
    console.error(
      `No ${name} here: apt-get install gcc-avr avr-libc gcc-arm-none-eabi libnewlib-arm-none-eabi`,
    );
    process.exit(1);
  }
  if (status !== 0) {
    console.error(`${name} ${args.join(" ")}\n${stderr}`);
    process.exit(1);
  }
  return stdout;
}

function writeTable(text: string): void {
  const path = join(firmware, "README.md");
  const readme = readFileSync(path, "utf8");
  const marks = /(<!-- sizes: make sizes -->\n)[\s\S]*(<!-- end of sizes -->)/;
  if (!marks.test(readme)) throw new Error(`${path} has no place for the table.`);
  writeFileSync(path, readme.replace(marks, `$1\n${text}\n\n$2`));
}
