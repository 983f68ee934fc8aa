/** The agent's mind, live: its models, when it thinks next, and each cycle with what it saw, thought and did. */
import { type FormEvent, useState } from "react";
import type { AgentStateItem } from "../../../transports/http/office/agent-contract.ts";
import { nodeNowMs } from "../clock.ts";
import { formatAge, formatClock, formatCompact, formatDuration } from "../format.ts";
import { useNowS, useRowsWanted } from "../live/live.ts";
import { useCycle, useCycleIds, useModels } from "../live/office.ts";
import type { ModelHealth } from "../live/office-items.ts";
import { go, useRoute } from "../navigation.ts";
import { fetchAgent, startCycle } from "../office-api.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { Icon } from "../parts/icons.tsx";
import { useAct } from "../parts/use-act.ts";
import { useOnce } from "../parts/use-once.ts";
import { useRovingFocus } from "../parts/use-roving-focus.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { useWho } from "../session.ts";
import { language, t, wordOf } from "../strings.ts";
import { CycleCard } from "./cycle-card.tsx";
import { ExplainPanel } from "./explain-panel.tsx";

export function AgentView() {
  useRowsWanted(null, "none");
  const { rest } = useRoute();
  const ids = useCycleIds();
  const [first, second] = rest;
  return (
    <>
      <ViewTitle title={t("view.agent")}>
        <NextCycle newest={ids[0]} />
      </ViewTitle>
      <Models />
      {ids.length === 0 ? (
        <div className="panel mt-4 grid justify-items-center gap-2 py-14 text-center">
          <Icon name="agent" className="size-8 text-ink-3" />
          <p>{t("agent.none")}</p>
          <p className="text-ink-3 text-xs">{t("agent.noneHint")}</p>
        </div>
      ) : (
        <Timeline ids={ids} linked={first === "why" ? undefined : first} />
      )}
      {first === "why" && second !== undefined && (
        <ExplainPanel id={second} onClose={() => go(hrefOf("agent"))} />
      )}
    </>
  );
}

function NextCycle({ newest }: { newest: string | undefined }) {
  const nowMs = useNowS() * 1_000;
  const cycle = useCycle(newest ?? "");
  const { may } = useWho();
  const [note, setNote] = useState("");
  /** After a wish no more is known than when it is due. */
  const [state, setState] = useState<
    Partial<AgentStateItem> & Pick<AgentStateItem, "nextCycleAtMs">
  >();
  const { outcome, act, isBusy } = useAct();
  const isThinking = cycle?.outcome === "running";
  useOnce(`${newest} ${isThinking}`, async (signal) => {
    const answer = await fetchAgent(signal);
    if (answer.ok) setState(answer.value);
  });
  const dueMs = state?.nextCycleAtMs ?? null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const due = await act(
      () => startCycle(note.trim()),
      ({ atMs }) => t("agent.due", { time: formatClock(atMs) }),
    );
    if (due === undefined) return;
    setNote("");
    setState((before) => ({ ...before, nextCycleAtMs: due.atMs }));
  };
  const when = isThinking
    ? t("agent.thinking")
    : state?.budget?.isReached === true
      ? t("agent.spent", { time: formatClock(state.budget.renewsAtMs) })
      : dueMs === null
        ? t("agent.idle")
        : dueMs - nodeNowMs() < 1_000
          ? t("agent.nextSoon")
          : t("agent.next", { age: formatAge(dueMs - nowMs) });
  return (
    <div className="flex min-w-0 flex-wrap items-center justify-end gap-x-4 gap-y-2">
      <p
        data-thinking={isThinking}
        className={`flex items-center gap-2 ${isThinking ? "text-accent" : "text-ink-3"}`}
      >
        <span
          aria-hidden="true"
          className={`size-2 rounded-full bg-current ${isThinking ? "breathes" : "opacity-40"}`}
        />
        {when}
      </p>
      <form onSubmit={(event) => void submit(event)} className="flex min-w-0 gap-2">
        <input
          aria-label={t("agent.note")}
          placeholder={t("agent.note")}
          maxLength={500}
          className="field w-64 max-w-full"
          value={note}
          disabled={!may("operator")}
          title={may("operator") ? undefined : t("me.needsOperator")}
          onChange={(event) => setNote(event.target.value)}
        />
        <button
          type="submit"
          className="button"
          disabled={isBusy || !may("operator")}
          title={may("operator") ? undefined : t("me.needsOperator")}
        >
          <Icon name="spark" />
          {t("agent.think")}
        </button>
      </form>
      <ActMessage outcome={outcome} />
    </div>
  );
}

