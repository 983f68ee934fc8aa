// biome-ignore-all lint/suspicious/noExplicitAny: nact's types, which code written for it relies on
/**
 * Addresses as nact has them: plain data that names system and path, so that a copy of a ref, or one
 * kept from before an actor was stopped and spawned again, finds whoever has that name now.
 */
import type { ActorLife } from "./actor-life.ts";

/** Empty as nact's is, so that the same code compiles. */
// biome-ignore lint/correctness/noUnusedVariables: what it accepts is for the compiler to know
export abstract class Ref<T> {}

export type ActorSystemRef = Ref<never>;

/** Whatever is sent to it is gone, and counted nowhere. */
export class Nobody extends Ref<any> {
  readonly system = { name: undefined };
  readonly path = { parts: [] };
  readonly type = "nobody";
}

export const NOBODY = new Nobody();

export abstract class ActorPath {
  abstract parts: [string, ...string[]];
  abstract system: string;
  abstract toString(): string;
}

/** `name://parent/child` */
export class Path extends ActorPath {
  readonly parts: [string, ...string[]];
  readonly system: string;

  constructor(parts: readonly string[], system: string) {
    super();
    // nact's type has at least one part, though a system's path has none.
    this.parts = parts as [string, ...string[]];
    this.system = system;
  }

  childPath(name: string): Path {
    if (!NAME.test(name)) {
      throw new Error(
        `Invalid argument: an actor's name has letters, digits and -$_.+!*'(), only, not ${name}`,
      );
    }
    return new Path([...this.parts, name], this.system);
  }

  override toString(): string {
    return `${this.system}://${this.parts.join("/")}`;
  }
}

const NAME = /^[a-z0-9-$_.+!*'(),]+$/i;

export class SystemReference extends Ref<never> {
  readonly path: Path;
  readonly system: { readonly name: string };
  readonly name: string;
  readonly type = "system";

  constructor(path: Path) {
    super();
    this.path = path;
    this.name = path.system;
    this.system = { name: path.system };
  }
}

export class ActorReference extends Ref<any> {
  readonly path: Path;
  readonly name: string;
  readonly parent: Ref<any>;
  readonly system: { readonly name: string };
  readonly type = "actor";
  /** The way without a look at the path, while the actor lives. */
  #actor: ActorLife | undefined;

  constructor(actor: ActorLife, parent: Ref<any>) {
    super();
    this.path = actor.path;
    this.name = actor.name;
    this.parent = parent;
    this.system = { name: actor.path.system };
    this.#actor = actor;
  }

  static actorOf(ref: object): ActorLife | undefined {
    return #actor in ref ? ref.#actor : undefined;
  }

  forget(): void {
    this.#actor = undefined;
  }
}

/** Where one answer to a query goes. */
export class TemporaryReference extends Ref<any> {
  readonly system: { readonly name: string };
  readonly id: number;
  readonly type = "temp";

  constructor(system: string, id: number) {
    super();
    this.system = { name: system };
    this.id = id;
  }
}

/** What any ref may have: also a copy of one, or something else altogether. */
export interface AnyRef {
  readonly system?: { readonly name?: string };
  readonly path?: { readonly parts?: readonly string[] };
  readonly id?: number;
  readonly type?: string;
}
