/** Who here watches whom on other threads: what must be told when such a thread is lost. */

import type { SystemRef } from "../system-messages.ts";
import type { PathRef, RemoteRef } from "./remote-ref.ts";

interface Watched {
  readonly ref: RemoteRef | PathRef;
  readonly watchers: Map<unknown, SystemRef>;
}

export class RemoteWatches {
  /** By the watched's identity; as many as actors here watch. */
  readonly #watches = new Map<unknown, Watched>();

  add(ref: RemoteRef | PathRef, watcher: SystemRef): void {
    let watched = this.#watches.get(ref.identity);
    if (watched === undefined) {
      watched = { ref, watchers: new Map() };
      this.#watches.set(ref.identity, watched);
    }
    watched.watchers.set(watcher.identity, watcher);
  }

  /** It watches no more, or has been told of the end. */
  remove(ref: SystemRef, watcher: SystemRef): void {
    for (const identity of [ref.identity, ref.path]) {
      const watched = this.#watches.get(identity);
      if (watched?.watchers.delete(watcher.identity) && watched.watchers.size === 0) {
        this.#watches.delete(identity);
      }
    }
  }

  /** It lives here now, and tells those who watch it itself. */
  forget(number: number): void {
    this.#watches.delete(number);
  }

  actorLost(number: number, cause: unknown): void {
    this.#tell(number, cause);
  }

  threadLost(isLost: (ref: SystemRef) => boolean, cause: unknown): void {
    for (const [identity, { ref }] of this.#watches) if (isLost(ref)) this.#tell(identity, cause);
  }

  #tell(identity: unknown, cause: unknown): void {
    const watched = this.#watches.get(identity);
    if (watched === undefined) return;
    this.#watches.delete(identity);
    const { ref, watchers } = watched;
    for (const watcher of watchers.values()) watcher.signal({ type: "Terminated", ref, cause });
  }
}
