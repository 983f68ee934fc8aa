/** `mycel mock-llm`: the scripted model as an OpenAI-compatible server, until Ctrl-C. */
import { Command, InvalidArgumentError, Option } from "commander";
import {
  MOCK_FAULT_HELP,
  type MockFault,
  parseMockFault,
} from "../../transports/llm/mock/faults.ts";
import { startMockLlm } from "../../transports/llm/mock-llm.ts";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly language?: "ja" | "en";
  readonly fail: readonly MockFault[];
  readonly delay: number;
}

export function mockLlmCommand(): Command {
  return new Command("mock-llm")
    .description("the scripted model behind OpenAI's chat completions")
    .addOption(
      // As in the seed.
      new Option("--port <n>", "0: any free one").argParser(numberFlag(65_535)).default(8_001),
    )
    .option("--host <address>", "it asks nobody for a key", "127.0.0.1")
    .addOption(
      new Option("--language <code>", "of its answers; default: that of the prompt").choices([
        "ja",
        "en",
      ]),
    )
    .addOption(
      new Option("--fail <what...>", `the next requests, in this order: ${MOCK_FAULT_HELP}`)
        .argParser((text: string, before: readonly MockFault[]) => [...before, faultFlag(text)])
        .default([], "none"),
    )
    .addOption(
      new Option("--delay <ms>", "before each answer").argParser(numberFlag(600_000)).default(0),
    )
    .action(async ({ host, port, language, fail, delay }: Flags) => {
      const server = await startMockLlm({ host, port, language, faults: fail, delayMs: delay });
      process.stdout.write(`${server.url}/v1\n`);
      await new Promise<void>((done) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
      });
      await server.close();
    });
}

function faultFlag(text: string): MockFault {
  const fault = parseMockFault(text);
  if (!fault.ok) throw new InvalidArgumentError(fault.error);
  return fault.value;
}

const numberFlag =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new InvalidArgumentError(`Write a whole number from 0 to ${most}.`);
  };
