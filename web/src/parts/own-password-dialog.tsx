/** One's own password: the old one proves who asks, and every other session of this person ends. */
import { type FormEvent, useId } from "react";
import { changeOwnPassword } from "../office-api.ts";
import { useWho } from "../session.ts";
import { t } from "../strings.ts";
import { Dialog, DialogEnd } from "./dialog.tsx";
import { Field, NewPasswordField } from "./field.tsx";
import { useAct } from "./use-act.ts";

export function OwnPasswordDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  const { person } = useWho();
  const { outcome, act } = useAct();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    const done = await act(
      () => changeOwnPassword(text("password"), text("newPassword")),
      () => t("me.passwordDone"),
    );
    if (done !== undefined) form.reset();
  };
  return (
    <Dialog id={`${id}-title`} title={t("me.passwordTitle")} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        {/* Password managers file the new one under this name. */}
        <input hidden readOnly autoComplete="username" value={person?.name ?? ""} />
        <Field label={t("me.passwordNow")}>
          <input
            name="password"
            type="password"
            className="field w-full"
            autoComplete="current-password"
            required
            autoFocus
          />
        </Field>
        <NewPasswordField label={t("people.passwordNew")} name="newPassword" />
        <p className="text-ink-3 text-xs">{t("me.passwordHint")}</p>
        <DialogEnd
          outcome={outcome}
          close={t("leaf.close")}
          send={t("people.passwordSet")}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
