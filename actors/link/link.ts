/**
 * A link's actor: opens a driver, hands its frames to the hub, and opens it anew when it fails.
 *
 *   socket, serial line ──▶ driver ──bytes, peer──▶ hub        SendFrame ──▶ driver ──▶ leaf
 *                             ▲                      │
 *                             └── Offer ◀── no room ─┘   where the driver can hold its senders back
 *
 * It lives on the main thread, where I/O is, and is given a way to make drivers. A restart closes the
 * driver and opens another, which numbers its peers anew.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { MycelError } from "../../runtime/errors.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { err } from "../../runtime/result.ts";
import type { FrameReceiver, Link } from "../../transports/link.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { HistorianCommand } from "../historian/messages.ts";
import type { HubCommand } from "../hub/messages.ts";
import { eventIds, type OfficeEvent } from "../zone/messages.ts";
import type { LinkTotals } from "./link-totals.ts";
import type { LinkCommand, LinkStatus, SendAnswer } from "./messages.ts";

export interface LinkOptions {
  /** The hub's name, for events. */
  readonly hub: string;
  readonly zone: string;
  /** A new driver for each time the link is opened. */
  readonly makeLink: () => Link;
  /** Kept by who starts the link, over its restarts. */
  readonly totals: LinkTotals;
  readonly hubRef: ActorRef<HubCommand>;
  readonly dashboard: ActorRef<DashboardCommand>;
  readonly historian: ActorRef<HistorianCommand>;
  /** Told when the link opens or fails, and each second in which its counters moved. */
  readonly statusTo?: ActorRef<LinkStatus>;
}

/** Counters move with every frame: once a second is as fast as a person reads them. */
const STATUS_EVERY_MS = 1_000;
/** A cable pushed in again is noticed at once; a missing one costs a try each half minute. */
const REOPEN_MS_MIN = 500;
const REOPEN_MS_MAX = 30_000;
/** Until a hub that took nothing is asked again, ms: one that hangs is replaced after 10 s. */
const OFFER_MS = 10;

type LinkNote =
  | { readonly type: "Opened"; readonly driver: Link }
  | { readonly type: "Failed"; readonly driver: Link; readonly cause: unknown }
  | { readonly type: "Open" }
  | { readonly type: "Offer" }
  | { readonly type: "TellStatus" };

const OPEN: LinkNote = { type: "Open" };
const OFFER: LinkNote = { type: "Offer" };
const TELL_STATUS: LinkNote = { type: "TellStatus" };

