// biome-ignore-all lint/suspicious/noExplicitAny: state and messages are for the caller's types to know
/**
 * An actor whose state is what its persisted messages lead to.
 *
 *   begin ──▶ latest snapshot ──▶ f(state, each event after it, { recovering }) ──▶ messages
 *   ctx.persist(message) ──▶ engine            every so many: snapshot ──▶ engine
 *
 * Messages wait in the mailbox until it has recovered. A reset recovers anew.
 */
import { type Func, NactActor } from "./actor.ts";
import type { Props } from "./actor-life.ts";
import { begun, parentAt } from "./messages.ts";
import type { Parent } from "./parent.ts";
import { asItIs, checkCount, checkKey, engineOf, persistedEvent } from "./persistence.ts";
import type { Ref } from "./references.ts";
import type {
  InferMsgFromPersistentFunc,
  InferStateFromPersistentFunc,
  PersistedEvent,
  PersistentActorFunc,
  PersistentActorProps,
} from "./types.ts";

export function spawnPersistent<
  ParentRef extends Ref<any>,
  F extends PersistentActorFunc<any, any, ParentRef>,
>(
  parent: ParentRef,
  f: F,
  key: string,
  name?: string,
  properties?: PersistentActorProps<
    InferStateFromPersistentFunc<F>,
    InferMsgFromPersistentFunc<F>,
    ParentRef
  >,
): Ref<InferMsgFromPersistentFunc<F>> {
  checkKey(key);
  checkCount("snapshotEvery", properties?.snapshotEvery);
  return begun(new PersistentActor(parentAt(parent), f as Func, key, name, properties));
}

class PersistentActor extends NactActor {
  readonly #key: string;
  readonly #snapshotEvery: number;
  readonly #encode: (message: any) => unknown;
  readonly #decode: (data: unknown) => any;
  readonly #encodeState: (state: any) => unknown;
  readonly #decodeState: (data: unknown) => any;
  /** Of the last event that is in the state. */
  #sequenceNumber = 0;
  /** Persisted since the last snapshot. */
  #unsnapped = 0;
  #recovered = false;
  /** Of the recovery under way; one that a reset has overtaken comes to nothing. */
  #round = 0;

  constructor(
    parent: Parent,
    f: Func,
    key: string,
    name: string | undefined,
    properties: PersistentActorProps<any, any, any> = {},
  ) {
    super(parent, f, name, properties as Props);
    this.#key = key;
    this.#snapshotEvery = properties.snapshotEvery || Number.POSITIVE_INFINITY;
    this.#encode = properties.encoder ?? asItIs;
    this.#decode = properties.decoder ?? asItIs;
    this.#encodeState = properties.snapshotEncoder ?? asItIs;
    this.#decodeState = properties.snapshotDecoder ?? asItIs;
  }

  override reset(): void {
    this.#recovered = false;
    super.reset();
  }

  protected override createContext(sender: unknown): object {
    return { ...super.createContext(sender), persist: this.#persist };
  }

  protected override goOn(): void {
    if (this.#recovered) super.goOn();
    else {
      this.pause();
      void this.#recover();
    }
  }

  protected override afterMessage(): void {
    if (this.#unsnapped < this.#snapshotEvery) return;
    this.#unsnapped = 0;
    void this.#takeSnapshot();
  }

  readonly #persist = async (
    message: unknown,
    tags: string[] = [],
    ...properties: unknown[]
  ): Promise<void> => {
    const sequenceNumber = this.#sequenceNumber + 1;
    const createdAt = this.cell.nowMs();
    const data = this.#encode(message);
    const event = persistedEvent(data, sequenceNumber, this.#key, tags, createdAt);
    this.#sequenceNumber = sequenceNumber;
    this.#unsnapped += 1;
    try {
      await engineOf(this.system).persist(event, ...properties);
    } catch (cause) {
      // The number is free again, unless the next event has been given away meanwhile.
      if (this.#sequenceNumber === sequenceNumber) this.#sequenceNumber -= 1;
      this.#unsnapped -= 1;
      throw cause;
    }
  };

  async #takeSnapshot(): Promise<void> {
    try {
      await engineOf(this.system).takeSnapshot({
        data: this.#encodeState(this.state),
        sequenceNumber: this.#sequenceNumber,
        key: this.#key,
        createdAt: this.cell.nowMs(),
      });
    } catch (cause) {
      this.cell.log.error({ err: cause, key: this.#key }, "no snapshot taken");
    }
  }

  async #recover(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    const isVoid = (): boolean => this.stopped || round !== this.#round;
    try {
      const engine = engineOf(this.system);
      const snapshot = await engine.latestSnapshot(this.#key);
      if (isVoid()) return;
      this.#sequenceNumber = snapshot?.sequenceNumber ?? 0;
      this.#unsnapped = 0;
      if (snapshot) this.state = this.#decodeState(snapshot.data);
      await engine
        .events(this.#key, this.#sequenceNumber)
        .reduce(async (before: Promise<void>, event) => {
          await before;
          if (!isVoid()) await this.#apply(event);
        }, Promise.resolve());
    } catch (error) {
      // Without its state the actor cannot go on: it tries again.
      const nothing = { message: undefined, sender: undefined };
      if (!isVoid()) void this.fail(nothing, error, () => this.reset());
      return;
    }
    if (isVoid()) return;
    this.#recovered = true;
    this.goOn();
    this.afterMessage();
  }

  async #apply(event: PersistedEvent): Promise<void> {
    this.#sequenceNumber = event.sequenceNumber;
    if (event.isDeleted) return;
    const message = this.#decode(event.data);
    const context = { ...this.createContext(this.reference), recovering: true };
    try {
      this.state = await this.f.call(context, this.state, message, context);
      this.#unsnapped += 1;
    } catch (error) {
      // To go on means to leave this event out.
      await this.fail({ message, sender: undefined }, error, () => {});
    }
  }
}
