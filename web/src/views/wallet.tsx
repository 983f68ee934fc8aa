/** Points: what one has, what came and went, and a way to send some; asked again whenever the ledger grows. */
import { useEffect, useState } from "react";
import type { WalletHistoryItem } from "../../../transports/http/office/wallet-contract.ts";
import { formatDayAndClock, formatInteger, formatMilli } from "../format.ts";
import { useRowsWanted } from "../live/live.ts";
import { useLedgerHead, usePeople, useTask } from "../live/office.ts";
import { memoWords } from "../memo-words.ts";
import { go, useRoute } from "../navigation.ts";
import { fetchWallet } from "../office-api.ts";
import { PersonSelect } from "../parts/person-select.tsx";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { useWho } from "../session.ts";
import { t, wordOf } from "../strings.ts";
import { ExplainPanel } from "./explain-panel.tsx";
import { WalletDevices, WalletSupply } from "./wallet-devices.tsx";
import { WalletSend } from "./wallet-send.tsx";

/** About a screen. */
const PAGE = 12;

export function WalletView() {
  useRowsWanted(null, "none");
  const { rest } = useRoute();
  const { person, may } = useWho();
  const people = usePeople();
  const [first, second] = rest;
  const wanted = Number(first);
  const shownId = may("operator") && Number.isInteger(wanted) && wanted > 0 ? wanted : person?.id;
  return (
    <>
      <ViewTitle title={t("view.wallet")}>
        {may("operator") && (
          <label className="flex items-center gap-2 text-ink-3">
            {t("wallet.of")}
            <PersonSelect
              people={people}
              value={shownId}
              nobody={t("me.nobody")}
              onChange={(id) => go(hrefOf("wallet", [id]))}
            />
          </label>
        )}
      </ViewTitle>
      {shownId === undefined ? (
        <p className="py-16 text-center text-ink-2">{t("wallet.none")}</p>
      ) : (
        <Wallet key={shownId} personId={shownId} />
      )}
      {first === "why" && second !== undefined && (
        <ExplainPanel id={second} onClose={() => go(hrefOf("wallet"))} />
      )}
    </>
  );
}

function Wallet({ personId }: { personId: number }) {
  const [offset, setOffset] = useState(0);
  const { wallet, problem } = useWallet(personId, offset);
  const { person, may } = useWho();
  if (wallet === undefined) {
    return <p className="py-16 text-center text-ink-2">{problem ?? t("api.loading")}</p>;
  }
  const maySend = may("operator") || (may("member") && person?.id === personId);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
      <div className="grid min-w-0 gap-4">
        <section className="panel p-5">
          <p className="label">{t("wallet.balance")}</p>
          <p data-balance={wallet.balanceMilli}>
            <span className="font-light text-4xl text-accent tracking-tight">
              {formatMilli(wallet.balanceMilli)}
            </span>{" "}
            <span className="text-ink-3">{t("points.unit")}</span>
          </p>
        </section>
        <History wallet={wallet} personId={personId} offset={offset} onPage={setOffset} />
      </div>
      <div className="grid min-w-0 gap-4">
        {maySend && <WalletSend personId={personId} balanceMilli={wallet.balanceMilli} />}
        <WalletDevices personId={personId} />
        <WalletSupply />
      </div>
    </div>
  );
}

function useWallet(personId: number, offset: number) {
  const head = useLedgerHead();
  const [wallet, setWallet] = useState<WalletHistoryItem>();
  const [problem, setProblem] = useState<string>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another head of the ledger may be another balance.
  useEffect(() => {
    const abort = new AbortController();
    void fetchWallet(personId, { limit: PAGE, offset }, abort.signal).then((answer) => {
      if (abort.signal.aborted) return;
      if (answer.ok) setWallet(answer.value);
      else setProblem(answer.message);
    });
    return () => abort.abort();
  }, [personId, offset, head?.hash]);
  return { wallet, problem };
}

interface HistoryProps {
  readonly wallet: WalletHistoryItem;
  readonly personId: number;
  readonly offset: number;
  onPage(offset: number): void;
}

