/**
 * Keeps the workers evenly busy: looks at them every so often from the main thread, and moves the one
 * actor that evens the busiest and the idlest best.
 *
 *   AskLoad ──▶ all workers ──Load──▶ busy shares, busiest actors ──uneven?──▶ one move, then a rest
 *
 * Only actors that are `movable` and placed on `any` are moved: others are where somebody wants them.
 */
import type { SystemCore } from "../actor-system.ts";
import { MOVE_COOL_DOWN_MS } from "../limits.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";
import { Timer } from "../timers.ts";
import type { Load } from "./load-meter.ts";

/** The busiest must be so many times as busy as the idlest, and by so much of its time. */
const UNEVEN_RATIO = 1.5;
const UNEVEN_SHARE = 0.25;

/** How busy a thread was since the report before, 0 to 1, and which actors made it so. */
export interface ThreadLoad {
  readonly thread: number;
  readonly share: number;
  readonly actors: readonly { readonly path: string; readonly share: number }[];
}

/** The move that leaves the least difference between the busiest and the idlest, if one is worth it. */
export function chooseMove(
  loads: readonly ThreadLoad[],
  mayMove: (path: string) => boolean,
): { readonly path: string; readonly to: number } | undefined {
  const sorted = [...loads].sort((a, b) => a.share - b.share);
  const [idlest, busiest] = [sorted.at(0), sorted.at(-1)];
  if (idlest === undefined || busiest === undefined) return undefined;
  const gap = busiest.share - idlest.share;
  if (gap < UNEVEN_SHARE || busiest.share < UNEVEN_RATIO * idlest.share) return undefined;
  let best: { path: string; left: number } | undefined;
  for (const { path, share } of busiest.actors) {
    const left = Math.abs(gap - 2 * share);
    if (left < (best?.left ?? gap) && mayMove(path)) best = { path, left };
  }
  return best && { path: best.path, to: idlest.thread };
}

export class Balancer extends Timer {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #everyMs: number;
  /** By thread: the report before the newest, and the newest. */
  readonly #loads = new Map<number, readonly [before: Load | undefined, newest: Load]>();
  /** When an actor was moved last, monotonic ms; forgotten when it may be moved again. */
  readonly #movedMs = new Map<string, number>();
  /** A busy thread answers late, and is not asked again meanwhile. */
  readonly #asked = new Set<number>();
  #isMoving = false;

  constructor(system: SystemCore, gateway: ThreadGateway, everyMs: number) {
    super();
    this.#system = system;
    this.#gateway = gateway;
    this.#everyMs = everyMs;
    system.timers.start(this, everyMs);
  }

  fire(): void {
    this.#system.timers.start(this, this.#everyMs);
    if (!this.#isMoving) this.#balance();
    for (const thread of this.#workers()) {
      if (this.#asked.has(thread)) continue;
      this.#asked.add(thread);
      this.#gateway.outgoing.say(thread, { type: "AskLoad" });
    }
  }

  accept(thread: number, load: Load): void {
    this.#asked.delete(thread);
    this.#loads.set(thread, [this.#loads.get(thread)?.[1], load]);
  }

  threadLost(thread: number): void {
    this.#asked.delete(thread);
    this.#loads.delete(thread);
  }

  #balance(): void {
    const nowMs = this.#system.clock.monotonicMs();
    for (const [path, atMs] of this.#movedMs) {
      if (nowMs - atMs >= MOVE_COOL_DOWN_MS) this.#movedMs.delete(path);
    }
    const loads = this.#workers().flatMap((thread) => this.#loadOf(thread));
    const move = chooseMove(loads, (path) => !this.#movedMs.has(path));
    if (move === undefined) return;
    const { path, to } = move;
    this.#movedMs.set(path, nowMs);
    this.#isMoving = true;
    // Shares of before the move must not lead to the next.
    this.#loads.clear();
    void this.#system.move(path, to).then((moved) => {
      this.#isMoving = false;
      const shares = loads.map(({ thread, share }) => [thread, Math.round(100 * share)]);
      if (moved.ok)
        this.#system.log.info({ path, to, shares }, "actor moved to a less busy thread");
      else this.#system.log.info({ path, to, refusal: moved.error }, "actor not moved");
    });
  }

  #workers(): readonly number[] {
    return this.#gateway.otherThreads();
  }

  #loadOf(thread: number): ThreadLoad[] {
    const [before, newest] = this.#loads.get(thread) ?? [];
    if (before === undefined || newest === undefined) return [];
    const share = (newest.busyMs - before.busyMs) / Math.max(1, newest.atMs - before.atMs);
    const actors = newest.actors.map(({ path, handled }) => ({
      path,
      share: (share * handled) / Math.max(1, newest.handled),
    }));
    return [{ thread, share, actors }];
  }
}
