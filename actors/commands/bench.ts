/** `mycel bench [NAME...]`: decides whether a machine holds a load. */
import { Command } from "commander";
import { MycelError } from "../../runtime/errors.ts";

export function benchCommand(): Command {
  return new Command("bench")
    .description("measure this machine: rates, their spread, ratios to peers")
    .argument("[names...]", "these benches; without it all of them, which takes half an hour")
    .option(
      "--smoke",
      "seconds instead of minutes: shows that every bench runs, figures mean nothing",
    )
    .option("--json", "one object a bench and line: {bench, results}")
    .option("--markdown", "the table of bench/README.md")
    .option("--list", "only name the benches")
    .action(
      async (
        names: readonly string[],
        { smoke, json, markdown, list }: Record<"smoke" | "json" | "markdown" | "list", boolean>,
      ) => {
        const { BENCHES, runBenches } = await import("../../bench/run.ts");
        const print = (line: string) => process.stdout.write(`${line}\n`);
        if (list) {
          for (const bench of BENCHES) print(`${bench.name}: ${bench.question}`);
          return;
        }
        const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
        if (unknown !== undefined) {
          const known = BENCHES.map((bench) => bench.name).join(", ");
          throw new MycelError("E_INPUT", `No bench is called ${unknown}; there are: ${known}.`, {
            name: unknown,
          });
        }
        const wanted = BENCHES.filter(({ name }) => names.length === 0 || names.includes(name));
        const format = json ? "json" : markdown ? "markdown" : "text";
        await runBenches(wanted, { smoke, format }, print);
      },
    );
}
