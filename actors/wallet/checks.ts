/** Whether what is asked of the register is well formed, whatever stands in it. */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { Device, RewardRate, WalletRefusal, WalletsCommand } from "./messages.ts";

const DEVICE_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const TYPE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Bytes of keys are dear; a topic part has at most 64 characters. */
const ZONE_NAME = /^[^/+#\p{Cc}\p{Cs}]{1,64}$/u;
/** Shown on a line; half a character would be stored as another one. */
const LINE = /^[^\p{Cc}\p{Cs}]*$/u;
const TOPIC_CHARS_MAX = 200;
const NAME_CHARS_MAX = 100;
const XP_GRANT_MAX = 10_000;
const RATE_MILLI_MAX = 1_000_000_000;
const UPTIME_SECONDS_MAX = 86_400;

/** Of a device, or of what changes it. */
export function isSoundDevice({
  deviceId,
  deviceType,
  displayName,
  topicPrefix,
}: Partial<Device>): boolean {
  if (deviceId !== undefined && !DEVICE_NAME.test(deviceId)) return false;
  if (deviceType !== undefined && !TYPE_NAME.test(deviceType)) return false;
  if (displayName !== undefined && !isShownName(displayName)) return false;
  if (topicPrefix === undefined) return true;
  return topicPrefix.length <= TOPIC_CHARS_MAX && topicPrefix.split("/").every(isTopicPart);
}

const isShownName = (name: string): boolean => name.length <= NAME_CHARS_MAX && LINE.test(name);
const isTopicPart = (part: string): boolean => part === "" || ZONE_NAME.test(part);

export function checkRate(
  { deviceType, milliPerHour, uptimeSecondsMin }: RewardRate,
  rates: readonly RewardRate[],
): Result<void, WalletRefusal> {
  if (!rates.some((rate) => rate.deviceType === deviceType)) return err("deviceTypeUnknown");
  const isWhole = Number.isSafeInteger(milliPerHour) && Number.isSafeInteger(uptimeSecondsMin);
  if (!isWhole || milliPerHour < 0 || milliPerHour > RATE_MILLI_MAX) return err("badAmount");
  if (uptimeSecondsMin < 1 || uptimeSecondsMin > UPTIME_SECONDS_MAX) return err("badAmount");
  return ok(undefined);
}

export function checkGrant({
  taskId,
  zone,
  xp,
  eventType,
}: Omit<Extract<WalletsCommand, { type: "GrantXp" }>, "replyTo">): Result<void, WalletRefusal> {
  const isWhole = Number.isSafeInteger(taskId) && Number.isSafeInteger(xp);
  if (!isWhole || taskId < 1 || !ZONE_NAME.test(zone) || !TYPE_NAME.test(eventType)) {
    return err("badOrder");
  }
  return xp < 1 || xp > XP_GRANT_MAX ? err("badAmount") : ok(undefined);
}
