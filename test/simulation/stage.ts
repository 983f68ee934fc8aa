/**
 * What the worlds of the kernel stand on: a simulation of several threads, the faults that any of them
 * can meet, and an account of what these cost.
 */

import type { ActorSystem } from "../../runtime/actor-system.ts";
import type { ActorCell } from "../../runtime/cell/actor-cell.ts";
import type { DeadLetterReason } from "../../runtime/dead-letters.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Placement } from "../../runtime/supervisor.ts";
import { crash, crashLate, end, InflictedCrash } from "../../runtime/testing/crash.ts";
import {
  type Simulation,
  type SimulationOptions,
  simulate,
} from "../../runtime/testing/simulation.ts";
import fc, { type Arbitrary } from "../support/fc.ts";
import { cellOn } from "./cell-on.ts";
import { checkCells } from "./kernel-checks.ts";
import { Broken, type Course, type Fault } from "./world.ts";

/** The next handler of an actor throws; of a thread without its actor, nothing. */
export interface Crash extends Fault {
  readonly fault: "crash";
  /** Its path below `/user`. */
  readonly actor: string;
  /** After its work on the message rather than before. */
  readonly isLate: boolean;
}

/** A thread is gone, and replaced after so many steps. */
export interface LoseThread extends Fault {
  readonly fault: "loseThread";
  readonly thread: number;
  readonly steps: number;
}

/** Time passes while actors have work: the machine was busy elsewhere. */
export interface Jump extends Fault {
  readonly fault: "jump";
  readonly ms: number;
}

/** An actor ends by its own will, after the message that it handles next. */
export interface End extends Fault {
  readonly fault: "end";
  /** Its path below `/user`. */
  readonly actor: string;
}

/** An actor goes to another thread. */
export interface Move extends Fault {
  readonly fault: "move";
  /** Its path below `/user`. */
  readonly actor: string;
  readonly to: number;
}

export type StageFault = Crash | End | LoseThread | Jump | Move;

export const crashOf = (actors: readonly string[], isLate = false): Arbitrary<Crash> =>
  fc.record({
    fault: fc.constant("crash" as const),
    actor: fc.constantFrom(...actors),
    isLate: fc.constant(isLate),
  });

export const endOf = (actors: readonly string[]): Arbitrary<End> =>
  fc.record({ fault: fc.constant("end" as const), actor: fc.constantFrom(...actors) });

export const moveOf = (actors: readonly string[], threads: readonly number[]): Arbitrary<Move> =>
  fc.record({
    fault: fc.constant("move" as const),
    actor: fc.constantFrom(...actors),
    to: fc.constantFrom(...threads),
  });

export const loseThreadOf = (threads: readonly number[]): Arbitrary<LoseThread> =>
  fc.record({
    fault: fc.constant("loseThread" as const),
    thread: fc.constantFrom(...threads),
    steps: fc.integer({ min: 1, max: 60 }),
  });

export const jump: Arbitrary<Jump> = fc.record({
  fault: fc.constant("jump" as const),
  ms: fc.integer({ min: 1, max: 20_000 }),
});

export interface Letter {
  readonly message: unknown;
  readonly path: string;
  readonly reason: DeadLetterReason;
}

/** Causes that are the faults' own doing in any world. */
const EXPECTED = ["E_THREAD_LOST", "E_RESTART_INTENSITY"];

/** Restarts as many as there are: for worlds that are not about giving up. */
export const NEVER_GIVES_UP = {
  strategy: "oneForOne",
  intensity: { restartsMax: 1_000_000, withinMs: 1 },
} as const;

/** Where a child for a thread by number lives. */
export const on = (thread: number): Placement => (thread === 0 ? "main" : { thread });

/** Virtual ms in which what waits has its time: messages for an actor unheard of are held for 2 s. */
const HEAL_MS = 3_000;

export interface StageOptions extends SimulationOptions {
  readonly pipes?: boolean;
  readonly healMs?: number;
  readonly expected?: readonly string[];
}

export class Stage {
  readonly sim: Simulation;
  readonly letters: Letter[] = [];
  /** Messages that an actor had in hand when it was crashed. */
  readonly inHand: unknown[] = [];
  /** When that was, monotonic ms. */
  readonly crashedMs: number[] = [];
  hasJumped = false;
  hasMoved = false;
  readonly everLost = new Set<number>();
  /** Told of each dead letter as it is put. */
  onLetter: (letter: Letter) => void = () => {};
  readonly #lostUntil = new Map<number, number>();
  readonly #faults: unknown[] = [];
  readonly #pipes: boolean;
  readonly #healMs: number;
  readonly #expected: ReadonlySet<string>;

