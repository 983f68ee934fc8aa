/** Leaves that no zone uses until an operator has decided: strangers and disputed ones. */
import type { LeafAct } from "../../../transports/http/contract.ts";
import { formatInteger } from "../format.ts";
import { useLeaf } from "../live/live.ts";
import { currentRoute } from "../navigation.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { Icon } from "../parts/icons.tsx";
import { useLeafAct } from "../parts/use-leaf-act.ts";
import { hrefOf } from "../route.ts";
import { type StringKey, t } from "../strings.ts";

/** The grid below stays in sight; more are a case for the filter. */
const WAITING_SHOWN_MAX = 8;

export function WaitingLeaves({ keys }: { keys: readonly string[] }) {
  return (
    <section aria-labelledby="waiting" className="panel mb-4 border-warn/40 p-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="waiting" className="flex items-center gap-2 font-medium">
          <Icon name="warning" className="size-4 text-warn" />
          {t("leaves.waiting")}
        </h2>
        <p className="text-ink-3 text-xs">{t("leaves.waitingHint")}</p>
      </div>
      <ul className="mt-3 grid gap-x-8 gap-y-2 lg:grid-cols-2">
        {keys.slice(0, WAITING_SHOWN_MAX).map((key) => (
          <WaitingLeaf key={key} leafKey={key} />
        ))}
      </ul>
      {keys.length > WAITING_SHOWN_MAX && (
        <p className="mt-2 text-ink-3 text-xs">
          {t("leaves.moreWaiting", { count: formatInteger(keys.length - WAITING_SHOWN_MAX) })}
        </p>
      )}
    </section>
  );
}

function WaitingLeaf({ leafKey }: { leafKey: string }) {
  const leaf = useLeaf(leafKey);
  const { outcome, act } = useLeafAct(leaf?.hub ?? "", leaf?.leafId ?? 0);
  if (leaf === undefined) return null;
  const disputed = leaf.standing === "disputed";
  const button = (label: StringKey, what: LeafAct, done: StringKey) => (
    <button
      type="button"
      className="button"
      disabled={outcome.state === "busy"}
      aria-label={`${t(label)} ${leaf.name}`}
      onClick={() => void act(what, () => t(done))}
    >
      {t(label)}
    </button>
  );
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1" data-waiting={leafKey}>
      <div className="min-w-0 flex-1 basis-44">
        <a
          href={hrefOf("leaves", [leaf.hub, leaf.leafId], currentRoute().query)}
          className="rounded font-medium hover:underline"
        >
          {leaf.name}
        </a>{" "}
        <span className="text-ink-3">{leaf.hub}</span>
        <p className="text-ink-2 text-xs">
          {disputed
            ? t("leaves.disputedHint", {
                hardware: leaf.hardware ?? "?",
                claimed: leaf.claimedHardware ?? "?",
              })
            : t("leaves.strangerHint")}
        </p>
        <ActMessage outcome={outcome} />
      </div>
      {disputed ? (
        <span className="flex gap-2">
          {button("leaves.agree", { act: "agreeHardware" }, "leaf.agreeDone")}
          {button("leaves.keep", { act: "keepHardware" }, "leaf.keepDone")}
        </span>
      ) : (
        button("leaves.adopt", { act: "adopt" }, "leaf.adoptDone")
      )}
    </li>
  );
}
