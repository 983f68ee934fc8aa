/** `mycel soak`: an hour of mixed load with failures, each message accounted for. */
import { Command, InvalidArgumentError } from "commander";

const MINUTE_MS = 60_000;
/** Seconds instead of minutes. */
const SMOKE = { minutes: 3, minuteMs: 1_000, lossEvery: 2 } as const;
const MINUTES_MAX = 10_000;

export function soakCommand(): Command {
  return new Command("soak")
    .summary("mixed load with failures, each message accounted for")
    .description(
      "run mixed load with crashes, lost threads and moves; exit 1 if a message is missing",
    )
    .option("--minutes <n>", "how long", wholeNumber, 60)
    .option("--workers <n>", "worker threads", wholeNumber, 3)
    .option("--seed <n>", "of what is lost and moved when", wholeNumber, 1)
    .option("--smoke", "seconds: shows that it runs")
    .action(async (options: { minutes: number; workers: number; seed: number; smoke?: true }) => {
      const { soak } = await import("../../bench/soak/soak.ts");
      const { minutes, workers, seed } = options;
      const length = options.smoke ? SMOKE : { minutes, minuteMs: MINUTE_MS, lossEvery: 4 };
      const say = (line: string) => process.stdout.write(`${line}\n`);
      if (!(await soak({ ...length, workers, seed, say }))) process.exitCode = 1;
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > MINUTES_MAX) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${MINUTES_MAX}.`);
  }
  return number;
}
