/** What the office is started with; apart from its behavior, which its own thread alone loads. */
import type { OfficeSettings } from "../../config/office.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { MailboxSpec, Supervision } from "../../runtime/supervisor.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { HistorianCommand } from "../historian/messages.ts";
import type { ZoneNews } from "../zone/messages.ts";

export interface OfficeOptions {
  readonly node: string;
  /** Of the office's store. */
  readonly dir: string;
  /** Of the voice's sound files. */
  readonly soundsDir: string;
  readonly reserveMb: number;
  readonly settings: OfficeSettings;
  /** Zones of our hubs, by their id. */
  readonly hubZones: Readonly<Record<string, string>>;
  readonly dashboard: ActorRef<DashboardCommand>;
  readonly historian: ActorRef<HistorianCommand>;
}

export const OFFICE_SUPERVISION: Supervision = {
  strategy: "oneForOne",
  intensity: { restartsMax: 10, withinMs: 60_000 },
};

/** Of each zone the newest situation; events of a burst, the newest. */
export const OFFICE_MAILBOX: MailboxSpec<ZoneNews> = {
  capacity: 4_096,
  overflow: "conflate",
  conflateBy: "zone",
  // No situation makes an event give way.
  isControl: ["EventRaised"],
};
