/** Renames a leaf or moves it to another zone; a refusal is shown as the node words it. */
import { type FormEvent, useId, useState } from "react";
import type { Leaf, LeafAct } from "../../../transports/http/contract.ts";
import { titleOf } from "../format.ts";
import { useZoneNames } from "../live/live.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { useLeafAct } from "../parts/use-leaf-act.ts";
import { t } from "../strings.ts";

export function LeafForms({ leaf }: { leaf: Leaf }) {
  const zones = useZoneNames();
  return (
    <section aria-labelledby="leaf-change" className="mt-6">
      <h3 id="leaf-change" className="label mb-1.5">
        {t("leaf.change")}
      </h3>
      <div className="panel grid gap-4 rounded-xl p-4 sm:grid-cols-2">
        <ActForm
          leaf={leaf}
          label={t("leaf.rename")}
          button={t("leaf.renameDo")}
          current={leaf.name}
          act={(name) => ({ act: "rename", name })}
          done={({ name }) => t("leaf.renameDone", { name })}
        />
        <ActForm
          leaf={leaf}
          label={t("leaf.move")}
          button={t("leaf.moveDo")}
          current={leaf.zone}
          suggestions={zones}
          act={(zone) => ({ act: "move", zone })}
          done={({ zone }) => t("leaf.moveDone", { zone: titleOf(zone) })}
        />
      </div>
    </section>
  );
}

interface ActFormProps {
  readonly leaf: Leaf;
  readonly label: string;
  readonly button: string;
  readonly current: string;
  readonly suggestions?: readonly string[];
  act(value: string): LeafAct;
  done(leaf: Leaf): string;
}

function ActForm({ leaf, label, button, current, suggestions, act, done }: ActFormProps) {
  const id = useId();
  const { outcome, act: send } = useLeafAct(leaf.hub, leaf.leafId);
  /** What someone typed; until then the field follows the leaf. */
  const [typed, setTyped] = useState<string>();
  const value = (typed ?? current).trim();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(act(value), done);
  };
  return (
    <form onSubmit={submit} className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-ink-3 text-xs">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          className="field w-full"
          value={typed ?? current}
          list={suggestions && `${id}-list`}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={outcome.state === "failed"}
          aria-describedby={`${id}-outcome`}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button
          type="submit"
          className="button"
          disabled={outcome.state === "busy" || value === "" || value === current}
        >
          {button}
        </button>
      </div>
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map((zone) => (
            <option key={zone} value={zone}>
              {titleOf(zone)}
            </option>
          ))}
        </datalist>
      )}
      <div id={`${id}-outcome`} className="mt-1">
        <ActMessage outcome={outcome} />
      </div>
    </form>
  );
}
