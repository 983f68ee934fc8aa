/**
 * The parent of all wallets: has an actor for each person and device that is asked for, keeps the register
 * of devices and their rates, and takes demurrage each day.
 *
 *   GetWallet, SendPoints ──person known?──▶ person-3
 *   TakeHeartbeat ──device known?──▶ device-hub_01
 *   RegisterDevice, GrantXp, SetRewardRate ──store──▶ answer
 *
 * All that it knows is in the store; a restart asks again who the people are.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { err, type Result } from "../../runtime/result.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { LedgerCommand, Supply } from "../ledger/messages.ts";
import type { PeopleCommand, PeopleListed } from "../person/messages.ts";
import { checkGrant, checkRate, isSoundDevice } from "./checks.ts";
import { DemurrageDays } from "./demurrage-days.ts";
import { deviceWallet } from "./device-wallet.ts";
import { feeMilli, multiplierOf, REWARD_RATES, transferMilliMin } from "./formulas.ts";
import { askLedgerOf, type GoOn, saveOf } from "./ledger-asks.ts";
import type {
  Device,
  DeviceSaved,
  DeviceWalletCommand,
  PersonWalletCommand,
  RewardRate,
  WalletRefusal,
  WalletRefused,
  WalletsCommand,
} from "./messages.ts";
import { personWallet } from "./person-wallet.ts";
import { DeviceRegister } from "./register.ts";
import { WALLET_MAILBOX } from "./resting.ts";
import { openWalletTables } from "./tables.ts";

export interface WalletsOptions {
  readonly store: StateStore;
  readonly ledger: ActorRef<LedgerCommand>;
  readonly people: ActorRef<PeopleCommand>;
  /** Whether it is taken by itself once a day. */
  readonly demurrage: boolean;
}

/** Clicks and heartbeats: 10,000 devices at one in five minutes are 33 a second. */
export const WALLETS_MAILBOX: MailboxSpec<WalletsCommand> = {
  capacity: 1_024,
  overflow: "refuse",
};

/** As many people and devices as there may be, twice: names of devices come and go. */
const WALLETS_MAX = 22_000;
const WALLET_SHUTDOWN_MS = 1_000;
const PEOPLE_TIMEOUT_MS = 3_000;
/** So often it looks whether a new day has begun, and tries again what the ledger could not do. */
const DEMURRAGE_LOOK_MS = 600_000;

