/**
 * Programs of actors on one thread, every side a process of its own and the rounds in turn:
 *
 *   ours · nact · bare loop (savina/side.program.ts)      Erlang with one and with two schedulers
 */
import { invariant } from "../runtime/invariant.ts";
import type { Contender } from "./contender.ts";
import type { Bench, TimedWork } from "./harness.ts";
import { erlangPeers } from "./peers/erlang.ts";
import type { Program } from "./savina/program.ts";
import { SAVINA } from "./savina/programs.ts";
import { startSide } from "./savina/start-side.ts";

export const savina: Bench = {
  name: "savina",
  question: "What does a message between actors of one thread cost, and a new actor?",
  run: async (harness) => {
    const ours = startSide("ours");
    const peers: Record<string, Contender> = {
      nact: startSide("nact"),
      "bare loop": startSide("bare loop"),
      ...erlangPeers(harness),
    };
    try {
      for (const program of SAVINA) {
        const { name, unit, unitsPerStep, aims, steps } = program;
        const taking = Object.entries(peers).filter(
          ([peer]) => !(program.hasChildren && peer === "bare loop"),
        );
        await harness.compareTimed({
          name,
          unit,
          aims,
          smoke: steps.smoke * unitsPerStep,
          ...(steps.most !== undefined && { most: steps.most * unitsPerStep }),
          ours: timed(ours, program),
          peers: Object.fromEntries(taking.map(([peer, by]) => [peer, timed(by, program)])),
        });
      }
    } finally {
      for (const each of [ours, ...Object.values(peers)]) await each.stop();
    }
  },
};

/** Whole steps, and so perhaps some units more: the time is that of `units`. */
const timed =
  (contender: Contender, { name, unitsPerStep }: Program): TimedWork =>
  async (units) => {
    const steps = Math.ceil(units / unitsPerStep);
    const [ms = Number.NaN, counted] = await contender.ask(name, steps);
    invariant(counted === steps * unitsPerStep, `every ${name} was counted`);
    return (ms * units) / counted;
  };
