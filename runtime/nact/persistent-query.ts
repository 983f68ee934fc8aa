// biome-ignore-all lint/suspicious/noExplicitAny: state and messages are for the caller's types to know
/**
 * A view of the events of one key: called, it reads what is new and resolves with the state. It may
 * keep snapshots, under a key of its own.
 */
import { parentAt } from "./messages.ts";
import { asItIs, checkCount, checkKey, engineOf } from "./persistence.ts";
import type { Ref } from "./references.ts";
import type { NactSystem } from "./system.ts";
import type {
  InferMsgFromPersistentQuery,
  InferStateFromPersistentQuery,
  PersistedEvent,
  PersistentQueryFunc,
  PersistentQueryProps,
} from "./types.ts";

export function persistentQuery<F extends PersistentQueryFunc<any, any>>(
  parent: Ref<any>,
  f: F,
  key: string,
  properties: PersistentQueryProps<
    InferStateFromPersistentQuery<F>,
    InferMsgFromPersistentQuery<F>
  > = {},
): () => Promise<InferStateFromPersistentQuery<F>> {
  const { snapshotKey, snapshotEvery, cacheDuration } = properties;
  checkKey(key);
  checkCount("snapshotEvery", snapshotEvery);
  if (snapshotKey && typeof snapshotKey !== "string") {
    throw new Error("snapshotKey must be of type string");
  }
  if (snapshotEvery && !snapshotKey) {
    throw new Error("snapshotKey must be specified in order to enable snapshotting");
  }
  if (cacheDuration && typeof cacheDuration !== "number") {
    throw new Error("cacheDuration must be a number of milliseconds");
  }
  const view = new View(parentAt(parent).system, f, key, properties);
  return () => view.read();
}

class View {
  readonly #system: NactSystem;
  readonly #f: PersistentQueryFunc<any, any>;
  readonly #key: string;
  readonly #props: PersistentQueryProps<any, any>;
  #state: any;
  #sequenceNumber = 0;
  /** Applied since the last snapshot. */
  #unsnapped = 0;
  /** The snapshot has been looked for. */
  #begun = false;
  /** The read under way, which all callers share. */
  #reading: Promise<any> | undefined;
  #cancelExpiry: () => void = () => {};

  constructor(
    system: NactSystem,
    f: PersistentQueryFunc<any, any>,
    key: string,
    props: PersistentQueryProps<any, any>,
  ) {
    this.#system = system;
    this.#f = f;
    this.#key = key;
    this.#props = props;
    this.#forget();
  }

  read(): Promise<any> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(): Promise<any> {
    this.#cancelExpiry();
    const { decoder = asItIs, cacheDuration } = this.#props;
    try {
      const engine = engineOf(this.#system);
      if (!this.#begun) await this.#begin();
      await engine
        .events(this.#key, this.#sequenceNumber)
        .reduce(async (before: Promise<void>, event: PersistedEvent) => {
          await before;
          if (!event.isDeleted) {
            this.#state = await this.#f(this.#state, decoder(event.data));
            this.#unsnapped += 1;
          }
          this.#sequenceNumber = event.sequenceNumber;
        }, Promise.resolve());
    } catch (cause) {
      this.#forget();
      throw cause;
    }
    const state = this.#state;
    void this.#takeSnapshotIfDue();
    if (cacheDuration) this.#cancelExpiry = this.#system.after(cacheDuration, () => this.#forget());
    return state;
  }

  async #begin(): Promise<void> {
    const { snapshotKey, snapshotDecoder = asItIs } = this.#props;
    if (snapshotKey) {
      const snapshot = await engineOf(this.#system).latestSnapshot(snapshotKey);
      if (snapshot) {
        this.#state = snapshotDecoder(snapshot.data);
        this.#sequenceNumber = snapshot.sequenceNumber;
      }
    }
    this.#begun = true;
  }

  async #takeSnapshotIfDue(): Promise<void> {
    const { snapshotKey, snapshotEvery, snapshotEncoder = asItIs } = this.#props;
    if (!snapshotKey || !snapshotEvery || this.#unsnapped < snapshotEvery) return;
    this.#unsnapped = 0;
    try {
      await engineOf(this.#system).takeSnapshot({
        data: snapshotEncoder(this.#state),
        sequenceNumber: this.#sequenceNumber,
        key: snapshotKey,
        createdAt: this.#system.cell.nowMs(),
      });
    } catch (cause) {
      this.#system.cell.log.error({ err: cause, key: snapshotKey }, "no snapshot taken");
    }
  }

  #forget(): void {
    this.#state = this.#props.initialState;
    this.#sequenceNumber = 0;
    this.#unsnapped = 0;
    this.#begun = false;
  }
}
