/** An operator asks people for something. */
import { type FormEvent, useId, useState } from "react";
import { titleOf } from "../format.ts";
import { useZoneNames } from "../live/live.ts";
import { createTask } from "../office-api.ts";
import { Dialog, DialogEnd } from "../parts/dialog.tsx";
import { Field, SelectField } from "../parts/field.tsx";
import { useAct } from "../parts/use-act.ts";
import { type StringKey, t } from "../strings.ts";

/** As the agent's rules have them: no task pays more. */
const BOUNTY_MAX = 5_000;
const TYPES = ["general", "environment", "supply", "urgent"] as const;
const URGENCIES = [0, 1, 2, 3, 4] as const;

export function TaskCreateDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  const zones = useZoneNames();
  const { outcome, act } = useAct();
  const [title, setTitle] = useState("");

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const done = await act(
      () =>
        createTask({
          title: title.trim(),
          description: text("description"),
          zone: text("zone") || null,
          location: text("location") || null,
          bounty: Number(text("bounty")),
          urgency: Number(text("urgency")),
          taskType: text("type"),
          minutes: Number(text("minutes")),
          people: Number(text("people")),
        }),
      (task) => t(task.isDuplicate ? "create.duplicate" : "create.done", { id: task.id }),
    );
    if (done !== undefined) setTitle("");
  };
  return (
    <Dialog id={`${id}-title`} title={t("create.title")} wide onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4 sm:grid-cols-2">
        <Field label={t("create.name")} className="sm:col-span-2">
          <input
            name="title"
            required
            maxLength={200}
            autoComplete="off"
            className="field w-full"
            value={title}
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        <Field label={t("create.description")} className="sm:col-span-2">
          <textarea name="description" rows={2} maxLength={1_000} className="field w-full" />
        </Field>
        <SelectField
          label={t("create.zone")}
          name="zone"
          options={[["", "–"], ...zones.map((zone) => [zone, titleOf(zone)] as const)]}
        />
        <Field label={t("create.location")}>
          <input name="location" maxLength={100} className="field w-full" autoComplete="off" />
        </Field>
        <SelectField
          label={t("create.urgency")}
          name="urgency"
          defaultValue={2}
          options={URGENCIES.map((one) => [one, t(`urgency.${one}` as StringKey)])}
        />
        <SelectField
          label={t("create.type")}
          name="type"
          options={TYPES.map((type) => [type, t(`taskType.${type}`)])}
        />
        <Field label={t("create.bounty")}>
          <input
            name="bounty"
            type="number"
            min={0}
            max={BOUNTY_MAX}
            step={1}
            required
            defaultValue={1_000}
            className="field w-full"
          />
        </Field>
        <div className="grid grid-cols-2 gap-4">
          <Field label={t("create.minutes")}>
            <input
              name="minutes"
              type="number"
              min={1}
              max={480}
              required
              defaultValue={10}
              className="field w-full"
            />
          </Field>
          <Field label={t("create.people")}>
            <input
              name="people"
              type="number"
              min={1}
              max={20}
              required
              defaultValue={1}
              className="field w-full"
            />
          </Field>
        </div>
        <div className="sm:col-span-2">
          <DialogEnd
            outcome={outcome}
            close={t("leaf.close")}
            send={t("create.send")}
            isReady={title.trim() !== ""}
            onClose={onClose}
          />
        </div>
      </form>
    </Dialog>
  );
}
