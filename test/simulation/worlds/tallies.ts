/**
 * Persistent actors of both kinds that move between three threads, their journal on one of them, on a
 * disk that is slow, very slow or full now and then. Nobody ever hears of a state that is not on disk,
 * and what was confirmed is there in the end.
 */

import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../../runtime/persistence/journal-keeper.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { placed } from "../../../runtime/supervisor.ts";
import type {
  Tally,
  TallyAnswer,
  TallyCommand,
  TallyOptions,
} from "../../runtime/persistence/placed-tally.ts";
import fc from "../../support/fc.ts";
import { crashOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, type Fault, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../../runtime/persistence/placed-tally.ts");
const QUOTA = 60;

/** The disk is as it is told to be until it is told again. */
interface Disk extends Fault {
  readonly fault: "disk";
  /** Longer than 15 s is longer than actors wait. */
  readonly slowMs: number;
  readonly isFull: boolean;
}

/** Between two writes, and refused while it waits for one for too long. */
interface Move extends Fault {
  readonly fault: "move";
  readonly tally: string;
  readonly to: number;
}

const disk: fc.Arbitrary<Disk> = fc.record({
  fault: fc.constant("disk" as const),
  slowMs: fc.constantFrom(0, 0, 20, 3_000, 16_000),
  isFull: fc.boolean(),
});

const TALLIES = [
  { id: "sourced-1", name: "sourcedTally", thread: 1, snapshotEvery: 7, passivateAfterMs: 40 },
  { id: "sourced-2", name: "sourcedTally", thread: 2, snapshotEvery: 3, dropsEvents: true },
  { id: "durable-1", name: "durableTally", thread: 1, rejects: true },
  { id: "durable-2", name: "durableTally", thread: 2, passivateAfterMs: 40 },
] as const;

const move: fc.Arbitrary<Move> = fc.record({
  fault: fc.constant("move" as const),
  tally: fc.constantFrom(...TALLIES.map(({ id }) => id)),
  to: fc.nat(2),
});

/** What was heard of one tally: of all answers the longest, of which every other is a beginning. */
class Heard {
  longest: Tally = [];
  broken: string | undefined = undefined;
  answers = 0;
  readonly confirmed = new Set<number>();

  hear(answer: TallyAnswer): void {
    this.answers += 1;
    if (answer.type === "Rejected") return;
    const { all } = answer;
    const [shorter, longer] =
      all.length < this.longest.length ? [all, this.longest] : [this.longest, all];
    if (shorter.some((value, i) => longer[i] !== value))
      this.broken ??= `[${all}] after [${this.longest}]`;
    this.longest = longer;
    if (answer.type === "Added") for (const value of answer.values) this.confirmed.add(value);
  }
}

/** Gives numbers to a tally, asks it in between, and keeps what it answers. */
const feeder = (tally: ActorRef<TallyCommand>, heard: Heard): Behavior<TallyAnswer | "feed"> =>
  setup((ctx) => {
    let next = 0;
    ctx.startPeriodicTimer("feed", "feed", 5);
    return receive((message) => {
      if (message !== "feed") heard.hear(message);
      else if (next < QUOTA) {
        if (ctx.random() < 0.2) tally.tell({ type: "Get", replyTo: ctx.self });
        tally.tell({ type: "Add", values: [next], replyTo: ctx.self });
        next += 1;
      }
      return same;
    });
  });

export const tallies: World = {
  name: "tallies",
  about: "nobody hears of a state that is not on disk, and what was confirmed is there",
  steps: 600,
  faultsMax: 12,
  seedsInTest: 25,
  faults: fc.oneof(crashOf(TALLIES.map(({ id }) => id)), loseThreadOf([1, 2]), disk, move, jump),
  async open(seed): Promise<Course> {
    // Never `E_JOURNAL_FENCED`: no two incarnations of one tally write.
    const expected = ["E_ASK_TIMEOUT", "E_STORE_FULL"];
    const stage = new Stage({
      seed,
      threads: 3,
      supervision: NEVER_GIVES_UP,
      pipes: true,
      healMs: 40_000,
      expected,
    });
    const { system, clock } = stage.sim;
    const child = { restart: "permanent", shutdownMs: 1_000 } as const;
    const store = new MemoryStore();
    const journal = system.spawn({
      id: "journal",
      start: () => journalKeeper({ store }),
      mailbox: JOURNAL_MAILBOX,
      ...child,
    });
    const all = TALLIES.map(({ id, name, thread, ...more }) => {
      const options: TallyOptions = { journal, persistenceId: id, ...more };
      const start = placed<TallyCommand>(MODULE, name, options);
      const ref = system.spawn<TallyCommand>({ id, start, placement: on(thread), ...child });
      const heard = new Heard();
      const feeding = system.spawn({
        id: `feeder-${id}`,
        start: () => feeder(ref, heard),
        ...child,
      });
      return { id, ref, heard, feeding };
    });
    await stage.sim.promises();

    const setDisk = ({ slowMs, isFull }: Omit<Disk, "fault">): void => {
      store.setFull(isFull);
      store.setSlow(slowMs === 0 ? queueMicrotask : (commit) => void clock.after(slowMs, commit));
    };

    return {
      sim: stage.sim,
      inflict(fault, step) {
        if (fault.fault === "disk") setDisk(fault as Disk);
        else if (fault.fault === "move") {
          const { tally, to } = fault as Move;
          void system.move(stage.path(tally), to);
        } else stage.inflict(fault, step);
      },
      step: (step) => stage.step(step),
      check() {
        stage.check();
        for (const { id, heard } of all) {
          const { broken } = heard;
          hold(broken === undefined, "a state is never taken back", () => `${id}: ${broken}`);
        }
      },
      async heal() {
        setDisk({ slowMs: 0, isFull: false });
        await stage.heal();
      },
      async checkQuiet() {
        const before = all.map(({ heard }) => heard.answers);
        // The first may be the message that a crash has waited for.
        for (let round = 0; round < 2; round += 1) {
          for (const { ref, feeding } of all) ref.tell({ type: "Get", replyTo: feeding });
          await stage.sim.settle();
        }
        for (const [i, { id, heard }] of all.entries()) {
          hold(heard.answers > (before[i] ?? 0), "each answers in the end", () => id);
        }
        stage.check();
        for (const { id, heard } of all) {
          const { longest, confirmed, broken } = heard;
          hold(broken === undefined, "a state is never taken back", () => `${id}: ${broken}`);
          const isOrdered = longest.every((value, i) => i === 0 || value > (longest[i - 1] ?? 0));
          hold(isOrdered, "each once, and in order", () => `${id}: [${longest}]`);
          const lost = [...confirmed].filter((value) => !longest.includes(value));
          hold(lost.length === 0, "what was confirmed is there", () => `${id} lacks [${lost}]`);
        }
      },
    };
  },
};
