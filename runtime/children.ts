/**
 * The children of one actor, in the order they were started, found by id.
 *
 *   add ──▶ list[child.place]          get ──▶ index by id, made when it is first needed
 *
 * Ids that count up (`frame-9`, `frame-10`) are known to be free without an index: most of what a parent of
 * a million children would hold, and nearly half the time of one whose children come and go.
 */
import type { Child } from "./supervision.ts";

export class Children {
  /** By place; a gap where one has ended. */
  #list: (Child | undefined)[] = [];
  #count = 0;
  /** The last of all ids there were, in the order of `isAfter`. */
  #lastId = "";
  #byId: Map<string, Child> | undefined;

  get count(): number {
    return this.#count;
  }

  isFree(id: string): boolean {
    if (this.#byId === undefined && isAfter(id, this.#lastId)) return true;
    return !this.#index().has(id);
  }

  get(id: string): Child | undefined {
    return this.#index().get(id);
  }

  holds(child: Child): boolean {
    return this.#list[child.place] === child;
  }

  /** In the order they were started. */
  all(): Child[] {
    return this.#list.filter((child) => child !== undefined);
  }

  /** Its id is free. */
  add(child: Child): void {
    if (isAfter(child.id, this.#lastId)) this.#lastId = child.id;
    child.place = this.#list.length;
    this.#list.push(child);
    this.#count += 1;
    this.#byId?.set(child.id, child);
  }

  /** Stands from now on for the one of the same id. */
  replace(child: Child): void {
    const own = this.get(child.id);
    if (own === undefined) {
      this.add(child);
      return;
    }
    child.place = own.place;
    this.#list[child.place] = child;
    this.#byId?.set(child.id, child);
  }

  /** One that is held. */
  remove(child: Child): void {
    this.#list[child.place] = undefined;
    this.#count -= 1;
    this.#byId?.delete(child.id);
    if (this.#list.length > 2 * this.#count + GAPS_MIN) this.#closeGaps();
  }

  #index(): Map<string, Child> {
    this.#byId ??= new Map(this.all().map((child) => [child.id, child]));
    return this.#byId;
  }

  #closeGaps(): void {
    this.#list = this.all();
    for (const [place, child] of this.#list.entries()) if (child !== undefined) child.place = place;
  }
}

/** Gaps that are not worth closing; beyond it as many as there are children. */
const GAPS_MIN = 16;

/** Longer, or as long and later in the alphabet: what counting does to an id. */
const isAfter = (id: string, other: string): boolean =>
  id.length > other.length || (id.length === other.length && id > other);
