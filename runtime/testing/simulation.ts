/**
 * A whole actor system in one thread under a seed, in virtual time: the seed decides which runnable
 * actor is next, so that many seeds see many orders, and a failing one replays.
 *
 *   const sim = simulate({ seed: 7 });
 *   const hub = sim.system.spawn(…);
 *   hub.tell(…);
 *   sim.run();              all that can happen now
 *   sim.advance(5_000);     five seconds, each timer at its time
 */
import { type ActorSystem, type ActorSystemOptions, createActorSystem } from "../actor-system.ts";
import { invariant } from "../invariant.ts";
import { type Random, seededRandom } from "../random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Boxes without end of work or passing of time before it is taken for a livelock: some 10^6 turns. */
const BOXES_MAX = 64;

/** Looks at the event loop that find nothing new before promises count as settled. */
const QUIET_LOOKS = 3;

export interface SimulationOptions
  extends Partial<Omit<ActorSystemOptions, "clock" | "scheduler">> {
  readonly seed?: number;
  /** `fifo`: the actor that has waited longest is next, as in operation. Default: the seed decides. */
  readonly order?: "seeded" | "fifo";
}

export interface Simulation {
  readonly system: ActorSystem;
  readonly clock: VirtualClock;
  /** Chance for the test itself, from the same seed. */
  readonly random: Random;
  /** Runs actors until none has work; time stands still. */
  run(): void;
  /** Lets `ms` pass, each alarm at its time, running actors until idle before and after each. */
  advance(ms: number): void;
  /**
   * Runs until idle and until promises that can settle without time passing have settled: module
   * loads, and what actors piped to themselves.
   */
  settle(): Promise<void>;
}

export function simulate(options: SimulationOptions = {}): Simulation {
  const { seed = 1, order = "seeded", ...system } = options;
  const clock = new VirtualClock();
  const choices = seededRandom(seed ^ 0x5eed);
  const boxes: (() => void)[] = [];

  const run = (): void => {
    for (let boxesRun = 0; boxes.length > 0; boxesRun += 1) {
      invariant(
        boxesRun < BOXES_MAX,
        `seed ${seed}: actors work without end while time stands still`,
      );
      for (const box of boxes.splice(0)) box();
    }
  };

  const actors = createActorSystem({
    node: "sim",
    random: seededRandom(seed),
    ...system,
    clock,
    scheduler: {
      defer: (box) => boxes.push(box),
      ...(order === "seeded" ? { pick: (count: number) => choices.below(count) } : {}),
    },
  });
  return {
    system: actors,
    clock,
    random: seededRandom(seed ^ 0x7e57),
    run,
    advance(ms) {
      const endMs = clock.monotonicMs() + ms;
      run();
      for (let next = clock.nextMs(); next !== undefined && next <= endMs; next = clock.nextMs()) {
        clock.goTo(next);
        run();
      }
      clock.goTo(endMs);
      run();
    },
    async settle() {
      for (let quiet = 0; quiet < QUIET_LOOKS; ) {
        run();
        await new Promise((resolve) => setImmediate(resolve));
        quiet = boxes.length > 0 || actors.isLoading() ? 0 : quiet + 1;
      }
    },
  };
}
