/**
 * The parent of a node's zones: starts the configured ones, and others when a leaf or a foreign
 * device first speaks of them. Keeps each zone's cooldowns, last events and names of leaves over its restarts;
 * cooldowns outlive the node, as the store has the events.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { HistorianCommand } from "../historian/messages.ts";
import { eventRules, ZONE_SETTINGS, type ZoneSettings } from "./event-rules.ts";
import { recalledEventMemory } from "./events.ts";
import {
  isName,
  type OfficeEvent,
  type ZoneCommand,
  type ZoneNews,
  type ZonesAnswer,
  type ZonesCommand,
} from "./messages.ts";
import { SourceNames } from "./sources.ts";
import { zone } from "./zone.ts";

export interface ZonesOptions {
  /** The zones of the configuration; there from the start. */
  readonly zones: readonly { readonly id: string; readonly settings?: Partial<ZoneSettings> }[];
  /** Who is told situations and events: dashboard, agent, tasks. */
  readonly observers: readonly ActorRef<ZoneNews>[];
  readonly historian: ActorRef<HistorianCommand>;
  /** Of all zones before this start, oldest first: what they raised and need not raise again at once. */
  readonly recalled?: readonly OfficeEvent[];
}

/** As many as the configuration may name. Foreign topics must not make zones without end. */
export const ZONES_MAX = 1_024;

/** A second's reports of a hundred full hubs spread over ten zones; the newest reports matter. */
const ZONE_MAILBOX: MailboxSpec<ZoneCommand> = { capacity: 4_096, overflow: "dropOldest" };

export const zones = (options: ZonesOptions): Behavior<ZonesCommand> =>
  setup((ctx) => {
    const recalled = Map.groupBy(options.recalled ?? [], ({ zone }) => zone);
    const settings = new Map(options.zones.map(({ id, settings }) => [id, settings]));
    /** At most `ZONES_MAX`. */
    const refs = new Map<string, ActorRef<ZoneCommand>>();
    for (const id of settings.keys()) open(id);

    return receive((message) => {
      message.replyTo.tell(answer(message.zone));
      return same;
    });

    function answer(zone: string): ZonesAnswer {
      if (!isName(zone)) return { type: "ZoneRefused", zone, reason: "badName" };
      const ref = refs.get(zone);
      if (ref !== undefined) return { type: "ZoneOpened", zone, ref };
      if (refs.size >= ZONES_MAX) return { type: "ZoneRefused", zone, reason: "tooManyZones" };
      return { type: "ZoneOpened", zone, ref: open(zone) };
    }

    function open(id: string): ActorRef<ZoneCommand> {
      const zoneSettings = settings.get(id) ?? {};
      const rules = eventRules({ ...ZONE_SETTINGS, ...zoneSettings });
      const memory = recalledEventMemory(recalled.get(id) ?? [], rules, ctx.nowMs());
      const names = new SourceNames();
      const { observers, historian } = options;
      const ref = ctx.spawn<ZoneCommand>({
        id,
        start: () =>
          zone({ zone: id, settings: zoneSettings, observers, historian }, memory, names),
        restart: "permanent",
        shutdownMs: 1_000,
        mailbox: ZONE_MAILBOX,
      });
      refs.set(id, ref);
      return ref;
    }
  });
