/**
 * Death watch of one actor: whom it watches, and who watches it.
 *
 *   watch ──Watch──▶ watched … ends ──Terminated──▶ watcher: still watching? ──▶ onSignal, once
 *
 * Exactly once, because the watcher forgets the watched with the first `Terminated`; a second one,
 * from a race of the watch with the end or from a lost thread, finds nothing.
 */
import type { SystemRef } from "./system-messages.ts";

export class DeathWatch {
  readonly #watching = new Map<unknown, SystemRef>();
  readonly #watchers = new Map<unknown, SystemRef>();

  /** False when it is watched already. */
  begin(watched: SystemRef): boolean {
    if (this.#watching.has(watched.identity)) return false;
    this.#watching.set(watched.identity, watched);
    return true;
  }

  /** The ref that was watched; undefined when it was not, or its end has been told. */
  end(watched: SystemRef): SystemRef | undefined {
    // One watched by its path or number alone says who it was when it ends.
    const number = "number" in watched ? watched.number : undefined;
    let found: SystemRef | undefined;
    for (const identity of [watched.identity, number, watched.path]) {
      found ??= this.#watching.get(identity);
      this.#watching.delete(identity);
    }
    return found;
  }

  addWatcher(watcher: SystemRef): void {
    this.#watchers.set(watcher.identity, watcher);
  }

  removeWatcher(watcher: SystemRef): void {
    this.#watchers.delete(watcher.identity);
  }

  removeWatchers(isLost: (watcher: SystemRef) => boolean): void {
    for (const [identity, watcher] of this.#watchers) {
      if (isLost(watcher)) this.#watchers.delete(identity);
    }
  }

  /** Watches nobody and is watched by nobody. */
  get isIdle(): boolean {
    return this.#watching.size === 0 && this.#watchers.size === 0;
  }

  watchers(): Iterable<SystemRef> {
    return this.#watchers.values();
  }

  watching(): Iterable<SystemRef> {
    return this.#watching.values();
  }

  /** The actor ends for good: all watchers are told. */
  tellWatchers(self: SystemRef, cause: unknown): void {
    for (const watcher of this.#watchers.values()) {
      watcher.signal({ type: "Terminated", ref: self, cause });
    }
    this.#watchers.clear();
  }

  /** The actor watches no more: it ends, or a new incarnation will say anew whom to watch. */
  endAll(self: SystemRef): void {
    for (const watched of this.#watching.values()) {
      watched.signal({ type: "Unwatch", watcher: self });
    }
    this.#watching.clear();
  }
}
