/** How the kernel does: the threads with their load, and the messages that reached nobody. */
import type { Kernel, Thread } from "../../../transports/http/contract.ts";
import { formatClock, formatCompact, formatRate } from "../format.ts";
import { useKernel } from "../live/live.ts";
import { Meter } from "../parts/meter.tsx";
import { t, wordOf } from "../strings.ts";

export const threadName = (thread: number): string =>
  thread === 0 ? t("tree.threadMain") : t("tree.threadName", { thread });

export function Threads() {
  const { threads } = useKernel();
  return (
    <ul className="mb-4 grid grid-cols-2 gap-2 sm:grid-cols-[repeat(auto-fit,minmax(13rem,1fr))]">
      {threads.map((thread) => (
        <ThreadCard key={thread.thread} thread={thread} />
      ))}
    </ul>
  );
}

function ThreadCard({
  thread: { thread, rate, busyShare, actors, heapBytes, full },
}: {
  thread: Thread;
}) {
  const percent = Math.round((busyShare ?? 0) * 100);
  return (
    <li className="panel rounded-xl px-4 py-2.5" data-thread={thread}>
      <p className="label flex items-center gap-2">
        {threadName(thread)}
        <Meter value={percent} max={100} label={t("tree.busy", { percent })} />
        <span>{percent} %</span>
      </p>
      <p>
        <span className="text-xl tracking-tight">{formatRate(rate)}</span>{" "}
        <span className="text-ink-3 text-xs">{t("tree.messages")}</span>
      </p>
      <p className="text-ink-3 text-xs">
        {t("tree.threadActors", { actors: formatCompact(actors) })} ·{" "}
        <span className="whitespace-nowrap">
          {t("tree.heap", { megabytes: Math.round(heapBytes / 1e6) })}
        </span>
        {full > 0 && ` · ${t("tree.full", { count: formatCompact(full) })}`}
      </p>
    </li>
  );
}

export function DeadLetters() {
  const { deadLetters } = useKernel();
  const reasons = Object.entries(deadLetters.byReason).filter(([, count]) => count > 0);
  return (
    <section className="panel mt-4 px-4 py-3" aria-labelledby="dead-letters">
      <h2 id="dead-letters" className="label mb-1.5">
        {t("letters.title")}
      </h2>
      {reasons.length === 0 ? (
        <p className="text-ink-2">{t("letters.none")}</p>
      ) : (
        <>
          <ul className="mb-2 flex flex-wrap gap-x-5 gap-y-1">
            {reasons.map(([reason, count]) => (
              <li key={reason} data-reason={reason}>
                <span className="text-warn">{formatCompact(count)}</span>{" "}
                <span className="text-ink-2">{wordOf("deadLetter", reason) ?? reason}</span>
              </li>
            ))}
          </ul>
          <Last last={deadLetters.last} />
        </>
      )}
    </section>
  );
}

/** Newest first: they are looked at when something has just gone wrong. */
function Last({ last }: { last: Kernel["deadLetters"]["last"] }) {
  const shown = last.slice(-LAST_SHOWN).reverse();
  return (
    <ol className="text-ink-3 text-xs">
      {shown.map(({ atMs, path, type, reason, thread }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: letters have no identity, and the list is short.
        <li key={index} className="flex flex-wrap gap-x-3">
          <span>{formatClock(atMs)}</span>
          <span className="text-ink-2">{type}</span>
          <span className="min-w-0 truncate">{path}</span>
          <span>{wordOf("deadLetter", reason) ?? reason}</span>
          <span>{threadName(thread)}</span>
        </li>
      ))}
    </ol>
  );
}

/** The last few; the API has more. */
const LAST_SHOWN = 6;
