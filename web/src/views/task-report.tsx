/** Reports a task done: how it ended, and a note. */
import { type FormEvent, useId, useState } from "react";
import { useTask } from "../live/office.ts";
import { NOTE_CHARS_MAX, type ReportStatus } from "../office-api.ts";
import { Dialog, DialogEnd } from "../parts/dialog.tsx";
import { useAct } from "../parts/use-act.ts";
import { t } from "../strings.ts";
import { completeTask } from "../task-acts.ts";

/** The likeliest first. */
const STATUSES: readonly ReportStatus[] = [
  "resolved",
  "no_issue",
  "needs_followup",
  "cannot_resolve",
];

export function TaskReportDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const task = useTask(id);
  const fieldId = useId();
  const [status, setStatus] = useState<ReportStatus>("resolved");
  const [note, setNote] = useState("");
  const { outcome, act } = useAct();
  if (task === undefined) return null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await act(() => completeTask(task, { status, note: note.trim() }));
    if (done !== undefined) onClose();
  };
  return (
    <Dialog
      id={`${fieldId}-title`}
      title={t("report.title", { title: task.title })}
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <fieldset className="grid gap-1">
          <legend className="label pb-1">{t("report.how")}</legend>
          {STATUSES.map((one) => (
            <label
              key={one}
              className="flex cursor-pointer items-center gap-2.5 rounded-lg border border-transparent px-2.5 py-2 hover:bg-raised has-checked:border-accent/40 has-checked:bg-raised"
            >
              <input
                type="radio"
                name="status"
                value={one}
                checked={status === one}
                autoFocus={one === "resolved"}
                className="accent-accent"
                onChange={() => setStatus(one)}
              />
              {t(`report.${one}`)}
            </label>
          ))}
        </fieldset>
        <div>
          <label htmlFor={fieldId} className="label">
            {t("report.note")}
          </label>
          <textarea
            id={fieldId}
            rows={3}
            maxLength={NOTE_CHARS_MAX}
            className="field mt-1 w-full resize-y"
            value={note}
            aria-describedby={`${fieldId}-left`}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.currentTarget.form?.requestSubmit();
              }
            }}
          />
          <p id={`${fieldId}-left`} className="text-right text-2xs text-ink-3">
            {t("report.left", { count: NOTE_CHARS_MAX - note.length })}
          </p>
        </div>
        <DialogEnd
          outcome={outcome}
          close={t("report.cancel")}
          send={t("report.send")}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
