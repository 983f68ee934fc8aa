/** Finds actors by service key, on every thread, and tells of changes. */
import type { ActorRef } from "./actor-ref.ts";

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
