/** The node itself: what it runs on, whether store and broker do their work, what its hubs count. */
import { useEffect, useState } from "react";
import type { Health, Hub, NodeInfo } from "../../../transports/http/contract.ts";
import { type Answer, fetchHealth } from "../api.ts";
import { every } from "../clock.ts";
import {
  formatAge,
  formatCompact,
  formatDayAndClock,
  formatInteger,
  formatRate,
  titleOf,
} from "../format.ts";
import { store, useHubs, useNode, useNowS, useRowsWanted } from "../live/live.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { t, wordOf } from "../strings.ts";

/** Checks change when something breaks; what the feed tells of store and broker is asked about at once. */
const HEALTH_PERIOD_MS = 10_000;

export function NodeView() {
  useRowsWanted(null, "none");
  const node = useNode();
  const hubs = useHubs();
  if (node === undefined) return <p className="py-16 text-center text-ink-2">{t("api.loading")}</p>;
  return (
    <>
      <ViewTitle title={node.node}>
        <p className="text-ink-3">{t("node.versionOf", { version: node.version })}</p>
      </ViewTitle>
      <div className="grid gap-3 sm:gap-4 lg:grid-cols-2">
        <About node={node} />
        <HealthChecks node={node} />
      </div>
      <h2 className="mt-6 mb-3 font-semibold text-base tracking-tight">{t("node.hubs")}</h2>
      {hubs.length === 0 ? (
        <p className="text-ink-2">{t("node.noHubs")}</p>
      ) : (
        <ul className="grid gap-3 sm:gap-4 lg:grid-cols-2">
          {hubs.map((hub) => (
            <HubCard key={hub.hub} hub={hub} />
          ))}
        </ul>
      )}
    </>
  );
}

function About({ node }: { node: NodeInfo }) {
  const nowS = useNowS();
  return (
    <section className="panel p-4" aria-label={t("node.about")}>
      <dl className="grid gap-2.5">
        <Fact title={t("node.started")} value={formatDayAndClock(node.startedAtMs)} />
        <Fact title={t("node.uptime")} value={formatAge(nowS * 1_000 - node.startedAtMs)} />
        <Fact title={t("node.threads")} value={formatInteger(node.threads)} />
        <Fact title={t("health.store")} value={node.storeDir} isAddress />
        <Fact title={t("health.broker")} value={node.broker.url} isAddress />
      </dl>
    </section>
  );
}

interface FactProps {
  readonly title: string;
  readonly value: string;
  readonly ok?: boolean;
  readonly isAddress?: boolean;
}

function Fact({ title, value, ok, isAddress = false }: FactProps) {
  return (
    <div className="grid grid-cols-[8rem_1fr] gap-3">
      <dt className="text-ink-3">{title}</dt>
      <dd
        className={`flex min-w-0 items-baseline gap-2 [overflow-wrap:anywhere] ${
          ok === false ? "text-bad" : ""
        } ${isAddress ? "font-mono text-ink-2 text-xs leading-6" : ""}`}
      >
        {ok !== undefined && <OkDot ok={ok} />}
        {value}
      </dd>
    </div>
  );
}

const OkDot = ({ ok }: { ok: boolean }) => (
  <span className={`size-2 shrink-0 self-center rounded-full ${ok ? "bg-accent" : "bg-bad"}`} />
);

function HealthChecks({ node }: { node: NodeInfo }) {
  const health = useHealth(`${node.storeHealth} ${node.broker.connected}`);
  return (
    <section className="panel p-4" aria-labelledby="health">
      <h2 id="health" className="label mb-2">
        {t("node.health")}
      </h2>
      {health === undefined && <p className="text-ink-3">{t("api.loading")}</p>}
      {health?.ok === false && <p className="text-bad">{health.message}</p>}
      {health?.ok && (
        <dl className="grid gap-2.5">
          {Object.entries(health.value.checks).map(([name, { ok, code, values, detail }]) => (
            <Fact
              key={name}
              title={wordOf("health", name) ?? titleOf(name)}
              value={wordOf(`health.${name}`, code, values) ?? detail}
              ok={ok}
            />
          ))}
        </dl>
      )}
    </section>
  );
}