export const wallets = ({
  store,
  ledger,
  people,
  demurrage,
}: WalletsOptions): Behavior<WalletsCommand> =>
  setup<WalletsCommand | GoOn | { readonly type: "Look" }>((ctx) => {
    const askLedger = askLedgerOf(ctx, ledger);
    const save = saveOf(ctx, store);
    const tables = openWalletTables(store);
    const register = new DeviceRegister(tables);
    const days = new DemurrageDays({
      nowMs: () => ctx.nowMs(),
      mark: tables.mark,
      askLedger,
      save,
    });
    /** As many as there are people; they are never removed. */
    let known: ReadonlySet<number> = new Set();
    /** By id, the one that was asked for the longest ago first; at most `WALLETS_MAX`. */
    const children = new Map<string, ActorRef<never>>();

    const refuse = (replyTo: ActorRef<WalletRefused>, reason: WalletRefusal): void => {
      replyTo.tell({ type: "WalletRefused", reason });
    };

    if ([...tables.rate.range({ limit: 1 })].length === 0) {
      save(
        () => {
          for (const rate of REWARD_RATES) tables.rate.put(rate.deviceType, rate);
        },
        () => {},
      );
    }
    if (demurrage) {
      ctx.startPeriodicTimer("look", { type: "Look" }, DEMURRAGE_LOOK_MS);
      days.look();
    }

    return receive((message) => {
      switch (message.type) {
        case "GoOn":
          message.run();
          return same;
        case "Look":
          days.look();
          return same;
        case "GetWallet":
        case "GetWalletHistory":
          withPeople([message.personId], message.replyTo, () =>
            personRef(message.personId).tell(message),
          );
          return same;
        case "SendPoints":
          withPeople([message.personId, message.toPersonId], message.replyTo, () =>
            personRef(message.personId).tell(message),
          );
          return same;
        case "TakeHeartbeat":
          takeHeartbeat(message);
          return same;
        case "RegisterDevice":
          withPeople([message.device.ownerId], message.replyTo, () =>
            saveDevice(message.replyTo, message.device, () => register.add(message.device)),
          );
          return same;
        case "ChangeDevice": {
          const { deviceId, change, replyTo } = message;
          const owners = change.ownerId === undefined ? [] : [change.ownerId];
          withPeople(owners, replyTo, () =>
            saveDevice(replyTo, { deviceId, ...change }, () => register.change(deviceId, change)),
          );
          return same;
        }
        case "RemoveDevice": {
          const { deviceId, replyTo } = message;
          saveDevice(replyTo, { deviceId }, () => register.remove(deviceId));
          return same;
        }
        case "ListDevices":
          message.replyTo.tell({ type: "DevicesListed", devices: register.list() });
          return same;
        case "GrantXp":
          grantXp(message);
          return same;
        case "GetZoneMultiplier": {
          const xp = register.zoneXp(message.zone);
          message.replyTo.tell({
            type: "ZoneMultiplier",
            zone: message.zone,
            devices: xp.devices,
            xpMean: xp.devices === 0 ? 0 : xp.xpTotal / xp.devices,
            multiplier: multiplierOf(xp),
          });
          return same;
        }
        case "GetRewardRates":
          message.replyTo.tell({ type: "RewardRates", rates: rates() });
          return same;
        case "SetRewardRate":
          setRate(message);
          return same;
        case "GetTransferFee":
          tellFee(message);
          return same;
        case "TakeDemurrage":
          days.take(message.replyTo);
          return same;
        default:
          return unreachable(message);
      }
    });

    function takeHeartbeat(message: DeviceWalletCommand): void {
      const { deviceId, byPersonId, replyTo } = message;
      const ownerId = register.get(deviceId)?.ownerId;
      if (byPersonId !== null && byPersonId !== ownerId) refuse(replyTo, "notYours");
      else if (ownerId === undefined) refuse(replyTo, "deviceUnknown");
      else deviceRef(deviceId).tell(message);
    }

    function personRef(personId: number): ActorRef<PersonWalletCommand> {
      return childRef(`person-${personId}`, () => personWallet({ personId, ledger }));
    }

    function deviceRef(deviceId: string): ActorRef<DeviceWalletCommand> {
      return childRef(`device-${deviceId}`, () => deviceWallet({ deviceId, ledger, store }));
    }

    function childRef<C>(id: string, start: () => Behavior<C>): ActorRef<C> {
      const child = children.get(id) ?? spawnChild(id, start);
      children.delete(id);
      children.set(id, child);
      return child as ActorRef<C>;
    }

    /** A passive one costs a place in the tree; the one that was asked for the longest ago gives up its. */
    function spawnChild<C>(id: string, start: () => Behavior<C>): ActorRef<C> {
      const [oldest] = children;
      if (children.size >= WALLETS_MAX && oldest !== undefined) {
        children.delete(oldest[0]);
        ctx.stop(oldest[1]);
      }
      return ctx.spawn<C>({
        id,
        start,
        mailbox: WALLET_MAILBOX,
        restart: "permanent",
        shutdownMs: WALLET_SHUTDOWN_MS,
      });
    }

    function withPeople(
      ids: readonly number[],
      replyTo: ActorRef<WalletRefused>,
      then: () => void,
    ): void {
      if (ids.every((id) => known.has(id))) {
        then();
        return;
      }
      ctx.ask<PeopleCommand, PeopleListed>(
        people,
        (to) => ({ type: "GetPeople", replyTo: to }),
        PEOPLE_TIMEOUT_MS,
        (listed) => ({
          type: "GoOn",
          run: () => {
            known = new Set(listed.people.map(({ id }) => id));
            if (ids.every((id) => known.has(id))) then();
            else refuse(replyTo, "personUnknown");
          },
        }),
        () => ({ type: "GoOn", run: () => refuse(replyTo, "timeout") }),
      );
    }

    function saveDevice(
      replyTo: ActorRef<DeviceSaved | WalletRefused>,
      given: Partial<Device>,
      change: () => Result<Device, WalletRefusal>,
    ): void {
      if (!isSoundDevice(given)) {
        refuse(replyTo, "badOrder");
        return;
      }
      let done: Result<Device, WalletRefusal> = err("storeUnavailable");
      save(
        () => {
          done = change();
        },
        (isSaved) => {
          if (!isSaved) refuse(replyTo, "storeUnavailable");
          else if (!done.ok) refuse(replyTo, done.error);
          else replyTo.tell({ type: "DeviceSaved", device: done.value });
        },
      );
    }

    function grantXp(message: Extract<WalletsCommand, { type: "GrantXp" }>): void {
      const { taskId, zone, xp, eventType, replyTo } = message;
      const checked = checkGrant(message);
      if (!checked.ok) {
        refuse(replyTo, checked.error);
        return;
      }
      let granted: ReturnType<DeviceRegister["grantXp"]> | undefined;
      save(
        () => {
          granted = register.grantXp(taskId, zone, xp, eventType);
        },
        (isSaved) => {
          if (isSaved && granted !== undefined) replyTo.tell(granted);
          else refuse(replyTo, "storeUnavailable");
        },
      );
    }

    function rates(): RewardRate[] {
      return [...tables.rate.range({})].map(({ value }) => value);
    }

    function setRate({ rate, replyTo }: Extract<WalletsCommand, { type: "SetRewardRate" }>): void {
      const checked = checkRate(rate, rates());
      if (!checked.ok) {
        refuse(replyTo, checked.error);
        return;
      }
      save(
        () => tables.rate.put(rate.deviceType, rate),
        (isSaved) => {
          if (isSaved) replyTo.tell({ type: "RewardRates", rates: rates() });
          else refuse(replyTo, "storeUnavailable");
        },
      );
    }

    function tellFee(message: Extract<WalletsCommand, { type: "GetTransferFee" }>): void {
      const { amountMilli, replyTo } = message;
      askLedger<Supply>(
        (to) => ({ type: "GetSupply", replyTo: to }),
        (supply) => {
          if (supply === undefined) {
            refuse(replyTo, "timeout");
            return;
          }
          replyTo.tell({
            type: "TransferFee",
            amountMilli,
            feeMilli: feeMilli(amountMilli),
            amountMilliMin: transferMilliMin(supply.circulatingMilli),
          });
        },
      );
    }
  }) as Behavior<WalletsCommand>;
