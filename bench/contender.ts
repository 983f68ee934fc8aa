/**
 * A process that runs a named program of a given size when asked, and answers with numbers: one line
 * in, one line out, whatever language it is written in.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A million of nact's actors take half a minute on a busy machine. */
const ANSWER_MS_MAX = 180_000;

export class Contender {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process = child;
    this.#ended = once(child, "exit");
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask(program: string, size: number): Promise<readonly number[]> {
    const giveUp = setTimeout(() => this.#process.kill("SIGKILL"), ANSWER_MS_MAX);
    this.#process.stdin?.write(`${program} ${size}\n`);
    const { value, done } = await this.#answers.next();
    clearTimeout(giveUp);
    if (done) throw new Error(`${this.#process.spawnargs.join(" ")} has ended in ${program}`);
    return value.split(" ").map(Number);
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
