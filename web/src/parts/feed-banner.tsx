/** Says that what is shown is a memory, since when, and offers not to wait. */
import { useEffect, useState } from "react";
import { nowMs } from "../clock.ts";
import { formatClock } from "../format.ts";
import { feed, useConnection, useNode } from "../live/live.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";

export function FeedBanner() {
  const lost = useConnection().state === "waiting";
  const node = useNode();
  const [lostAtMs, setLostAtMs] = useState<number>();
  useEffect(() => {
    if (lost) setLostAtMs((before) => before ?? nowMs());
    else setLostAtMs(undefined);
  }, [lost]);

  if (!lost) return null;
  return (
    <div role="alert" data-banner="feed" className="border-warn/30 border-b bg-warn/12">
      <div className="mx-auto flex max-w-[110rem] items-center gap-3 px-3 py-2 sm:px-6">
        <Icon name="warning" className="size-4 text-warn" />
        <p className="min-w-0 flex-1">
          {node === undefined
            ? t("feed.never")
            : t("feed.lost", { time: formatClock(lostAtMs ?? nowMs()) })}
        </p>
        <button type="button" className="button" onClick={feed.retryNow}>
          {t("feed.retry")}
        </button>
      </div>
    </div>
  );
}
