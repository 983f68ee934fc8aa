/** `peers/leaf_sender.c` as a process: leaves that send faster than a Node process could. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cProgram } from "../peers/c-program.ts";

export interface Sent {
  readonly sent: number;
  readonly cpuS: number;
  readonly seconds: number;
}

let program: string | undefined;

/** Resolves when it has ended; rejects when it failed. */
export async function runLeafSender(...args: readonly (string | number)[]): Promise<Sent> {
  program ??= cProgram("leaf_sender", ["mycel_stream.c"]);
  const child = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`leaf_sender ${args.join(" ")} ended with status ${status}`);
  return JSON.parse(said);
}
