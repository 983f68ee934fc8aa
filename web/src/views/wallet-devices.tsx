/** The devices that earn for a wallet, what they may earn, and all points of the office. */
import { useEffect, useState } from "react";
import type {
  DeviceItem,
  RewardRateItem,
  SupplyItem,
} from "../../../transports/http/office/wallet-contract.ts";
import { formatAgo, formatFactor, formatInteger, formatMilli, titleOf } from "../format.ts";
import { useNowS } from "../live/live.ts";
import { useLedgerHead } from "../live/office.ts";
import { fetchDevices, fetchRates, fetchSupply } from "../office-api.ts";
import { t, wordOf } from "../strings.ts";

/** A device's factor is 1 and half of its thousands of XP, at most 3, as the seed has it. */
const factorOf = (xp: number): number => Math.min(3, 1 + (xp / 1_000) * 0.5);

export function WalletDevices({ personId }: { personId: number }) {
  const head = useLedgerHead();
  const nowMs = useNowS() * 1_000;
  const [devices, setDevices] = useState<readonly DeviceItem[]>([]);
  const [rates, setRates] = useState<readonly RewardRateItem[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rewards come with the ledger's growth.
  useEffect(() => {
    const abort = new AbortController();
    void fetchDevices(abort.signal).then((answer) => answer.ok && setDevices(answer.value));
    void fetchRates(abort.signal).then((answer) => answer.ok && setRates(answer.value));
    return () => abort.abort();
  }, [head?.hash]);
  const mine = devices.filter((device) => device.owner_id === personId);
  return (
    <section aria-labelledby="wallet-devices" className="panel p-4">
      <h2 id="wallet-devices" className="mb-2 font-medium">
        {t("wallet.devices")}
      </h2>
      {mine.length === 0 && <p className="text-ink-3 text-xs">{t("wallet.noDevices")}</p>}
      <ul className="grid gap-2.5">
        {mine.map((device) => (
          <li
            key={device.device_id}
            data-device={device.device_id}
            className={device.is_active ? "" : "faded"}
          >
            <p className="flex items-baseline gap-2">
              <span className="truncate">{device.display_name || device.device_id}</span>
              <span className="text-ink-3 text-xs">{deviceTypeTitle(device.device_type)}</span>
              <span className="ml-auto text-accent text-xs">
                {t("wallet.factor", { factor: formatFactor(factorOf(device.xp)) })}
              </span>
            </p>
            <div className="flex items-center gap-2 text-2xs text-ink-3">
              <span
                className="h-1 flex-1 overflow-hidden rounded-full bg-raised"
                aria-hidden="true"
              >
                <span
                  className="block h-full rounded-full bg-thread"
                  style={{ width: `${Math.min(100, device.xp / 40)}%` }}
                />
              </span>
              <span>{t("wallet.xp", { xp: formatInteger(device.xp) })}</span>
              <span>
                {device.lastHeartbeatAtMs === null
                  ? t("wallet.neverHeard")
                  : t("wallet.heard", { ago: formatAgo(nowMs - device.lastHeartbeatAtMs) })}
              </span>
            </div>
          </li>
        ))}
      </ul>
      {rates.length > 0 && (
        <details className="mt-3 text-xs">
          <summary className="rounded text-ink-3">{t("wallet.rates")}</summary>
          <dl className="mt-1.5 grid grid-cols-[1fr_auto] gap-y-0.5">
            {rates.map((rate) => (
              <div key={rate.device_type} className="contents">
                <dt className="text-ink-2">{deviceTypeTitle(rate.device_type)}</dt>
                <dd className="text-right">
                  {formatMilli(rate.rate_per_hour)} {t("points.unit")}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

export function WalletSupply() {
  const head = useLedgerHead();
  const [supply, setSupply] = useState<SupplyItem>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each transfer may issue or burn.
  useEffect(() => {
    const abort = new AbortController();
    void fetchSupply(abort.signal).then((answer) => answer.ok && setSupply(answer.value));
    return () => abort.abort();
  }, [head?.hash]);
  if (supply === undefined) return null;
  const rows = [
    [t("wallet.issued"), formatMilli(supply.issuedMilli)],
    [t("wallet.burned"), formatMilli(supply.burnedMilli)],
    [t("wallet.circulating"), formatMilli(supply.circulatingMilli)],
    [t("wallet.transfers"), formatInteger(supply.transfers)],
  ] as const;
  return (
    <section aria-labelledby="wallet-supply" className="panel p-4">
      <h2 id="wallet-supply" className="mb-2 font-medium">
        {t("wallet.supply")}
      </h2>
      <dl className="grid grid-cols-[1fr_auto] gap-y-1" data-supply={supply.circulatingMilli}>
        {rows.map(([title, value]) => (
          <div key={title} className="contents">
            <dt className="text-ink-3">{title}</dt>
            <dd className="text-right">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 flex items-baseline gap-2 text-xs" title={t("wallet.sealTitle")}>
        <span className="shrink-0 text-ink-3">{t("wallet.head")}</span>
        {supply.transfers === 0 ? (
          <span className="ml-auto text-ink-2">{t("wallet.noSeal")}</span>
        ) : (
          <code className="ml-auto truncate text-2xs text-ink-2">{supply.hash.slice(0, 20)}…</code>
        )}
      </p>
    </section>
  );
}

const deviceTypeTitle = (type: string): string => wordOf("deviceType", type) ?? titleOf(type);