export const link = (options: LinkOptions): Behavior<LinkCommand> =>
  setup<LinkCommand | LinkNote>((ctx) => {
    const { hub, zone, totals, hubRef, dashboard, historian } = options;
    const nextId = eventIds(`${hub}.link`, ctx.random());
    /** The one that counts: another driver's late news is not heard. */
    let driver: Link | undefined;
    let isOpen = false;
    let address = "";
    let failure: LinkStatus["failure"];
    let failures = 0;
    let told = "";
    let isAwaitingRoom = false;
    /** What the hub had taken when it last had no room. */
    let forwardedBefore = -1;

    open();
    ctx.startPeriodicTimer("status", TELL_STATUS, STATUS_EVERY_MS);

    return receive(
      (message) => {
        switch (message.type) {
          case "SendFrame": {
            // Apart from the answer, which nobody may want.
            const answer = send(message.peer, message.frame);
            message.replyTo?.tell(answer);
            return same;
          }
          case "GetLink":
            message.replyTo.tell(status());
            return same;
          case "Open":
            open();
            return same;
          case "Offer":
            isAwaitingRoom = false;
            driver?.offer?.();
            return same;
          case "Opened":
            if (message.driver === driver) opened(message.driver);
            return same;
          case "Failed":
            if (message.driver === driver) failed(message.driver, message.cause);
            return same;
          case "TellStatus":
            tellStatus();
            return same;
          default:
            return unreachable(message);
        }
      },
      {
        onSignal(signal) {
          if (signal.type !== "Terminated" && driver !== undefined) close(driver);
          return same;
        },
      },
    );

    function open(): void {
      const opening = options.makeLink();
      driver = opening;
      totals.use(opening);
      // Before any frame of it: what was peer 1 is somebody else's number from now on.
      hubRef.tell({ type: "PeersForgotten" });
      const forward: FrameReceiver = (bytes, start, end, peer) => {
        if (opening !== driver) return true;
        if (hubRef.tellBytes(bytes, start, end, peer, ctx.nowMs())) {
          totals.forwarded += 1;
          return true;
        }
        if (opening.offer === undefined) totals.hubBusy += 1;
        else awaitRoom();
        return false;
      };
      const fail = (cause: unknown): LinkNote => ({ type: "Failed", driver: opening, cause });
      ctx.pipeToSelf(
        opening.open(forward, (cause) => ctx.self.tell(fail(cause))),
        () => ({ type: "Opened", driver: opening }),
        fail,
      );
    }

    /**
     * The hub had no room. `Offer` is handled when it has some: an actor that tells more than there is
     * room for is not run again before, as this one is with what it is offered there.
     */
    function awaitRoom(): void {
      if (isAwaitingRoom) return;
      isAwaitingRoom = true;
      if (totals.forwarded === forwardedBefore) ctx.startTimer("offer", OFFER, OFFER_MS);
      else ctx.self.tell(OFFER);
      forwardedBefore = totals.forwarded;
    }

    function opened(now: Link): void {
      isOpen = true;
      address = now.address;
      failure = undefined;
      if (failures > 0) raise("link_recovered", "info", `Link ${address} of ${hub} works again.`);
      failures = 0;
      tellStatus();
    }

    /** One event for an outage, however many tries it takes. */
    function failed(was: Link, cause: unknown): void {
      close(was);
      failure = describe(cause);
      if (failures === 0) {
        const where = was.address === "" ? "" : ` ${was.address}`;
        raise("link_failed", "error", `Link${where} of ${hub} failed: ${failure.message}`);
      }
      ctx.startTimer("open", OPEN, reopenMs(failures, ctx.random()));
      failures += 1;
      tellStatus();
    }

    function close(was: Link): void {
      totals.retire();
      driver = undefined;
      isOpen = false;
      was.close().catch((cause: unknown) => {
        ctx.log.warn({ hub, cause }, "a link could not be closed");
      });
    }

    function send(peer: number, frame: Uint8Array): SendAnswer {
      const outcome = driver === undefined ? err("closed" as const) : driver.send(peer, frame);
      return outcome.ok
        ? { type: "FrameSent", peer }
        : { type: "FrameRefused", peer, reason: outcome.error };
    }

    function status(): LinkStatus {
      const { forwarded } = totals;
      return { type: "LinkStatus", hub, address, isOpen, failure, forwarded, ...totals.read() };
    }

    function tellStatus(): void {
      const now = status();
      const text = JSON.stringify(now);
      if (text === told) return;
      told = text;
      options.statusTo?.tell(now);
    }

    function raise(
      kind: "link_failed" | "link_recovered",
      severity: OfficeEvent["severity"],
      message: string,
    ): void {
      const atMs = ctx.nowMs();
      const data = failure === undefined ? {} : { code: failure.code };
      const event = {
        id: nextId(atMs),
        atMs,
        kind,
        severity,
        zone,
        hub,
        leafId: undefined,
        message,
        data,
      };
      dashboard.tell({ type: "EventRaised", event });
      historian.tell({ type: "RecordEvent", event });
    }
  }) as Behavior<LinkCommand>;

/** Doubles up to its bound, from half to one and a half times, so that links do not try in step. */
export const reopenMs = (failures: number, random: number): number =>
  Math.min(REOPEN_MS_MIN * 2 ** failures, REOPEN_MS_MAX) * (0.5 + random);

const describe = (cause: unknown): { code: string; message: string } =>
  cause instanceof MycelError
    ? { code: cause.code, message: cause.message }
    : { code: "E_LINK_CLOSED", message: cause instanceof Error ? cause.message : String(cause) };
