/** Sends points to somebody: what it costs is told before, and a second click cannot send twice. */
import { type FormEvent, useEffect, useState } from "react";
import type { FeeItem } from "../../../transports/http/office/wallet-contract.ts";
import { after, newId } from "../clock.ts";
import { formatMilli } from "../format.ts";
import { usePeople } from "../live/office.ts";
import { fetchFee, sendPoints } from "../office-api.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { Field } from "../parts/field.tsx";
import { PersonSelect } from "../parts/person-select.tsx";
import { useAct } from "../parts/use-act.ts";
import { useWho } from "../session.ts";
import { t } from "../strings.ts";

/** Typing settles before the fee is asked. */
const FEE_AFTER_MS = 200;

interface WalletSendProps {
  readonly personId: number;
  readonly balanceMilli: number;
}

export function WalletSend({ personId, balanceMilli }: WalletSendProps) {
  const people = usePeople().filter(({ id, isActive }) => isActive && id !== personId);
  const { may } = useWho();
  const [to, setTo] = useState<number>();
  const [points, setPoints] = useState("");
  const [memo, setMemo] = useState("");
  const [requestId, setRequestId] = useState(newId);
  const { outcome, act, isBusy } = useAct();
  const amount = Number(points);
  const fee = useFee(points === "" || !(amount > 0) ? undefined : amount);
  const totalMilli = Math.round(amount * 1_000) + (fee?.feeMilli ?? 0);
  const problem =
    fee === undefined
      ? undefined
      : fee.below_minimum
        ? t("wallet.belowMinimum", { points: formatMilli(fee.amountMilliMin) })
        : totalMilli > balanceMilli
          ? t("wallet.notEnough")
          : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (to === undefined) return;
    const receiver = people.find(({ id }) => id === to);
    const from = may("operator") ? personId : undefined;
    const done = await act(
      () => sendPoints({ from, to, points: amount, memo: memo.trim(), requestId }),
      () => t("wallet.sent", { points, name: receiver?.displayName ?? to }),
    );
    if (done === undefined) return;
    setPoints("");
    setMemo("");
    setRequestId(newId());
  };
  return (
    <section aria-labelledby="wallet-send" className="panel p-4">
      <h2 id="wallet-send" className="mb-3 font-medium">
        {t("wallet.send")}
      </h2>
      <form onSubmit={(event) => void submit(event)} className="grid gap-3">
        <div className="grid grid-cols-[1fr_7rem] gap-3">
          <Field label={t("wallet.to")}>
            <PersonSelect
              className="w-full"
              people={people}
              value={to}
              nobody={t("wallet.toNobody")}
              isOptional
              onChange={(id) => setTo(id > 0 ? id : undefined)}
            />
          </Field>
          <Field label={t("wallet.points")}>
            <input
              type="number"
              min={0}
              step={1}
              required
              className="field w-full"
              value={points}
              onChange={(event) => setPoints(event.target.value)}
            />
          </Field>
        </div>
        <Field label={t("wallet.memo")}>
          <input
            maxLength={200}
            autoComplete="off"
            className="field w-full"
            value={memo}
            onChange={(event) => setMemo(event.target.value)}
          />
        </Field>
        {fee !== undefined && (
          <dl
            data-fee={fee.feeMilli}
            title={t("wallet.feeHint")}
            className="grid grid-cols-[1fr_auto] gap-y-0.5 rounded-lg bg-raised/60 px-3 py-2 text-xs"
          >
            <dt className="text-ink-3">
              {t("wallet.fee")} ({(fee.fee_rate * 100).toFixed(0)} %)
            </dt>
            <dd className="text-right">{formatMilli(fee.feeMilli)}</dd>
            <dt className="text-ink-3">{t("wallet.total")}</dt>
            <dd className="text-right font-medium">{formatMilli(totalMilli)}</dd>
          </dl>
        )}
        {problem !== undefined && (
          <p role="status" className="text-warn text-xs">
            {problem}
          </p>
        )}
        <div className="flex items-center justify-between gap-3">
          <ActMessage outcome={outcome} />
          <button
            type="submit"
            className="button button-accent ml-auto"
            disabled={
              isBusy ||
              to === undefined ||
              !(amount > 0) ||
              fee === undefined ||
              problem !== undefined
            }
          >
            {t("wallet.sendDo")}
          </button>
        </div>
      </form>
    </section>
  );
}

/** Undefined while it is asked for. */
function useFee(points: number | undefined): FeeItem | undefined {
  const [fee, setFee] = useState<FeeItem>();
  useEffect(() => {
    setFee(undefined);
    if (points === undefined) return;
    const abort = new AbortController();
    const cancel = after(FEE_AFTER_MS, () => {
      void fetchFee(points, abort.signal).then((answer) => {
        if (answer.ok && !abort.signal.aborted) setFee(answer.value);
      });
    });
    return () => {
      cancel();
      abort.abort();
    };
  }, [points]);
  return fee;
}