function History({ wallet, personId, offset, onPage }: HistoryProps) {
  const { transfers, hasMore } = wallet;
  return (
    <section aria-labelledby="wallet-history" className="panel overflow-hidden">
      <header className="flex items-center justify-between gap-3 px-4 pt-3 pb-2">
        <h2 id="wallet-history" className="font-medium">
          {t("wallet.history")}
        </h2>
        {(offset > 0 || hasMore) && (
          <span className="flex items-center gap-2">
            <span className="text-ink-3 text-xs">
              {t("wallet.page", {
                from: formatInteger(offset + 1),
                to: formatInteger(offset + transfers.length),
              })}
            </span>
            <button
              type="button"
              className="button"
              disabled={offset === 0}
              onClick={() => onPage(Math.max(0, offset - PAGE))}
            >
              {t("wallet.newer")}
            </button>
            <button
              type="button"
              className="button"
              disabled={!hasMore}
              onClick={() => onPage(offset + PAGE)}
            >
              {t("wallet.older")}
            </button>
          </span>
        )}
      </header>
      {transfers.length === 0 ? (
        <p className="px-4 pt-2 pb-6 text-ink-3">{t("wallet.empty")}</p>
      ) : (
        <table className="w-full table-fixed">
          <thead className="sr-only">
            <tr>
              <th scope="col">{t("wallet.when")}</th>
              <th scope="col">{t("wallet.what")}</th>
              <th scope="col">{t("wallet.amount")}</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {transfers.map((transfer) => (
              <Line key={transfer.id} transfer={transfer} account={`person:${personId}`} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface LineProps {
  readonly transfer: WalletHistoryItem["transfers"][number];
  readonly account: string;
}

function Line({ transfer, account }: LineProps) {
  const mine = transfer.legs.filter((leg) => leg.account === account);
  const amountMilli = mine.reduce((sum, leg) => sum + leg.amountMilli, 0);
  const at = transfer.legs.findLastIndex((leg) => leg.account === account);
  const afterMilli = transfer.balancesMilli[at];
  const isIn = amountMilli > 0;
  const others = [
    ...new Set(
      transfer.legs
        .filter((leg) => leg.account !== account && leg.account !== "issuer")
        .map((leg) => leg.account),
    ),
  ];
  const kind = transfer.kind === "p2p_transfer" && isIn ? "p2p_received" : transfer.kind;
  return (
    <tr data-transfer={transfer.id} data-kind={transfer.kind}>
      <td className="w-44 py-2.5 pr-3 pl-4 align-top text-ink-3 text-xs max-sm:hidden">
        <time dateTime={new Date(transfer.atMs).toISOString()}>
          {formatDayAndClock(transfer.atMs)}
        </time>
      </td>
      <td className="py-2.5 pr-3 align-top max-sm:pl-4">
        <p>
          {wordOf("transferKind", kind) ?? kind}
          {others.map((other) => (
            <Account key={other} account={other} />
          ))}
        </p>
        <p className="text-ink-3 text-xs [overflow-wrap:anywhere]">
          <time dateTime={new Date(transfer.atMs).toISOString()} className="block sm:hidden">
            {formatDayAndClock(transfer.atMs)}
          </time>
          {memoWords(transfer)}
          {transfer.causeId?.startsWith("task:") && (
            <a
              href={hrefOf("wallet", ["why", transfer.causeId])}
              className="ml-2 rounded text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
            >
              {t("tasks.why")}
            </a>
          )}
        </p>
      </td>
      <td
        className={`w-28 whitespace-nowrap py-2.5 pr-4 text-right align-top ${isIn ? "text-accent" : ""}`}
      >
        {isIn ? "+" : "−"}
        {formatMilli(Math.abs(amountMilli))}
        {afterMilli !== undefined && (
          <p className="text-ink-3 text-xs">{formatMilli(afterMilli)}</p>
        )}
      </td>
    </tr>
  );
}

function Account({ account }: { account: string }) {
  const people = usePeople();
  const [kind = "", name = ""] = account.split(":", 2);
  const task = useTask(kind === "task" ? Number(name) : 0);
  const shown =
    kind === "person"
      ? (people.find(({ id }) => String(id) === name)?.displayName ?? `#${name}`)
      : kind === "task"
        ? (task?.title ?? t("account.task", { id: name }))
        : t("account.device", { name });
  return <span className="text-ink-2"> · {shown}</span>;
}
