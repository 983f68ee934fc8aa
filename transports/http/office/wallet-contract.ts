/**
 * Wallets and the ledger as the API shows them. Amounts come twice: in points, as the seed's clients know
 * them, and exactly, in thousandths, under names that end in `Milli`.
 */
import { z } from "zod";

export const HISTORY_LIMIT_MAX = 200;
const HISTORY_LIMIT = 50;
/** Further back than anyone pages; `mycel ledger export` has all. */
const HISTORY_OFFSET_MAX = 100_000;
/** A million points; the treasury takes no more either. */
const POINTS_MAX = 1_000_000;
const MEMO_CHARS_MAX = 200;

const ID_MAX = 999_999_999;
/** A number, and nothing that could be made one: `true` is not person 1. */
const personId = z.int().min(1).max(ID_MAX);
const taskId = z.int().min(1).max(ID_MAX);
/** Half a character would come back as another one. */
const memo = z
  .string()
  .max(MEMO_CHARS_MAX)
  .refine((text) => text.isWellFormed(), "not Unicode")
  .default("");
/** Points, to the thousandth. */
const points = z
  .number()
  .positive()
  .max(POINTS_MAX)
  .refine(
    (value) => Math.abs(value * 1_000 - Math.round(value * 1_000)) < 1e-6,
    "at most three decimals",
  );

export const transferSchema = z.object({
  no: z.number().int(),
  id: z.string(),
  kind: z.string(),
  atMs: z.number(),
  legs: z.array(
    z.object({ account: z.string(), amountMilli: z.number().int(), note: z.string().optional() }),
  ),
  balancesMilli: z.array(z.number().int()),
  memo: z.string(),
  causeId: z.string().nullable(),
  hash: z.string(),
});

/** On the page's feed: a new one tells pages to ask for the wallet they show. */
export const ledgerHeadSchema = z.object({ transfers: z.number().int(), hash: z.string() });

export const userParams = z.object({ user: z.coerce.number().int().min(1).max(ID_MAX) });
export const transactionParams = z.object({ id: z.string().min(1).max(200) });
export const deviceParams = z.object({ id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/) });
export const zoneParams = z.object({ zone: z.string().min(1).max(64) });
export const rateParams = z.object({ type: z.string().min(1).max(64) });

export const openWalletSchema = z.object({ user_id: personId });
export const historyPageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(HISTORY_LIMIT_MAX).default(HISTORY_LIMIT),
  offset: z.coerce.number().int().min(0).max(HISTORY_OFFSET_MAX).default(0),
  /** As `next` of the page before: stays right while new transfers come, and costs the same however far back. */
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});
export const feeQuerySchema = z.object({ amount: z.coerce.number().pipe(points) });

export const taskRewardSchema = z.object({
  user_id: personId,
  amount: points,
  task_id: taskId,
  description: memo,
});
/** A repeat with the same `request_id` gets the first answer; without one, each request is a transfer. */
export const sendPointsSchema = z.object({
  from_user_id: personId.optional(),
  to_user_id: personId,
  amount: points,
  description: memo,
  request_id: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/)
    .optional(),
});

const deviceId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const deviceType = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const topicPrefix = z.string().max(200);
const displayName = z.string().max(100);
export const addDeviceSchema = z.object({
  device_id: deviceId,
  owner_id: personId,
  device_type: deviceType,
  display_name: displayName.nullish(),
  topic_prefix: topicPrefix.nullish(),
  is_active: z.boolean().default(true),
});
export const changeDeviceSchema = z.object({
  owner_id: personId.optional(),
  device_type: deviceType.optional(),
  display_name: displayName.optional(),
  topic_prefix: topicPrefix.optional(),
  is_active: z.boolean().optional(),
});
export const grantXpSchema = z.object({
  zone: z.string().min(1).max(64),
  task_id: taskId,
  xp_amount: z.number().int().min(1).max(10_000),
  event_type: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default("task_completed"),
});
export const changeRateSchema = z.object({
  /** Thousandths of a point. */
  rate_per_hour: z.number().int().min(0).max(1_000_000_000),
  /** Seconds. */
  min_uptime_for_reward: z.number().int().min(1).max(86_400).optional(),
});

