/** A password as a person types it, or as a script pipes it in: never an argument, which `ps` would show. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { MycelError } from "../../runtime/errors.ts";

/** Of a pipe: a password and its line's end, and room for what is refused later. */
const INPUT_BYTES_MAX = 4_096;

export async function readSecretLine(what: string): Promise<string> {
  if (!process.stdin.isTTY) return firstLine();
  const first = await typed(`${what}: `);
  if (first !== (await typed(`${what} again: `))) {
    throw new MycelError("E_INPUT", "These are not the same.");
  }
  return first;
}

async function firstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.includes("\n") || text.length > INPUT_BYTES_MAX) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** Nothing of it shows on the terminal. */
function typed(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silence, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => reject(new MycelError("E_INPUT", "No password was given.")));
    lines.question("", (line) => {
      resolve(line);
      process.stderr.write("\n");
      lines.close();
    });
  });
}
