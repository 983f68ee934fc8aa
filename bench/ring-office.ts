/**
 * A node's inside on one worker, fed through its ring as a link would: hubs, leaves and zones as in
 * `actors/guardian.ts`. Dashboard and bus are sinks on the main thread, and so is the historian where the store is
 * not what is measured.
 */
import { setImmediate as turn } from "node:timers/promises";
import { HISTORIAN_MAILBOX, type HistorianOptions } from "../actors/historian/historian-options.ts";
import type { HistorianCommand } from "../actors/historian/messages.ts";
import {
  HUB_MAILBOX,
  HUB_SETTINGS,
  HUB_SUPERVISION,
  type HubOptions,
  type HubSettings,
  LEAVES_DEFAULT,
} from "../actors/hub/hub-options.ts";
import type { HubCommand } from "../actors/hub/messages.ts";
import type { LeafRecord } from "../actors/leaf/messages.ts";
import type { ZonesCommand } from "../actors/zone/messages.ts";
import type { ZonesOptions } from "../actors/zone/zones.ts";
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { receive, same } from "../runtime/behavior.ts";
import { placed } from "../runtime/supervisor.ts";
import { FRAME_BYTES, framesOf } from "./report-frames.ts";

const SPEC = { restart: "permanent", shutdownMs: 10_000 } as const;

const { bytes: FRAMES, count: FRAME_COUNT } = framesOf(LEAVES_DEFAULT);

/** Waits for credit as a socket's reader cannot: the mailbox's bound sets the pace. */
export async function sendFrames(hub: ActorRef<HubCommand>, count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    const start = (n % FRAME_COUNT) * FRAME_BYTES;
    if (hub.tellBytes(FRAMES, start, start + FRAME_BYTES, 0, Date.now())) n += 1;
    else await turn();
  }
}

/** `storeDir` undefined: what is to be stored goes to the main thread and is forgotten there. */
export function startOffice(system: ActorSystem, storeDir: string | undefined) {
  const sink = <M>(id: string): ActorRef<M> =>
    system.spawn<M>({
      id,
      start: () => receive(() => same, { onBytes: () => same }),
      mailbox: { capacity: 4_096, overflow: "dropOldest" },
      ...SPEC,
    });
  const dashboard = sink<never>("dashboard") as ActorRef<unknown>;
  const bus = sink<never>("bus") as ActorRef<unknown>;
  const historian =
    storeDir === undefined
      ? (sink<never>("historian") as ActorRef<unknown> as ActorRef<HistorianCommand>)
      : startHistorian(system, storeDir, dashboard);
  const zones = system.spawn<ZonesCommand>({
    id: "zones",
    start: placed<ZonesCommand, ZonesOptions>(
      import.meta.resolve("../actors/zone/zones.ts"),
      "zones",
      { zones: [{ id: "main" }], observers: [dashboard], historian },
    ),
    placement: "any",
    ...SPEC,
  });
  const hub = (
    hubNo: number,
    standing: LeafRecord["standing"],
    settings: Partial<HubSettings> = {},
  ): ActorRef<HubCommand> => {
    const name = `swarm_hub_0${hubNo + 1}`;
    return system.spawn<HubCommand>({
      id: name,
      start: placed<HubCommand, HubOptions>(import.meta.resolve("../actors/hub/hub.ts"), "hub", {
        hub: name,
        hubNo,
        zone: "main",
        address: "ring",
        rowBase: hubNo * LEAVES_DEFAULT,
        rowsMax: LEAVES_DEFAULT,
        linkPath: "mycel://bench/user/links/none",
        records: Array.from({ length: LEAVES_DEFAULT }, (_, leafId) => ({
          hub: name,
          leafId,
          name: `leaf_${leafId}`,
          zone: "main",
          hardware: undefined,
          capabilities: [],
          standing,
          claimedHardware: undefined,
        })),
        leaves: [],
        settings: { ...HUB_SETTINGS, framesPerSecondMax: 1e9, ...settings },
        zones,
        bus,
        historian,
        dashboard,
      }),
      placement: "any",
      mailbox: HUB_MAILBOX,
      supervision: HUB_SUPERVISION,
      ...SPEC,
    });
  };
  return { hub, historian };
}

const startHistorian = (
  system: ActorSystem,
  dir: string,
  observer: ActorRef<unknown>,
): ActorRef<HistorianCommand> =>
  system.spawn<HistorianCommand>({
    id: "historian",
    start: placed<HistorianCommand, HistorianOptions>(
      import.meta.resolve("../actors/historian/historian.ts"),
      "historian",
      {
        dir,
        historyDays: 1,
        historyMaxGb: 1,
        rollupDays: 1,
        eventsMax: 100,
        reserveMb: 1,
        observer,
      },
    ),
    placement: "any",
    mailbox: HISTORIAN_MAILBOX,
    ...SPEC,
  });
