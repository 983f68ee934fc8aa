/** What a historian is started with: plain data, since it lives on a worker. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { OfficeEvent } from "../zone/messages.ts";
import type { HistorianCommand } from "./messages.ts";

export interface HistorianOptions {
  /** The store's directory; no one else writes there. */
  readonly dir: string;
  /** The store was opened and looked at by this process before. */
  readonly isStoreChecked?: boolean;
  readonly historyDays: number;
  readonly rollupDays: number;
  readonly historyMaxGb: number;
  readonly eventsMax: number;
  readonly reserveMb: number;
  /** Told when the store is full and when it writes again. */
  readonly observer: ActorRef<{ readonly type: "EventRaised"; readonly event: OfficeEvent }>;
}

/**
 * Batches of up to 8 KiB, 900 readings: seconds of 100,000 readings/s before hubs are held back.
 */
export const HISTORIAN_MAILBOX: MailboxSpec<HistorianCommand> = {
  capacity: 1_024,
  overflow: "backpressure",
};
