/**
 * The seed's numbers. It keeps plain integers and calls them milli-units in comments; here what people
 * see (bounty, fee, minimum, demurrage) is whole points, and a device's rate is thousandths an hour, so
 * that five minutes of a sensor are 41 thousandths and not 41 points. Source: the wallet service of
 * Office_as_AI_ToyBox; docs/ledger.md has each formula with its numbers.
 */
import { invariant } from "../../runtime/invariant.ts";
import type { RewardRate } from "./messages.ts";

export const POINT_MILLI = 1_000;

/** 5 %, rounded up to a whole point, at least one. */
const FEE_DIVISOR = 20;
const FEE_POINTS_MIN = 1;
const TRANSFER_POINTS_MIN = 10;
/** The minimum grows with what circulates: a ten-thousandth of it. */
const TRANSFER_SHARE = 10_000;
/** 2 % a day of what is above 100 points; of the whole balance, rounded down to a whole point. */
const DEMURRAGE_DIVISOR = 50;
const DEMURRAGE_FREE_MILLI = 100 * POINT_MILLI;

export const XP_ON_CREATION = 10;
export const XP_ON_COMPLETION = 20;
/** At 1,000 XP a zone pays half as much again. */
const XP_FULL = 2_000;
export const MULTIPLIER_MAX = 3;

const HOUR_MS = 3_600_000;
/** A device that reports once a day is paid for the day; longer silence is no uptime. */
export const UPTIME_MS_MAX = 24 * HOUR_MS;

export const REWARD_RATES: readonly RewardRate[] = [
  { deviceType: "llm_node", milliPerHour: 5_000, uptimeSecondsMin: 300 },
  { deviceType: "sensor_node", milliPerHour: 500, uptimeSecondsMin: 300 },
  { deviceType: "hub", milliPerHour: 1_000, uptimeSecondsMin: 300 },
];

export function feeMilli(amountMilli: number): number {
  const points = Math.ceil(amountMilli / (POINT_MILLI * FEE_DIVISOR));
  return Math.max(FEE_POINTS_MIN, points) * POINT_MILLI;
}

export function transferMilliMin(circulatingMilli: number): number {
  const points = Math.floor(Math.max(0, circulatingMilli) / POINT_MILLI / TRANSFER_SHARE);
  return Math.max(TRANSFER_POINTS_MIN, points) * POINT_MILLI;
}

export function demurrageMilli(balanceMilli: number): number {
  if (balanceMilli <= DEMURRAGE_FREE_MILLI) return 0;
  return Math.floor(balanceMilli / (POINT_MILLI * DEMURRAGE_DIVISOR)) * POINT_MILLI;
}

/** For `[fromMs, toMs)`, rounded down; the day is the most that counts. */
export const rewardMilli = (milliPerHour: number, fromMs: number, toMs: number): number =>
  Math.floor((milliPerHour * uptimeSeconds(fromMs, toMs)) / 3_600);

export const uptimeSeconds = (fromMs: number, toMs: number): number =>
  Math.floor(Math.min(Math.max(0, toMs - fromMs), UPTIME_MS_MAX) / 1_000);

/**
 * From when on a device's time is unpaid. A clock that was set back a little catches up, and no hour is paid
 * twice; one that differs by more than a day was wrong then or is now, and counts anew.
 */
export const unpaidFromMs = (paidUntilMs: number | null, nowMs: number): number =>
  paidUntilMs === null || paidUntilMs - nowMs > UPTIME_MS_MAX ? nowMs : paidUntilMs;

/** XP of a zone's devices: what they have together, and how many they are. */
export interface ZoneXp {
  readonly xpTotal: number;
  readonly devices: number;
}

/** 1 + mean/1000 × 0.5, at most 3. */
export const multiplierOf = ({ xpTotal, devices }: ZoneXp): number =>
  devices === 0 ? 1 : Math.min(MULTIPLIER_MAX, 1 + xpTotal / (devices * XP_FULL));

/** Bounty × multiplier, rounded down to a whole point; in whole numbers, so that no float decides. */
export function payoutMilli(bountyMilli: number, { xpTotal, devices }: ZoneXp): number {
  if (devices === 0) return bountyMilli;
  const bounty = BigInt(bountyMilli);
  const bonus = (bounty * BigInt(xpTotal)) / BigInt(devices * XP_FULL);
  const most = bounty * BigInt(MULTIPLIER_MAX - 1);
  const points = (bonus < most ? bonus : most) / BigInt(POINT_MILLI);
  const paid = Number(bounty + points * BigInt(POINT_MILLI));
  invariant(Number.isSafeInteger(paid), "the board bounds bounties");
  return paid;
}