function useHealth(cause: string): Answer<Health> | undefined {
  const [health, setHealth] = useState<Answer<Health>>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another cause is a reason to ask again.
  useEffect(() => {
    const abort = new AbortController();
    const ask = () =>
      void fetchHealth(abort.signal).then((answer) => {
        if (!abort.signal.aborted) setHealth(answer);
      });
    ask();
    const stop = every(HEALTH_PERIOD_MS, ask);
    return () => {
      abort.abort();
      stop();
    };
  }, [cause]);
  return health;
}

function HubCard({ hub }: { hub: Hub }) {
  const refused = Object.entries(hub.refused)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const refusedAll = refused.reduce((sum, [, count]) => sum + count, 0);
  const numbers = [
    [t("node.rate"), formatRate(store.rate(`hub:${hub.hub}`)), false],
    [t("node.received"), formatCompact(hub.framesReceived), false],
    [t("node.applied"), formatCompact(hub.framesApplied), false],
    [t("node.refused"), formatCompact(refusedAll), refusedAll > 0],
  ] as const;
  return (
    <li className="panel p-4" data-hub={hub.hub}>
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="truncate font-medium">{hub.hub}</h3>
        <span className="shrink-0 text-ink-3 text-xs">{titleOf(hub.zone)}</span>
      </div>
      <p className="font-mono text-ink-3 text-xs">{hub.address}</p>
      <dl className="mt-3 grid grid-cols-2 gap-3 sm:grid-cols-4">
        {numbers.map(([title, value, alarming]) => (
          <div key={title}>
            <dt className="label">{title}</dt>
            <dd className={`text-xl tracking-tight ${alarming ? "text-warn" : ""}`}>{value}</dd>
          </div>
        ))}
      </dl>
      <a
        href={hrefOf("leaves", [], { hub: hub.hub })}
        className="mt-3 flex items-center gap-3 rounded text-xs"
      >
        <span className="text-ink-3">{t("node.onlineLeaves")}</span>
        <Share online={hub.onlineCount} leaves={hub.leafCount} />
        <span>
          {formatInteger(hub.onlineCount)} / {formatInteger(hub.leafCount)}
        </span>
      </a>
      <dl className="mt-3 grid gap-1 border-line border-t pt-3 text-xs">
        {refused.length === 0 && <p className="text-ink-3">{t("node.noneRefused")}</p>}
        {refused.map(([reason, count]) => (
          <div key={reason} className="flex items-center gap-3">
            <dt className="w-36 truncate text-ink-2" title={reason}>
              {wordOf("frameRefusal", reason) ?? reason}
            </dt>
            <dd className="flex flex-1 items-center gap-2">
              <span
                className="h-1.5 rounded-full bg-warn/70"
                style={{ width: `${(count / refusedAll) * 60}%`, minWidth: "0.25rem" }}
              />
              {formatInteger(count)}
            </dd>
          </div>
        ))}
        <div className="flex gap-3">
          <dt className="w-36 text-ink-3">{t("node.lost")}</dt>
          <dd className={hub.lostByKernel ? "text-warn" : "text-ink-3"}>
            {hub.lostByKernel === null ? t("node.lostUnknown") : formatInteger(hub.lostByKernel)}
          </dd>
        </div>
      </dl>
    </li>
  );
}

function Share({ online, leaves }: { online: number; leaves: number }) {
  return (
    <span className="h-1.5 flex-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
      <span
        className="block h-full rounded-full bg-accent"
        style={{ width: `${leaves > 0 ? (online / leaves) * 100 : 0}%` }}
      />
    </span>
  );
}
