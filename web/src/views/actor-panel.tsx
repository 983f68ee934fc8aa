/** One actor's own sheet: its counters, and how long each type of its messages waited and took. */
import { useEffect, useState } from "react";
import type { ActorDetail, Percentiles } from "../../../transports/http/contract.ts";
import { type Answer, fetchActor } from "../api.ts";
import { every } from "../clock.ts";
import { formatCompact, formatDuration, formatInteger, formatRate } from "../format.ts";
import { Sheet } from "../parts/sheet.tsx";
import { t } from "../strings.ts";

/** Twice as long as the node takes between two looks. */
const PERIOD_MS = 2_000;

interface ActorPanelProps {
  readonly path: string;
  onClose(): void;
}

export function ActorPanel({ path, onClose }: ActorPanelProps) {
  const answer = useActor(path);
  return (
    <Sheet
      id="actor-name"
      title={path.split("/").at(-1) ?? path}
      subtitle={<p className="truncate text-ink-3">{path}</p>}
      actor={answer?.ok ? path : undefined}
      onClose={onClose}
    >
      {answer === undefined ? (
        <p className="py-10 text-ink-2">{t("api.loading")}</p>
      ) : answer.ok ? (
        <>
          <Facts actor={answer.value} />
          <Types actor={answer.value} />
        </>
      ) : (
        <p className="py-10 text-ink-2">{answer.message}</p>
      )}
    </Sheet>
  );
}

function useActor(path: string): Answer<ActorDetail> | undefined {
  const [answer, setAnswer] = useState<Answer<ActorDetail>>();
  useEffect(() => {
    const leave = new AbortController();
    const look = async () => {
      const next = await fetchActor(path, leave.signal);
      if (!leave.signal.aborted) setAnswer(next);
    };
    void look();
    const stop = every(PERIOD_MS, () => void look());
    return () => {
      stop();
      leave.abort();
    };
  }, [path]);
  return answer;
}

function Facts({ actor }: { actor: ActorDetail }) {
  const { mailboxDepth: depth, mailboxCapacity: capacity, failures, restarts } = actor;
  const rows: readonly (readonly [title: string, value: string, bad?: boolean])[] = [
    [
      t("tree.mailbox"),
      t("tree.depth", { depth: formatInteger(depth), capacity: formatInteger(capacity) }),
    ],
    [t("tree.rate"), t("rate.perSecond", { rate: formatRate(actor.rate ?? undefined) })],
    [t("tree.processed"), formatCompact(actor.processed)],
    [
      t("tree.thread"),
      actor.thread === 0 ? t("tree.threadMain") : t("tree.threadName", { thread: actor.thread }),
    ],
    [t("tree.failures"), formatInteger(failures), failures > 0],
    [t("tree.restarts"), formatInteger(restarts), restarts > 0],
  ];
  return (
    <dl className="panel grid gap-x-8 rounded-xl px-4 py-1.5 sm:grid-cols-2">
      {rows.map(([title, value, bad]) => (
        <div key={title} className="flex justify-between gap-4 py-1.5">
          <dt className="shrink-0 text-ink-3">{title}</dt>
          <dd className={`min-w-0 text-right ${bad ? "text-warn" : ""}`}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Types({ actor: { times, types } }: { actor: ActorDetail }) {
  if (times === null) return <p className="py-6 text-ink-2">{t("actor.noTimes")}</p>;
  return (
    <section aria-labelledby="actor-times" className="mt-6">
      <h3 id="actor-times" className="label mb-1.5">
        {t("actor.times")}
      </h3>
      <div className="panel overflow-x-auto rounded-xl px-4 py-2">
        <table className="w-full text-right">
          <thead className="label">
            <tr>
              <th className="text-left font-normal" rowSpan={2}>
                {t("actor.type")}
              </th>
              <th className="font-normal" rowSpan={2}>
                {t("actor.samples")}
              </th>
              <th className="font-normal" colSpan={3}>
                {t("tree.wait")}
              </th>
              <th className="font-normal" colSpan={3}>
                {t("tree.handler")}
              </th>
            </tr>
            <tr>
              {["wait", "handler"].flatMap((kind) =>
                (["p50", "p99", "max"] as const).map((name) => (
                  <th key={`${kind} ${name}`} className="pl-3 font-normal">
                    {t(`actor.${name}`)}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {types.map(({ type, wait, handler }) => (
              <Line key={type} name={type} wait={wait} handler={handler} />
            ))}
            {types.length > 1 && (
              <Line name={t("actor.all")} wait={times.wait} handler={times.handler} faint />
            )}
          </tbody>
        </table>
      </div>
      <p className="mt-1.5 text-ink-3 text-xs">{t("actor.sampled")}</p>
    </section>
  );
}

interface LineProps {
  readonly name: string;
  readonly wait: Percentiles;
  readonly handler: Percentiles;
  readonly faint?: boolean;
}

function Line({ name, wait, handler, faint = false }: LineProps) {
  return (
    <tr className={faint ? "text-ink-3" : ""} data-type={name}>
      <th className="max-w-56 truncate py-1 text-left font-normal">{name}</th>
      <td className="text-ink-3">{formatCompact(wait.samples)}</td>
      <Cells of={wait} />
      <Cells of={handler} />
    </tr>
  );
}

function Cells({ of: { p50Ms, p99Ms, maxMs } }: { of: Percentiles }) {
  return (
    <>
      <td className="pl-3">{formatDuration(p50Ms)}</td>
      <td className="pl-3">{formatDuration(p99Ms)}</td>
      <td className="pl-3">{formatDuration(maxMs)}</td>
    </>
  );
}
