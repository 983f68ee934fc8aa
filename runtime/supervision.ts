/**
 * A parent's side of supervision: what the end of a child leads to.
 *
 *   Failed ──▶ within intensity? ──no──▶ the parent fails itself
 *                    │ yes
 *                    ▼
 *   Halt to the children concerned, last started first, each after the one before is halted
 *                    ▼
 *   Start to them, first started first
 *
 * A failure that comes meanwhile waits; if its child was among those concerned it is settled.
 */
import type { ActorCell } from "./cell/actor-cell.ts";
import { MycelError } from "./errors.ts";
import { INTENSITY_DEFAULT } from "./limits.ts";
import { RestartWindow } from "./restart-intensity.ts";
import type { ChildSpec, Supervision as Rules } from "./supervisor.ts";
import type { SystemMessage, SystemRef } from "./system-messages.ts";

/** A child as its parent knows it: a cell here, or a ref to one on another thread. */
export interface Child extends SystemRef {
  readonly id: string;
  readonly spec: ChildSpec<never>;
  /** Among the parent's children. */
  place: number;
}

type Failure = Extract<SystemMessage, { type: "Failed" }>;

interface Plan {
  readonly concerned: readonly Child[];
  /** Still to be halted, the next one last. */
  readonly toHalt: Child[];
  awaited: Child | undefined;
  readonly cause: unknown;
}

const RULES_DEFAULT: Rules = { strategy: "oneForOne", intensity: INTENSITY_DEFAULT };

export class Supervision {
  readonly #cell: ActorCell<never>;
  readonly #rules: Rules;
  readonly #window: RestartWindow;
  #plan: Plan | undefined;
  /** At most one for each child. */
  #waiting: Failure[] = [];
  #lastLoss: unknown;

  constructor(cell: ActorCell<never>) {
    this.#cell = cell;
    this.#rules = cell.spec.supervision ?? RULES_DEFAULT;
    this.#window = new RestartWindow(this.#rules.intensity);
  }

  /** Throws when the intensity is exceeded, which is the parent's own fault. */
  onFailed(failure: Failure): void {
    const child = this.#cell.ownChild(failure.child);
    if (child === undefined) return;
    if (this.#plan !== undefined) {
      this.#waiting.push(failure);
      return;
    }
    this.#log(failure.child.path, failure.exit, failure.cause);
    if (this.#cell.parent === undefined && hasGivenUp(failure.cause)) throw failure.cause;
    const { intensity } = this.#rules;
    const { clock } = this.#cell.system;
    if (!this.#isCounted(failure.cause) && !this.#window.admits(clock.monotonicMs())) {
      throw new MycelError(
        "E_RESTART_INTENSITY",
        `${this.#cell.path} gives up: more than ${intensity.restartsMax} restarts within ${intensity.withinMs} ms; the cause is the last one's.`,
        { path: this.#cell.path, child: child.path },
        failure.cause,
      );
    }
    const concerned = this.#concerned(child);
    const plan = { concerned, toHalt: [...concerned], awaited: undefined, cause: failure.cause };
    this.#plan = plan;
    this.#step(plan);
  }

  onHalted(child: SystemRef): void {
    const plan = this.#plan;
    if (plan !== undefined && plan.awaited?.identity === child.identity) this.#step(plan);
  }

  /** The child is gone for good and no longer among the parent's children. */
  onEnded(child: SystemRef, cause: unknown): void {
    if (cause !== undefined) this.#log(child.path, "fault", cause);
    this.onHalted(child);
  }

  /** The parent itself stops or restarts: what was planned is void. */
  abandon(): void {
    this.#plan = undefined;
    this.#waiting = [];
  }

  /** Children lost with one thread fail with one cause: it was the thread that failed, and once. */
  #isCounted(cause: unknown): boolean {
    if (codeOf(cause) !== "E_THREAD_LOST") return false;
    const counted = cause === this.#lastLoss;
    this.#lastLoss = cause;
    return counted;
  }

  #concerned(child: Child): readonly Child[] {
    if (this.#rules.strategy === "oneForOne") return [child];
    const children = this.#cell.ownChildren();
    return this.#rules.strategy === "oneForAll"
      ? children
      : children.slice(children.indexOf(child));
  }

  #step(plan: Plan): void {
    for (let child = plan.toHalt.pop(); child !== undefined; child = plan.toHalt.pop()) {
      const own = this.#cell.ownChild(child);
      if (own === undefined) continue;
      plan.awaited = own;
      const ends = own.spec.restart === "temporary";
      own.signal(ends ? { type: "Stop" } : { type: "Halt", cause: plan.cause });
      return;
    }
    for (const child of plan.concerned) {
      this.#cell.ownChild(child)?.signal({ type: "Start" });
    }
    this.#plan = undefined;
    this.#resume(plan);
  }

  #resume(done: Plan): void {
    const settled = new Set(done.concerned.map((child) => child.identity));
    const waiting = this.#waiting.filter((failure) => !settled.has(failure.child.identity));
    this.#waiting = [];
    for (const failure of waiting) this.onFailed(failure);
  }

  /** The one place where a fault is logged. */
  #log(path: string, exit: string, cause: unknown): void {
    const { log } = this.#cell;
    if (exit === "normal") log.info({ child: path }, "child stopped and is started again");
    else log.error({ child: path, err: cause }, "child failed");
  }
}

/** By its code, since a cause from another thread has lost its class. */
const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && "code" in cause ? cause.code : undefined;

const hasGivenUp = (cause: unknown): boolean => codeOf(cause) === "E_RESTART_INTENSITY";
