/**
 * A whole node in one thread under a seed, in virtual time: the seed decides which runnable actor is
 * next, so that many seeds see many orders, and a failing one replays. Its threads are logical ones.
 *
 *   const sim = simulate({ seed: 7 });
 *   const hub = sim.system.spawn(…);
 *   hub.tell(…);
 *   sim.run();              all that can happen now
 *   sim.advance(5_000);     five seconds, each timer at its time
 */
import {
  type ActorSystem,
  type ActorSystemOptions,
  createActorSystem,
  REF_CLASSES,
} from "../actor-system.ts";
import { invariant } from "../invariant.ts";
import { type Random, seededRandom } from "../random.ts";
import { MemoryNetwork } from "./memory-port.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Boxes without passing of time before it is taken for a livelock: some 10^7 turns. */
const BOXES_MAX = 1_000;
const FINE_BOXES_MAX = 1_000_000;

/** Turns of a fine box: one parts actors of one thread, a few let some work meet another thread at once. */
const FINE_TURNS_MAX = 4;

/** Looks at the event loop that find nothing new before promises count as settled. */
const QUIET_LOOKS = 3;

export interface SimulationOptions
  extends Partial<Omit<ActorSystemOptions, "clock" | "scheduler" | "port">> {
  readonly seed?: number;
  /** Of a run before this one, whose node was killed. Default: one of its own. */
  readonly clock?: VirtualClock;
  /** `fifo`: the actor that has waited longest is next, as in operation. Default: the seed decides. */
  readonly order?: "seeded" | "fifo";
  /**
   * Boxes of a few turns, and drains of some of what has arrived, as the seed has it: threads get in
   * each other's way anywhere. Default false: a box runs all the work of its thread.
   */
  readonly fine?: boolean;
  /** Logical threads, the main one included; default 1. */
  readonly threads?: number;
  /** Messages on the way from one thread to another before it counts as full; default 64. */
  readonly wayLettersMax?: number;
}

export interface Simulation {
  /** That of the main thread. */
  readonly system: ActorSystem;
  /** By thread number. */
  readonly systems: readonly ActorSystem[];
  readonly clock: VirtualClock;
  /** No actor has work: time is what is waited for. */
  readonly isIdle: boolean;
  /** Chance for the test itself, from the same seed. */
  readonly random: Random;
  /** Who is next from now on, see `SimulationOptions`. */
  setOrder(order: "seeded" | "fifo"): void;
  /** Runs actors until none has work, or for so many boxes of a thread; time stands still. */
  run(boxesMax?: number): void;
  /** One box, of a thread that the seed picks; without any, time goes on to the next alarm. */
  step(): void;
  /** Lets `ms` pass, each alarm at its time, running actors until idle before and after each. */
  advance(ms: number): void;
  /**
   * Runs until idle and until promises that can settle without time passing have settled: module
   * loads, and what actors piped to themselves.
   */
  settle(): Promise<void>;
  /** What promises that can settle bring lies in mailboxes then; no actor has its turn. */
  promises(): Promise<void>;
  /** The thread is gone at once, with all its actors. */
  loseThread(thread: number): void;
  /** As `kill -9` of the node: nobody has a turn any more. Its clock goes on. */
  kill(): void;
  /** A fresh thread takes the place of a lost one. */
  replaceThread(thread: number): void;
}

export function simulate(options: SimulationOptions = {}): Simulation {
  const {
    seed = 1,
    order = "seeded",
    fine = false,
    threads = 1,
    wayLettersMax,
    clock = new VirtualClock(),
    ...given
  } = options;
  const choices = seededRandom(seed ^ 0x5eed);
  let isSeeded = order === "seeded";
  const pick = { pick: (count: number) => (isSeeded ? choices.below(count) : 0) };
  const parts = fine ? { turns: () => 1 + choices.below(FINE_TURNS_MAX) } : {};
  const network = new MemoryNetwork(threads, REF_CLASSES, {
    ...(fine && { shares: choices }),
    ...(wayLettersMax !== undefined && { wayLettersMax }),
  });
  let boxes: { readonly thread: number; readonly epoch: number; readonly box: () => void }[] = [];
  const epochs: number[] = new Array(threads).fill(0);
  let isKilled = false;

  const start = (thread: number): ActorSystem => {
    const epoch = epochs[thread] as number;
    const port = network.port(thread);
    const system = createActorSystem({
      node: "sim",
      random: seededRandom(seed + thread),
      ...given,
      clock,
      scheduler: {
        defer(box) {
          if (!isKilled) boxes.push({ thread, epoch, box });
        },
        ...pick,
        ...parts,
      },
      ...(threads > 1 ? { port } : {}),
    });
    port.bindRefs(system);
    return system;
  };
  const systems = network.threads.map(start);

  const runBox = (): void => {
    const next = boxes.splice(isSeeded ? choices.below(boxes.length) : 0, 1)[0];
    if (next !== undefined && next.epoch === epochs[next.thread]) next.box();
  };

  const run = (boxesMax = Number.POSITIVE_INFINITY): void => {
    for (let boxesRun = 0; boxes.length > 0 && boxesRun < boxesMax; boxesRun += 1) {
      invariant(
        boxesRun < (fine ? FINE_BOXES_MAX : BOXES_MAX),
        `seed ${seed}: actors work without end, and time stands still`,
      );
      runBox();
    }
  };

  const promises = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (systems.some((system) => system.isLoading()));
  };

  return {
    get system() {
      return systems[0] as ActorSystem;
    },
    systems,
    clock,
    get isIdle() {
      return boxes.length === 0;
    },
    random: seededRandom(seed ^ 0x7e57),
    setOrder(next) {
      isSeeded = next === "seeded";
    },
    run,
    step() {
      if (boxes.length > 0) runBox();
      else clock.goTo(clock.nextMs() ?? clock.monotonicMs());
    },
    promises,
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
        const busy = boxes.length > 0 || systems.some((system) => system.isLoading());
        quiet = busy ? 0 : quiet + 1;
      }
    },
    loseThread(thread) {
      invariant(thread !== 0, "a node without its main thread is lost as a whole");
      epochs[thread] = (epochs[thread] as number) + 1;
      boxes = boxes.filter((each) => each.thread !== thread);
      network.lose(thread);
      for (const [number, system] of systems.entries()) {
        if (number !== thread) system.threadLost(thread);
      }
    },
    kill() {
      isKilled = true;
      boxes = [];
    },
    replaceThread(thread) {
      network.replace(thread);
      const fresh = start(thread);
      systems[thread] = fresh;
      for (const other of network.threads) if (network.port(other).lost) fresh.threadLost(other);
      for (const [number, system] of systems.entries()) {
        if (number !== thread) system.threadReady(thread);
      }
    },
  };
}
