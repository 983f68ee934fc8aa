/** The leaf actors of a hub, by leaf id, and how many frames each may send. */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import { type LeafHands, leaf } from "../leaf/leaf.ts";
import type { LeafCommand, LeafRecord } from "../leaf/messages.ts";
import type { ConfiguredLeaf, HubSettings } from "./hub-options.ts";

export interface LeafChildrenOptions {
  readonly configured: readonly ConfiguredLeaf[];
  readonly settings: HubSettings;
  readonly place: { readonly hubNo: number; readonly rowBase: number };
  readonly hands: LeafHands;
  readonly mailbox: MailboxSpec<LeafCommand>;
  known(leafId: number): LeafRecord | undefined;
}

export class LeafChildren {
  readonly #ctx: Pick<ActorContext<never>, "spawn">;
  readonly #options: LeafChildrenOptions;
  /** Index: leaf id. */
  readonly #leaves: (ActorRef<LeafCommand> | undefined)[] = [];
  /** Leaf id → frames/s of the settings; undefined lifts the limit, and without an entry the hub's holds. */
  readonly #limits = new Map<number, number | undefined>();

  constructor(ctx: Pick<ActorContext<never>, "spawn">, options: LeafChildrenOptions) {
    this.#ctx = ctx;
    this.#options = options;
    for (const { id, framesPerSecondMax } of options.configured) {
      if (framesPerSecondMax !== undefined) this.#limits.set(id, framesPerSecondMax ?? undefined);
    }
  }

  get(leafId: number): ActorRef<LeafCommand> | undefined {
    return this.#leaves[leafId];
  }

  /** Starts the leaf when this is the first record of it. */
  update(record: LeafRecord): void {
    const known = this.#leaves[record.leafId];
    if (known === undefined) this.#leaves[record.leafId] = this.#spawn(record);
    else known.tell({ type: "UpdateRecord", record });
  }

  #spawn(record: LeafRecord): ActorRef<LeafCommand> {
    const { leafId } = record;
    const { settings, place, hands, mailbox, known } = this.#options;
    return this.#ctx.spawn<LeafCommand>({
      id: `leaf_${leafId}`,
      start: () =>
        leaf({
          // A leaf that is started again begins with what the hub knows by then.
          record: known(leafId) ?? record,
          framesPerSecondMax: this.#limitOf(leafId),
          hubNo: place.hubNo,
          row: place.rowBase + leafId,
          quarantineMs: settings.quarantineMs,
          offlineAfterMs: settings.offlineAfterMs,
          lowBatteryMv: settings.lowBatteryMv,
          hands,
        }),
      restart: "permanent",
      shutdownMs: 1_000,
      mailbox,
    });
  }

  #limitOf(leafId: number): number | undefined {
    const { framesPerSecondMax } = this.#options.settings;
    return this.#limits.has(leafId) ? this.#limits.get(leafId) : framesPerSecondMax;
  }
}
