/** The key of a v2 leaf: changed when an operator says so; and the way for a device to get one. */
import { useState } from "react";
import { changeKey, openPairing } from "../api.ts";
import { formatClock } from "../format.ts";
import { ActMessage } from "../parts/act-message.tsx";
import type { ActOutcome } from "../parts/use-act.ts";
import { t } from "../strings.ts";

/** Time to walk to a device and press its button. */
const PAIRING_S = 120;

export function LeafKeys({ hub, leafId }: { hub: string; leafId: number }) {
  const [outcome, setOutcome] = useState<ActOutcome>({ state: "idle" });
  const [code, setCode] = useState("");
  const busy = outcome.state === "busy";

  const rotate = async () => {
    setOutcome({ state: "busy" });
    const answer = await changeKey(hub, leafId, "rotate");
    setOutcome(
      answer.ok
        ? { state: "done", message: t("keys.rotated") }
        : { state: "failed", message: answer.message },
    );
  };
  const pair = async () => {
    setOutcome({ state: "busy" });
    const installCode = code.replace(/[\s:-]/g, "");
    const answer = await openPairing(hub, {
      forS: PAIRING_S,
      leafId,
      ...(installCode !== "" && { installCode }),
    });
    setOutcome(
      answer.ok
        ? { state: "done", message: t("keys.open", { time: formatClock(answer.value.untilMs) }) }
        : { state: "failed", message: answer.message },
    );
  };
  return (
    <section aria-labelledby="leaf-keys" className="mt-6">
      <h3 id="leaf-keys" className="label mb-1.5">
        {t("keys.title")}
      </h3>
      <div className="panel flex flex-wrap items-center gap-2 rounded-xl p-4">
        <input
          className="field min-w-0 flex-1 basis-56 font-mono"
          aria-label={t("keys.code")}
          placeholder={t("keys.code")}
          spellCheck={false}
          autoComplete="off"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <button type="button" className="button" disabled={busy} onClick={() => void pair()}>
          {t("keys.pair")}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => void rotate()}>
          {t("keys.rotate")}
        </button>
        <div className="basis-full">
          <p className="text-ink-3 text-xs">{t("keys.hint", { seconds: PAIRING_S })}</p>
          <ActMessage outcome={outcome} />
        </div>
      </div>
    </section>
  );
}
