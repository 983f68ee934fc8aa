/**
 * `mycel ledger head`, `verify` and `export`: read the office's store itself, beside a running node or
 * without one, so that what the node says of its money can be checked without asking it.
 */
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { MycelError } from "../../runtime/errors.ts";
import { checkLmdbFile } from "../../runtime/state/lmdb-check.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { Book } from "../ledger/book.ts";
import { csvOf, hledgerOf, points, transfersOf } from "../ledger/export.ts";
import type { Transfer } from "../ledger/messages.ts";
import { headsIn, headText, NOTED_MAX, type NotedHead, readHead } from "../ledger/noted.ts";
import { type Verdict, verifyLedger } from "../ledger/verify.ts";
import { dataOption } from "./node-client.ts";

const FORMATS: Readonly<
  Record<"hledger" | "csv", (transfers: Iterable<Transfer>) => Iterable<string>>
> = { hledger: hledgerOf, csv: csvOf };

export function ledgerCommand(): Command {
  return new Command("ledger")
    .description("check the ledger of points, or write it out for other programs")
    .addCommand(headCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand());
}

function headCommand(): Command {
  return new Command("head")
    .description("the chain's last hash and how many transfers it has, to be noted elsewhere")
    .addOption(dataOption())
    .action(({ data }: { readonly data: string }) =>
      withStore(data, (store) => {
        const { transfers: no, hash } = new Book(store).supply();
        process.stdout.write(`${headText({ hash, no })}\n`);
      }),
    );
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("work out every hash, sum and balance anew and compare; status 1 if one differs")
    .addOption(dataOption())
    .option("--head <head>", "a head noted earlier, HASH or HASH@NO, which must be in it", headFlag)
    .option("--heads <file>", "all heads HASH@NO in a file or a log, - for standard input")
    .option("--json", "the result as JSON")
    .action(async ({ data, head, heads, json }: VerifyFlags) => {
      const noted = [
        ...(head === undefined ? [] : [head]),
        ...(heads === undefined ? [] : await readHeads(heads)),
      ];
      checkFile(officeDir(data));
      const verdict = await withStore(data, (store) =>
        verifyLedger(store, { noted, ...(process.stderr.isTTY && { onProgress }) }),
      );
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
      if (json === true) process.stdout.write(`${JSON.stringify(verdict, undefined, 2)}\n`);
      const mistake = mistakeOf(verdict);
      if (mistake !== undefined) {
        const dir = officeDir(data);
        throw new MycelError("E_STORE_DAMAGED", `The ledger in ${dir} is not sound: ${mistake}.`, {
          dir,
        });
      }
      if (json !== true) process.stdout.write(sentence(verdict));
    });
}

/** On a line of its own, which the next one overwrites. */
function onProgress(transfers: number, of: number): void {
  const percent = Math.floor((100 * transfers) / of);
  const bar = "█".repeat(Math.floor(percent / 4)).padEnd(25, "░");
  process.stderr.write(`\r${bar} ${percent} % of ${of.toLocaleString("en")} transfers\u001b[K`);
}

async function readHeads(file: string): Promise<readonly NotedHead[]> {
  if (file !== "-" && !existsSync(file)) {
    throw new MycelError("E_INPUT", `There is no file ${file}.`, { file });
  }
  const input = file === "-" ? process.stdin : createReadStream(file);
  const heads = await headsIn(createInterface({ input }));
  if (!heads.ok) {
    throw new MycelError("E_INPUT", `${file} has more than ${NOTED_MAX} heads.`, { file });
  }
  if (heads.value.length === 0) {
    throw new MycelError("E_INPUT", `${file} has no head, as mycel ledger head prints it.`, {
      file,
    });
  }
  return heads.value;
}

interface VerifyFlags {
  readonly data: string;
  readonly head?: NotedHead;
  readonly heads?: string;
  readonly json?: boolean;
}

function exportCommand(): Command {
  return new Command("export")
    .description("all transfers as hledger's journal or as CSV, oldest first")
    .addOption(dataOption())
    .addOption(
      new Option("--format <format>", "of the output")
        .choices(Object.keys(FORMATS))
        .default("hledger"),
    )
    .option("--output <file>", "default: standard output")
    .action(({ data, format, output }: ExportFlags) =>
      withStore(data, async (store) => {
        const out = output === undefined ? process.stdout : createWriteStream(output);
        await pipeline(Readable.from(FORMATS[format](transfersOf(store))), out);
      }),
    );
}

interface ExportFlags {
  readonly data: string;
  readonly format: keyof typeof FORMATS;
  readonly output?: string;
}

async function withStore<T>(data: string, run: (store: StateStore) => T | Promise<T>): Promise<T> {
  const store = openLmdbStore({ dir: officeDir(data), readOnly: true });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

const officeDir = (data: string): string => join(resolve(data), "office");

/**
 * LMDB trusts what it maps: a damaged page could be a wrong answer or a crash. Only while nobody writes,
 * since pages change under the walk else; a running node has looked at its start.
 */
function checkFile(dir: string): void {
  const file = join(dir, "data.mdb");
  if (!existsSync(file) || isOwned(dir)) return;
  const checked = checkLmdbFile(file, Number.POSITIVE_INFINITY);
  if (checked.ok) return;
  throw new MycelError(
    "E_STORE_DAMAGED",
    `The office's store in ${dir} is damaged: ${checked.error}. Restore a backup.`,
    { dir },
  );
}

/** Whether the process that the store's file `owner` names is alive. */
function isOwned(dir: string): boolean {
  try {
    process.kill(Number(readFileSync(join(dir, "owner"), "utf8")), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function mistakeOf({ mistake, noted, transfers }: Verdict): string | undefined {
  if (mistake !== undefined) {
    return mistake.no === null ? mistake.what : `transfer ${mistake.no}: ${mistake.what}`;
  }
  const [first] = noted.missing;
  if (first === undefined) return undefined;
  const { hash, no } = first;
  if (no === null) return `no transfer has the noted hash ${hash}`;
  return no > transfers
    ? `it ends at transfer ${transfers}, and ${no} were there when ${hash} was noted: its end was cut off`
    : `transfer ${no} is not the one with the noted hash ${hash}: it was written anew, or is another ledger`;
}

const sentence = ({ transfers, accounts, hash, supply, noted }: Verdict): string =>
  `Sound: ${transfers} transfers among ${accounts} accounts; ` +
  `${points(supply.issuedMilli)} points issued, ${points(supply.burnedMilli)} burned.\n` +
  (noted.found === 0 ? "" : `Noted heads: ${noted.found}, all in this chain.\n`) +
  `Head: ${headText({ hash, no: transfers })}\n`;

function headFlag(text: string): NotedHead {
  const head = readHead(text);
  if (head !== undefined) return head;
  throw new InvalidArgumentError("a head is 64 hexadecimal digits, or those, @ and a number.");
}
