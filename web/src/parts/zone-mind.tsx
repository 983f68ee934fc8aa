/** What the agent knows of a zone: what is asked of people there, what it last decided, how long it keeps quiet. */
import { formatAge, formatAgo } from "../format.ts";
import { store, useNowS } from "../live/live.ts";
import { useCycle, useCycleIds, useTasks } from "../live/office.ts";
import { t, wordOf } from "../strings.ts";
import { type Decision, lastDecision } from "../zone-decisions.ts";
import { Icon } from "./icons.tsx";

/** As the agent's rules have it: who has been spoken to is left in peace. */
const SPEAK_COOLDOWN_MS = 300_000;

export function ZoneMind({ zone }: { zone: string }) {
  const ids = useCycleIds();
  useCycle(ids[0] ?? "");
  const nowMs = useNowS() * 1_000;
  const open = useTasks().filter(
    (task) => task.zone === zone && ["open", "accepted", "paying"].includes(task.state),
  ).length;
  const cycles = ids.map((id) => store.office.cycle(id)).filter((one) => one !== undefined);
  const decision = lastDecision(zone, cycles);
  const spoke = lastDecision(zone, cycles, "speak");
  const quietMs =
    spoke?.outcome === "done" ? Math.max(0, spoke.atMs + SPEAK_COOLDOWN_MS - nowMs) : 0;
  if (open === 0 && decision === undefined) return null;
  return (
    <div data-mind={zone} className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs">
      {open > 0 && (
        <span className="flex items-center gap-1.5 text-accent" data-open-tasks={open}>
          <Icon name="tasks" className="size-3.5" />
          {t("zone.tasks", { count: open })}
        </span>
      )}
      {decision !== undefined && <Decided decision={decision} nowMs={nowMs} />}
      {quietMs > 0 && (
        <span className="flex items-center gap-1.5 text-ink-3">
          <Icon name="soundOff" className="size-3.5" />
          {t("zone.spoke", { age: formatAge(quietMs) })}
        </span>
      )}
    </div>
  );
}

function Decided({ decision, nowMs }: { decision: Decision; nowMs: number }) {
  const what = wordOf("tool", decision.tool) ?? decision.tool;
  const isDone = decision.outcome === "done" || decision.outcome === "running";
  return (
    <span className={`flex items-center gap-1.5 ${isDone ? "text-ink-2" : "text-warn"}`}>
      <Icon name="agent" className="size-3.5" />
      {t("zone.decision", {
        ago: formatAgo(nowMs - decision.atMs),
        what: isDone ? what : `${what} (${t(`callOutcome.${decision.outcome}`)})`,
      })}
    </span>
  );
}
