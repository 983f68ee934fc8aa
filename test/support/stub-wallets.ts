/** The stub's points: a list of transfers, and balances that are its sums. */
import { createHash } from "node:crypto";
import { err, ok } from "../../runtime/result.ts";
import type { DeviceItem, TransferItem } from "../../transports/http/office/wallet-contract.ts";
import type { WalletView } from "../../transports/http/office/wallet-view.ts";

export interface StubWallets {
  readonly view: WalletView;
  open(personIds: readonly number[], isEmpty: boolean): void;
  reward(taskId: number, personId: number, amountMilli: number): void;
  balanceMilli(personId: number): number;
}

const FEE_RATE = 0.05;
const MINUTE_MS = 60_000;

export function stubWallets({
  nowMs,
  told,
}: {
  readonly nowMs: () => number;
  told(head: { transfers: number; hash: string }): void;
}): StubWallets {
  const transfers: TransferItem[] = [];
  const balances = new Map<string, number>();
  const devices: DeviceItem[] = [];
  const sent = new Map<string, TransferItem>();

  function post(
    kind: string,
    legs: TransferItem["legs"],
    more: Partial<TransferItem> = {},
  ): TransferItem {
    const no = transfers.length + 1;
    for (const { account, amountMilli } of legs) {
      balances.set(account, (balances.get(account) ?? 0) + amountMilli);
    }
    const before = transfers.at(-1)?.hash ?? "";
    const transfer: TransferItem = {
      ...{ no, id: `${kind}:${no}`, kind, atMs: nowMs(), memo: "", causeId: null, legs },
      balancesMilli: legs.map(({ account }) => balances.get(account) ?? 0),
      hash: createHash("sha256").update(`${before}${no}`).digest("hex"),
      ...more,
    };
    transfers.push(transfer);
    told({ transfers: no, hash: transfer.hash });
    return transfer;
  }

  const balanceMilli = (personId: number) => balances.get(`person:${personId}`) ?? 0;
  const feeOf = (amount: number) => {
    const feeMilli = Math.max(1_000, Math.ceil(amount * FEE_RATE) * 1_000);
    return {
      ...{ fee_rate: FEE_RATE, fee_amount: feeMilli / 1_000, net_amount: amount, feeMilli },
      ...{ min_transfer: 10, below_minimum: amount < 10, amountMilliMin: 10_000 },
    };
  };

  const view: WalletView = {
    wallet: async (id) =>
      ok({ user_id: id, balance: balanceMilli(id) / 1_000, balanceMilli: balanceMilli(id) }),
    history: async (id, { limit, offset }) => {
      const account = `person:${id}`;
      const all = transfers.filter(({ legs }) => legs.some((leg) => leg.account === account));
      const page = all.toReversed().slice(offset, offset + limit);
      return ok({
        ...{ user_id: id, balance: balanceMilli(id) / 1_000, balanceMilli: balanceMilli(id) },
        ...{ transfers: page, entries: [], hasMore: offset + limit < all.length, next: null },
      });
    },
    fee: async (amount) => ok(feeOf(amount)),
    send: async (body, caller) => {
      const from = caller.personId ?? body.from_user_id ?? 0;
      const { feeMilli, ...fee } = feeOf(body.amount);
      if (fee.below_minimum) return err("belowMinimum");
      const amountMilli = body.amount * 1_000;
      const answer = (transfer: TransferItem, repeated: boolean) =>
        ok({ transaction_id: transfer.id, transfer, repeated, fee: { ...fee, feeMilli } });
      const before = sent.get(body.request_id ?? "");
      if (before !== undefined) return answer(before, true);
      if (balanceMilli(from) < amountMilli + feeMilli) return err("insufficientFunds");
      const transfer = post(
        "p2p_transfer",
        [
          { account: `person:${from}`, amountMilli: -amountMilli },
          { account: `person:${body.to_user_id}`, amountMilli },
          { account: `person:${from}`, amountMilli: -feeMilli, note: "fee" },
          { account: "issuer", amountMilli: feeMilli, note: "fee" },
        ],
        { memo: body.description },
      );
      if (body.request_id !== undefined) sent.set(body.request_id, transfer);
      return answer(transfer, false);
    },
    rewardTask: async () => err("timeout"),
    transfer: async (id) => {
      const found = transfers.find((one) => one.id === id);
      return found === undefined ? err("transactionUnknown") : ok(found);
    },
    devices: async () => ok(devices),
    addDevice: async () => err("timeout"),
    changeDevice: async () => err("timeout"),
    removeDevice: async () => err("timeout"),
    heartbeat: async () => err("timeout"),
    grantXp: async () => err("timeout"),
    zoneMultiplier: async (zone) =>
      ok({ zone, multiplier: zone === "library" ? 1.35 : 1, device_count: 1, avg_xp: 700 }),
    supply: async () => {
      const issuedMilli = -(balances.get("issuer") ?? 0);
      return ok({
        ...{ total_issued: issuedMilli / 1_000, total_burned: 0, circulating: issuedMilli / 1_000 },
        ...{ issuedMilli, burnedMilli: 0, circulatingMilli: issuedMilli },
        ...{ transfers: transfers.length, hash: transfers.at(-1)?.hash ?? "" },
      });
    },
    rewardRates: async () =>
      ok(
        Object.entries({ llm_node: 5_000, hub: 1_000, sensor_node: 500 }).map(([type, rate]) => ({
          ...{ device_type: type, rate_per_hour: rate, min_uptime_for_reward: 300 },
        })),
      ),
    changeRate: async () => err("timeout"),
    demurrage: async () => err("timeout"),
  };

  return {
    view,
    balanceMilli,
    reward: (taskId, personId, amountMilli) => {
      post(
        "task_reward",
        [
          { account: `task:${taskId}`, amountMilli: -amountMilli },
          { account: `person:${personId}`, amountMilli },
        ],
        { causeId: `task:${taskId}` },
      );
    },
    open: (personIds, isEmpty) => {
      const startMs = nowMs();
      const issue = (id: number, points: number, minutes: number, more: Partial<TransferItem>) =>
        post(
          "infrastructure_reward",
          [
            { account: "issuer", amountMilli: -points * 1_000 },
            { account: `person:${id}`, amountMilli: points * 1_000 },
          ],
          { atMs: startMs - minutes * MINUTE_MS, ...more },
        );
      if (isEmpty) return;
      for (const id of personIds) {
        for (let hour = 16; hour > 0; hour -= 1) {
          issue(id, 125 + hour * id, hour * 60, { memo: "hub_07" });
        }
      }
      issue(2, 540, 3, { kind: "task_reward", causeId: "task:16", memo: "Close the lab's door" });
      devices.push(
        device("hub_07", 1, "hub", 1_840, startMs - 20_000),
        device("env_01", 1, "sensor_node", 310, startMs - 400_000),
        device("gpu_box", 2, "llm_node", 4_400, startMs - 5_000),
      );
    },
  };
}

const device = (
  id: string,
  owner: number,
  type: string,
  xp: number,
  heardAtMs: number,
): DeviceItem => ({
  ...{ device_id: id, owner_id: owner, device_type: type, display_name: id, xp },
  ...{ topic_prefix: "office/lab/", is_active: true, lastHeartbeatAtMs: heardAtMs },
  last_heartbeat_at: new Date(heardAtMs).toISOString(),
});