  /**
   * With `pipes` promises settle after each step, as actors that pipe them need. `expected`: codes of
   * faults that are the doing of this world's own.
   */
  constructor({ pipes = false, healMs = HEAL_MS, expected = [], ...options }: StageOptions) {
    this.#pipes = pipes;
    this.#healMs = healMs;
    this.#expected = new Set([...EXPECTED, ...expected]);
    this.sim = simulate({ fine: true, logger: this.#logger(), ...options });
    for (const system of this.sim.systems) this.#keepLetters(system);
  }

  path(actor: string): string {
    return `mycel://sim/user/${actor}`;
  }

  /** The living actor of this path below `/user`, on whichever thread it is. */
  cell(actor: string): ActorCell<never> | undefined {
    for (const system of this.systems()) {
      const found = cellOn(system, this.path(actor));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How often the actor has been restarted; undefined when none of this path lives. */
  incarnation(actor: string): number | undefined {
    return this.cell(actor)?.incarnation;
  }

  /** Systems of threads that are not lost. */
  systems(): readonly ActorSystem[] {
    return this.sim.systems.filter((_, thread) => !this.#lostUntil.has(thread));
  }

  inflict(fault: Fault, step: number): void {
    const known = fault as StageFault;
    if (known.fault === "crash") {
      const cell = this.cell(known.actor);
      if (cell === undefined) return;
      if (known.isLate) crashLate(cell);
      else
        crash(cell, (message) => {
          this.inHand.push(message);
          this.crashedMs.push(this.sim.clock.monotonicMs());
        });
    } else if (known.fault === "end") {
      const cell = this.cell(known.actor);
      if (cell !== undefined) end(cell);
    } else if (known.fault === "move") {
      this.hasMoved = true;
      // What becomes of it is for the invariants; a refusal is no fault.
      void this.sim.system.move(this.path(known.actor), known.to);
    } else if (known.fault === "jump") {
      this.hasJumped = true;
      this.sim.clock.goTo(this.sim.clock.monotonicMs() + known.ms);
    } else if (known.fault === "loseThread" && !this.#lostUntil.has(known.thread)) {
      this.everLost.add(known.thread);
      this.#lostUntil.set(known.thread, step + known.steps);
      this.sim.loseThread(known.thread);
    }
  }

  /** One box, after which promises have settled and lost threads whose time has come are replaced. */
  step(step: number): void | Promise<void> {
    for (const [thread, until] of this.#lostUntil) if (until <= step) this.#replace(thread);
    this.sim.step();
    const isLoading = this.sim.systems.some((system) => system.isLoading());
    if (isLoading || this.#pipes) return this.sim.promises();
  }

  /** So many ms, each alarm at its time, after which promises settle and lost threads are replaced. */
  async pass(ms: number, step: number): Promise<void> {
    for (const [thread, until] of this.#lostUntil) if (until <= step) this.#replace(thread);
    this.sim.advance(ms);
    await this.sim.promises();
  }

  async heal(): Promise<void> {
    for (const thread of [...this.#lostUntil.keys()]) this.#replace(thread);
    await this.sim.settle();
    // In parts, since a lost thread's actors load their modules again.
    for (let part = 0; part < 4; part += 1) {
      this.sim.advance(this.#healMs / 4);
      await this.sim.settle();
    }
  }

  /** A fault that nobody inflicted is a bug. */
  check(): void {
    if (this.sim.isIdle) for (const system of this.systems()) checkCells(system);
    const fault = this.#faults[0];
    if (fault === undefined) return;
    throw new Broken(
      "no fault but those inflicted",
      fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
    );
  }

  /** A course on this stage; `broken` is what its actors have seen that they must not see. */
  course(
    broken: readonly string[],
    invariant: string,
    checkQuiet: () => void | Promise<void>,
    checkStep: () => void = () => {},
  ): Course {
    return {
      sim: this.sim,
      inflict: (fault, step) => this.inflict(fault, step),
      step: (step) => this.step(step),
      check: () => {
        this.check();
        const detail = broken[0];
        if (detail !== undefined) throw new Broken(invariant, detail);
        checkStep();
      },
      heal: () => this.heal(),
      checkQuiet,
    };
  }

  #replace(thread: number): void {
    this.#lostUntil.delete(thread);
    this.sim.replaceThread(thread);
    this.#keepLetters(this.sim.systems[thread] as ActorSystem);
  }

  #keepLetters({ deadLetters }: ActorSystem): void {
    const put = deadLetters.put.bind(deadLetters);
    deadLetters.put = (message, to, reason) => {
      const letter = { message, path: to.path, reason };
      this.letters.push(letter);
      this.onLetter(letter);
      put(message, to, reason);
    };
  }

  #logger(): Logger {
    const logger: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (fields) => {
        const cause = (fields as { err?: unknown }).err;
        if (cause !== undefined && !isExpected(cause, this.#expected)) this.#faults.push(cause);
      },
      child: () => logger,
    };
    return logger;
  }
}

/** By its name or code, since a cause from another thread has lost its class. */
const isExpected = (cause: unknown, codes: ReadonlySet<string>): boolean =>
  cause instanceof Error &&
  (cause.name === InflictedCrash.name || ("code" in cause && codes.has(String(cause.code))));
