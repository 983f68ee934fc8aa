/** How long the leaf's battery will last, from what the store remembers of it. */
import { useEffect, useState } from "react";
import type { Leaf } from "../../../transports/http/contract.ts";
import { fetchHistory } from "../api.ts";
import { type BatteryForecast, EMPTY_MV, forecastBattery } from "../battery-forecast.ts";
import { nodeNowMs } from "../clock.ts";
import { formatInteger } from "../format.ts";
import { t } from "../strings.ts";

const HISTORY_MS = 30 * 86_400_000;
/** 180 points in 30 days. */
const STEP_MS = 4 * 3_600_000;
/** More days than this are as good as for ever. */
const DAYS_TOLD_MAX = 1_000;

export function useBatteryForecast({ hub, leafId, readings }: Leaf): string {
  const [forecast, setForecast] = useState<BatteryForecast>({ state: "unknown" });
  const isTold = readings["battery_mv"] !== undefined;
  useEffect(() => {
    if (!isTold) return;
    const abort = new AbortController();
    const toMs = nodeNowMs();
    const range = { fromMs: toMs - HISTORY_MS, toMs, stepMs: STEP_MS };
    void fetchHistory({ hub, leafId, channel: "battery_mv", ...range }, abort.signal).then(
      (answer) => {
        if (abort.signal.aborted) return;
        const rows = answer.ok ? answer.value.rows : [];
        setForecast(forecastBattery(rows.map(({ atMs, value }) => ({ atMs, mv: value }))));
      },
    );
    return () => abort.abort();
  }, [hub, leafId, isTold]);
  return sentence(forecast);
}

function sentence(forecast: BatteryForecast): string {
  if (forecast.state === "unknown") return t("battery.unknown");
  if (forecast.state === "steady" || forecast.daysLeft > DAYS_TOLD_MAX) return t("battery.steady");
  const { daysLeft, atLeast, atMost } = forecast;
  const limit = formatInteger(EMPTY_MV);
  if (daysLeft === 0) return t("battery.empty", { limit });
  const [days, from] = [formatInteger(Math.round(daysLeft)), formatInteger(Math.floor(atLeast))];
  return atMost > DAYS_TOLD_MAX
    ? t("battery.daysAtLeast", { days, from, limit })
    : t("battery.days", { days, from, to: formatInteger(Math.ceil(atMost)), limit });
}