function Models() {
  const models = useModels();
  return (
    <section aria-label={t("agent.models")}>
      {models.length === 0 ? (
        <p className="text-ink-3 text-xs">{t("agent.noModels")}</p>
      ) : (
        <ol className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">
          {models.map((model, index) => (
            <Model key={model.model} model={model} place={index + 1} />
          ))}
        </ol>
      )}
      <Budget asked={models.reduce((sum, { requests }) => sum + requests, 0)} />
    </section>
  );
}

/** What a day has taken of its ceilings, told anew when a model was asked. */
function Budget({ asked }: { asked: number }) {
  const [budget, setBudget] = useState<AgentStateItem["budget"]>();
  useOnce(String(asked), async (signal) => {
    const answer = await fetchAgent(signal);
    if (answer.ok) setBudget(answer.value.budget);
  });
  if (budget === undefined) return null;
  const { tokens, tokensMax, cost, costMax, isReached } = budget;
  // Rules think, which take nothing.
  if (tokens === 0 && tokensMax === null && costMax === null) return null;
  const dollars = (sum: number): string => `$${sum.toFixed(2)}`;
  const of = (taken: string, max: string | undefined): string =>
    max === undefined ? taken : t("agent.ofMax", { taken, max });
  return (
    <p data-budget={isReached} className={`mt-2 text-xs ${isReached ? "text-warn" : "text-ink-3"}`}>
      {t("agent.today", {
        tokens: of(
          formatCompact(tokens),
          tokensMax === null ? undefined : formatCompact(tokensMax),
        ),
        cost: of(dollars(cost), costMax === null ? undefined : dollars(costMax)),
      })}
    </p>
  );
}

const STATE_INK = {
  unknown: "text-ink-3",
  ok: "text-accent",
  degraded: "text-warn",
  down: "text-bad",
} as const;

function Model({ model, place }: { model: ModelHealth; place: number }) {
  return (
    <li
      className="panel min-w-0 rounded-xl px-3.5 py-2.5"
      data-model={model.model}
      data-state={model.state}
    >
      <p className="flex items-center gap-2">
        <span className="text-ink-3 text-xs">{place}</span>
        <span className="truncate font-medium" title={model.model}>
          {model.model}
        </span>
        <span className={`ml-auto flex items-center gap-1.5 text-xs ${STATE_INK[model.state]}`}>
          <span aria-hidden="true" className="size-1.5 rounded-full bg-current" />
          {t(`modelState.${model.state}`)}
        </span>
      </p>
      <p className="mt-1 flex flex-wrap gap-x-3 text-ink-3 text-xs">
        <span>{t("agent.requests", { count: formatCompact(model.requests) })}</span>
        {model.faults > 0 && (
          <span className="text-warn">
            {t("agent.faults", { count: formatCompact(model.faults) })}
          </span>
        )}
        <span>
          {t("agent.tokens", {
            count: formatCompact(model.promptTokens + model.completionTokens),
          })}
        </span>
        <span>{model.cost > 0 ? `$${model.cost.toFixed(4)}` : t("agent.free")}</span>
        {model.p50Ms !== null && (
          <span>{t("agent.speed", { time: formatDuration(model.p50Ms) })}</span>
        )}
      </p>
      {model.lastFault !== null && model.state !== "ok" && (
        <p
          className="mt-1 truncate text-warn text-xs"
          title={language() === "en" ? model.lastFault : undefined}
        >
          {wordOf("modelFault", model.lastFaultCode ?? "") ?? model.lastFault}
        </p>
      )}
    </li>
  );
}

function Timeline({ ids, linked }: { ids: readonly string[]; linked: string | undefined }) {
  const roving = useRovingFocus();
  const active = ids.find((id) => id === roving.active) ?? ids[0];
  return (
    <ol aria-label={t("agent.cycles")} className="mt-5" {...roving.handlers}>
      {ids.map((id, index) => (
        <CycleCard
          key={id}
          id={id}
          tabbable={id === active}
          opensItself={index === 0 || id === linked}
          isLinked={id === linked}
        />
      ))}
    </ol>
  );
}
