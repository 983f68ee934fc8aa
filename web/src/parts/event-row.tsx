/** One event: when, what, where, and the leaf it is about as a link. */
import { memo } from "react";
import type { Event } from "../../../transports/http/contract.ts";
import { ownWordsOf, sentenceOf } from "../event-sentence.ts";
import { formatClock, kindTitle, titleOf } from "../format.ts";
import { useLeafName } from "../live/live.ts";
import { leafKey } from "../live/store.ts";
import { hrefOf } from "../route.ts";
import { SeverityIcon } from "./severity-icon.tsx";

export const EventRow = memo(function EventRow({ event }: { event: Event }) {
  const { hub, leafId } = event;
  const leafName = useLeafName(leafKey(hub ?? "", leafId ?? -1));
  return (
    <li
      data-event={event.kind}
      className="arrives grid grid-cols-[auto_1fr] items-start gap-x-3 px-4 py-1.5 sm:grid-cols-[auto_4.5rem_11rem_1fr_auto]"
    >
      <span className="pt-0.5">
        <SeverityIcon severity={event.severity} />
      </span>
      <time
        dateTime={new Date(event.atMs).toISOString()}
        className="text-ink-3 max-sm:order-last max-sm:col-start-2 max-sm:text-xs"
      >
        {formatClock(event.atMs)}
        {event.zone !== null && <span className="sm:hidden"> · {titleOf(event.zone)}</span>}
      </time>
      <span className="font-medium max-sm:hidden">{kindTitle(event.kind)}</span>
      <span
        className="min-w-0 text-ink-2 [overflow-wrap:anywhere] max-sm:text-ink"
        title={ownWordsOf(event)}
      >
        {sentenceOf(event, leafName)}
      </span>
      <span className="flex gap-2 text-ink-3 text-xs max-sm:hidden sm:pt-0.5">
        {hub !== null && leafId !== null && (
          <a
            href={hrefOf("leaves", [hub, leafId])}
            className="rounded hover:text-ink hover:underline"
          >
            {leafName ?? `${hub} ${leafId}`}
          </a>
        )}
        {event.zone !== null && <span>{titleOf(event.zone)}</span>}
      </span>
    </li>
  );
});
