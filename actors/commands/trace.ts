/** `mycel trace ACTOR`: what messages to an actor of a running node lead to, hop by hop, as it happens. */
import { Command } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import type { TraceEvent } from "../../transports/http/contract.ts";
import { durationFlag } from "./leaf-options.ts";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";
import { TraceLines } from "./trace-lines.ts";

/** How soon a finished trace is seen. */
const LOOK_MS = 100;

interface Flags extends NodeAccess {
  readonly for?: number;
  readonly json?: true;
}

export function traceCommand(): Command {
  return new Command("trace")
    .description("what messages to one actor lead to, over all threads")
    .argument("<actor>", "its path, or the end of it, as in hubs/swarm_hub_01/leaf_3")
    .option("--for <duration>", "how long, such as 10s; without it until interrupted", durationFlag)
    .option("--json", "one hop a line")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (actor: string, flags: Flags) => {
      const over = new AbortController();
      const stop = (): void => over.abort();
      process.once("SIGINT", stop);
      const cancel = flags.for === undefined ? stop : systemClock.after(flags.for, stop);
      const query = new URLSearchParams({ name: actor });
      const events = nodeClient(flags).events(`/api/trace?${query}`, over.signal);
      try {
        await (flags.json ? printJson : printTrees)(events as AsyncIterable<TraceEvent>);
      } finally {
        process.off("SIGINT", stop);
        cancel();
      }
    });
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

async function printJson(events: AsyncIterable<TraceEvent>): Promise<void> {
  for await (const { hops, missed } of events) {
    for (const hop of hops) print(JSON.stringify(hop));
    sayMissed(missed);
  }
}

async function printTrees(events: AsyncIterable<TraceEvent>): Promise<void> {
  const lines = new TraceLines();
  let begun = false;
  let cancel = (): void => {};
  const look = (): void => {
    for (const line of lines.due(systemClock.monotonicMs())) print(line);
    cancel = systemClock.after(LOOK_MS, look);
  };
  look();
  try {
    for await (const { actor, hops, missed } of events) {
      if (!begun) process.stderr.write(`mycel: following ${actor}; Ctrl-C ends it.\n`);
      begun = true;
      lines.add(hops, systemClock.monotonicMs());
      sayMissed(missed);
    }
  } finally {
    cancel();
    for (const line of lines.due(systemClock.monotonicMs(), true)) print(line);
  }
}

function sayMissed(missed: number): void {
  if (missed > 0) process.stderr.write(`mycel: ${missed} messages came too fast to be traced.\n`);
}