export const walletSchema = z.object({
  user_id: z.number().int(),
  balance: z.number(),
  balanceMilli: z.number().int(),
});
/** `entries`: one for each transfer, the part of this wallet, as the seed's pages list them. */
export const walletHistorySchema = walletSchema.extend({
  transfers: z.array(transferSchema),
  entries: z.array(
    z.object({
      transaction_id: z.string(),
      transaction_type: z.string(),
      entry_type: z.enum(["DEBIT", "CREDIT"]),
      amount: z.number(),
      balance_after: z.number(),
      description: z.string(),
      reference_id: z.string().nullable(),
      counterparty: z.array(z.string()),
      created_at: z.string(),
    }),
  ),
  hasMore: z.boolean(),
  /** To be given as `before` for the page after this one; null: there is none. */
  next: z.number().int().nullable(),
});
export const feeSchema = z.object({
  fee_rate: z.number(),
  fee_amount: z.number(),
  /** What the other gets; the fee comes on top. */
  net_amount: z.number(),
  min_transfer: z.number(),
  below_minimum: z.boolean(),
  feeMilli: z.number().int(),
  amountMilliMin: z.number().int(),
});
export const sentSchema = z.object({
  transaction_id: z.string(),
  transfer: transferSchema,
  repeated: z.boolean(),
  fee: feeSchema.pick({ fee_rate: true, fee_amount: true, net_amount: true, feeMilli: true }),
});
export const rewardedSchema = z.object({
  transaction_id: z.string(),
  task_id: z.number().int(),
  user_id: z.number().int(),
  amount: z.number(),
});
export const deviceSchema = z.object({
  device_id: z.string(),
  owner_id: z.number().int(),
  device_type: z.string(),
  display_name: z.string(),
  topic_prefix: z.string(),
  is_active: z.boolean(),
  last_heartbeat_at: z.string().nullable(),
  lastHeartbeatAtMs: z.number().nullable(),
  xp: z.number().int(),
});
export const heartbeatSchema = z.object({
  device_id: z.string(),
  last_heartbeat_at: z.string(),
  reward_granted: z.number(),
  rewardMilli: z.number().int(),
  uptime_seconds: z.number().int(),
  transaction_id: z.string().nullable(),
});
export const xpGrantedSchema = z.object({
  devices_awarded: z.number().int(),
  total_xp_granted: z.number().int(),
  device_ids: z.array(z.string()),
  repeated: z.boolean(),
});
export const zoneMultiplierSchema = z.object({
  zone: z.string(),
  multiplier: z.number(),
  device_count: z.number().int(),
  avg_xp: z.number(),
});
export const supplySchema = z.object({
  total_issued: z.number(),
  total_burned: z.number(),
  circulating: z.number(),
  issuedMilli: z.number().int(),
  burnedMilli: z.number().int(),
  circulatingMilli: z.number().int(),
  transfers: z.number().int(),
  hash: z.string(),
});
export const rewardRateSchema = z.object({
  device_type: z.string(),
  rate_per_hour: z.number().int(),
  min_uptime_for_reward: z.number().int(),
});
export const demurrageSchema = z.object({
  day: z.string(),
  wallets: z.number().int(),
  burned: z.number(),
  burnedMilli: z.number().int(),
});

export type TransferItem = z.infer<typeof transferSchema>;
export type LedgerHead = z.infer<typeof ledgerHeadSchema>;
export type WalletItem = z.infer<typeof walletSchema>;
export type WalletHistoryItem = z.infer<typeof walletHistorySchema>;
export type FeeItem = z.infer<typeof feeSchema>;
export type SentItem = z.infer<typeof sentSchema>;
export type RewardedItem = z.infer<typeof rewardedSchema>;
export type DeviceItem = z.infer<typeof deviceSchema>;
export type HeartbeatItem = z.infer<typeof heartbeatSchema>;
export type XpGrantedItem = z.infer<typeof xpGrantedSchema>;
export type ZoneMultiplierItem = z.infer<typeof zoneMultiplierSchema>;
export type SupplyItem = z.infer<typeof supplySchema>;
export type RewardRateItem = z.infer<typeof rewardRateSchema>;
export type DemurrageItem = z.infer<typeof demurrageSchema>;
export type TaskRewardBody = z.infer<typeof taskRewardSchema>;
export type SendPointsBody = z.infer<typeof sendPointsSchema>;
export type AddDeviceBody = z.infer<typeof addDeviceSchema>;
export type ChangeDeviceBody = z.infer<typeof changeDeviceSchema>;
export type GrantXpBody = z.infer<typeof grantXpSchema>;
export type ChangeRateBody = z.infer<typeof changeRateSchema>;
