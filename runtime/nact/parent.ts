/** What has children: an actor, or at the top the system. */
import type { ActorCell } from "../cell/actor-cell.ts";
import type { ActorLife } from "./actor-life.ts";
import type { Path, Ref } from "./references.ts";
import type { Fault } from "./supervision.ts";
import type { NactSystem } from "./system.ts";

export abstract class Parent {
  abstract readonly system: NactSystem;
  abstract readonly path: Path;
  abstract readonly reference: Ref<never>;
  abstract readonly cell: ActorCell<never>;
  readonly children = new Map<string, ActorLife>();
  stopped = false;
  #references = new Map<string, Ref<unknown>>();
  /** A handler holds the map, so that the next change needs a copy. */
  #lent = false;

  /** Stops it and all below it, now: none of them handles another message. */
  abstract stop(): void;
  /** Decides about a fault of `child`, which did not decide itself. */
  abstract decide(fault: Fault, child: ActorLife): Promise<void>;

  add(child: ActorLife): void {
    this.children.set(child.name, child);
    this.#ownReferences().set(child.name, child.reference);
  }

  remove(child: ActorLife): void {
    if (this.children.get(child.name) !== child) return;
    this.children.delete(child.name);
    this.#ownReferences().delete(child.name);
  }

  /** As they are now, and never changed: copied when they change, not for each message. */
  childReferences(): Map<string, Ref<unknown>> {
    this.#lent = true;
    return this.#references;
  }

  #ownReferences(): Map<string, Ref<unknown>> {
    if (this.#lent) this.#references = new Map(this.#references);
    this.#lent = false;
    return this.#references;
  }
}
