/** Finds actors by service key, on every thread, and tells of changes. */
import type { ActorRef } from "./actor-ref.ts";
import { isSystemRef, type SystemRef } from "./system-messages.ts";

export interface ServiceKey<M> {
  readonly id: string;
  readonly _accepts?: (message: M) => void;
}

export const serviceKey = <M>(id: string): ServiceKey<M> => ({ id });

export interface Listing<M> {
  readonly type: "Listing";
  readonly key: string;
  readonly refs: readonly ActorRef<M>[];
}

export interface Receptionist {
  /** The entry goes when the actor stops. */
  register<M>(key: ServiceKey<M>, ref: ActorRef<M>): void;
  deregister<M>(key: ServiceKey<M>, ref: ActorRef<M>): void;
  find<M>(key: ServiceKey<M>): readonly ActorRef<M>[];
  /** One `Listing` now and one after each change, until the subscriber stops. */
  subscribe<M>(key: ServiceKey<M>, subscriber: ActorRef<Listing<M>>): void;
}

interface Entry {
  readonly refs: Map<unknown, SystemRef>;
  readonly subscribers: Map<unknown, SystemRef>;
}

/** An actor here, whose end this thread knows of. */
interface Local extends SystemRef {
  readonly hasEnded: boolean;
  readonly hasMoved: boolean;
  markListed(): void;
}

/** Tells the other threads; each keeps the whole list, so that finding needs no message. */
export interface Announcer {
  announce(change: "Listed" | "Unlisted", key: string, ref: SystemRef): void;
  /** An actor elsewhere hears of changes from its own thread, which knows of its end. */
  subscribeAfar(key: string, subscriber: SystemRef): void;
}

/**
 * One thread's copy of the list. An actor is entered by the thread it lives on, which announces the
 * entry and, at the actor's end, its removal.
 */
export class LocalReceptionist implements Receptionist {
  announcer: Announcer | undefined = undefined;
  /** As many keys as the program has; an entry goes when nothing is in it. */
  readonly #entries = new Map<string, Entry>();

  register<M>(key: ServiceKey<M>, ref: ActorRef<M>): void {
    if (!isSystemRef(ref)) return;
    if (isLocal(ref)) {
      if (ref.hasEnded) return;
      ref.markListed();
      if (!this.add(key.id, ref)) return;
    }
    this.announcer?.announce("Listed", key.id, ref);
  }

  deregister<M>(key: ServiceKey<M>, ref: ActorRef<M>): void {
    if (!isSystemRef(ref)) return;
    if (isLocal(ref) && !this.remove(key.id, ref)) return;
    this.announcer?.announce("Unlisted", key.id, ref);
  }

  find<M>(key: ServiceKey<M>): readonly ActorRef<M>[] {
    return [...(this.#entries.get(key.id)?.refs.values() ?? [])] as unknown as ActorRef<M>[];
  }

  subscribe<M>(key: ServiceKey<M>, subscriber: ActorRef<Listing<M>>): void {
    if (!isSystemRef(subscriber)) return;
    if (!isLocal(subscriber)) {
      this.announcer?.subscribeAfar(key.id, subscriber);
      return;
    }
    if (subscriber.hasEnded) return;
    subscriber.markListed();
    const entry = this.#entryOf(key.id);
    entry.subscribers.set(subscriber.identity, subscriber);
    tellListing(key.id, entry, subscriber);
  }

  /** The subscriber has moved to another thread, and subscribes there. */
  unsubscribe(subscriber: SystemRef): void {
    for (const [key, entry] of this.#entries) {
      if (entry.subscribers.delete(subscriber.identity)) this.#dropIfEmpty(key, entry);
    }
  }

  /** The keys of whose listings it is told. */
  subscriptionsOf(subscriber: SystemRef): string[] {
    const entries = [...this.#entries];
    return entries.flatMap(([key, { subscribers }]) =>
      subscribers.has(subscriber.identity) ? [key] : [],
    );
  }

  /** Enters what this or another thread says; false when it is entered already. */
  add(key: string, ref: SystemRef): boolean {
    const entry = this.#entryOf(key);
    if (entry.refs.has(ref.identity)) return false;
    entry.refs.set(ref.identity, ref);
    tellAll(key, entry);
    return true;
  }

  remove(key: string, ref: SystemRef): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.refs.delete(ref.identity)) return false;
    tellAll(key, entry);
    this.#dropIfEmpty(key, entry);
    return true;
  }

  /** The actor has ended: it offers nothing and hears nothing any more. */
  forget(ref: SystemRef): void {
    for (const [key, entry] of this.#entries) {
      entry.subscribers.delete(ref.identity);
      if (this.remove(key, ref)) this.announcer?.announce("Unlisted", key, ref);
      else this.#dropIfEmpty(key, entry);
    }
  }

  /** Actors of a lost thread, for instance. */
  removeWhere(gone: (ref: SystemRef) => boolean): void {
    for (const [key, ref] of this.entries()) if (gone(ref)) this.remove(key, ref);
  }

  entries(): Iterable<readonly [key: string, ref: SystemRef]> {
    return [...this.#entries].flatMap(([key, { refs }]) =>
      [...refs.values()].map((ref) => [key, ref] as const),
    );
  }

  #entryOf(key: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { refs: new Map(), subscribers: new Map() };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #dropIfEmpty(key: string, entry: Entry): void {
    if (entry.refs.size + entry.subscribers.size === 0) this.#entries.delete(key);
  }
}

const isLocal = (ref: SystemRef): ref is Local => "markListed" in ref && !(ref as Local).hasMoved;

function tellAll(key: string, entry: Entry): void {
  for (const subscriber of entry.subscribers.values()) tellListing(key, entry, subscriber);
}

function tellListing(key: string, entry: Entry, subscriber: SystemRef): void {
  const listing: Listing<never> = {
    type: "Listing",
    key,
    refs: [...entry.refs.values()],
  };
  (subscriber as ActorRef<unknown> as ActorRef<Listing<never>>).tell(listing);
}
