/** What the routes of wallet-routes.ts need of a node. */
import type { Result } from "../../../runtime/result.ts";
import type { Caller } from "../route.ts";
import type {
  AddDeviceBody,
  ChangeDeviceBody,
  ChangeRateBody,
  DemurrageItem,
  DeviceItem,
  FeeItem,
  GrantXpBody,
  HeartbeatItem,
  RewardedItem,
  RewardRateItem,
  SendPointsBody,
  SentItem,
  SupplyItem,
  TaskRewardBody,
  TransferItem,
  WalletHistoryItem,
  WalletItem,
  XpGrantedItem,
  ZoneMultiplierItem,
} from "./wallet-contract.ts";

/** The error is a refusal's code. */
type Answered<T> = Promise<Result<T, string>>;

/** Who has logged in as a member or viewer sees and moves points of their own wallet alone. */
export interface WalletView {
  wallet(personId: number, caller: Caller): Answered<WalletItem>;
  history(
    personId: number,
    page: { readonly limit: number; readonly offset: number; readonly before?: number | undefined },
    caller: Caller,
  ): Answered<WalletHistoryItem>;
  fee(amount: number): Answered<FeeItem>;
  send(body: SendPointsBody, caller: Caller): Answered<SentItem>;
  rewardTask(body: TaskRewardBody): Answered<RewardedItem>;
  transfer(id: string, caller: Caller): Answered<TransferItem>;
  devices(): Answered<DeviceItem[]>;
  addDevice(body: AddDeviceBody): Answered<DeviceItem>;
  changeDevice(id: string, body: ChangeDeviceBody): Answered<DeviceItem>;
  removeDevice(id: string): Answered<DeviceItem>;
  heartbeat(id: string, caller: Caller): Answered<HeartbeatItem>;
  grantXp(body: GrantXpBody): Answered<XpGrantedItem>;
  zoneMultiplier(zone: string): Answered<ZoneMultiplierItem>;
  supply(): Answered<SupplyItem>;
  rewardRates(): Answered<RewardRateItem[]>;
  changeRate(type: string, body: ChangeRateBody): Answered<RewardRateItem>;
  demurrage(): Answered<DemurrageItem>;
}
