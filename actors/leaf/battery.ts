/** When a leaf's battery counts as low, and how often that is worth an event. Pure. */

/** A cell that recovers in the sun gives some tens of mV more; less is the noise of the converter. */
const RECOVERED_BY_MV = 100;
/** Someone has to bring a new one: once a day is enough to be told. */
const NEWS_EVERY_MS = 86_400_000;

/** What has changed; undefined when nothing has. 0 mV means that the leaf does not know. */
export function judgeBattery(
  batteryMv: number,
  limitMv: number,
  isLow: boolean,
): "low" | "recovered" | undefined {
  if (!isLow) return batteryMv > 0 && batteryMv < limitMv ? "low" : undefined;
  return batteryMv >= limitMv + RECOVERED_BY_MV ? "recovered" : undefined;
}

/** `toldAtMs` 0: never. */
export const isBatteryNews = (toldAtMs: number, nowMs: number): boolean =>
  toldAtMs === 0 || nowMs - toldAtMs >= NEWS_EVERY_MS;
