/** Who belongs to the office and what they may do: an operator adds people, gives roles and passwords. */
import { type FormEvent, useId, useState } from "react";
import type { Role } from "../../../transports/http/office/person-contract.ts";
import { formatShortDay } from "../format.ts";
import { useRowsWanted } from "../live/live.ts";
import { usePeople, usePerson } from "../live/office.ts";
import { addPerson, changePerson } from "../office-api.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { Dialog, DialogEnd } from "../parts/dialog.tsx";
import { Field, NewPasswordField, SelectField } from "../parts/field.tsx";
import { useAct } from "../parts/use-act.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { useWho } from "../session.ts";
import { t } from "../strings.ts";
import { Initial } from "./task-card.tsx";

const ROLES: readonly Role[] = ["viewer", "member", "operator"];

export function PeopleView() {
  useRowsWanted(null, "none");
  const people = usePeople();
  const { may, person } = useWho();
  const [passwordOf, setPasswordOf] = useState<number>();
  const isOperator = may("operator");
  return (
    <>
      <ViewTitle title={t("view.people")}>
        {!isOperator && <p className="text-ink-3">{t("people.onlyOperators")}</p>}
      </ViewTitle>
      <ul aria-label={t("people.list")} className="panel divide-y divide-line">
        {people.map(({ id }) => (
          <PersonRow
            key={id}
            id={id}
            isMe={id === person?.id}
            isOperator={isOperator}
            onPassword={setPasswordOf}
          />
        ))}
      </ul>
      {isOperator && <AddPerson />}
      {passwordOf !== undefined && (
        <PasswordDialog id={passwordOf} onClose={() => setPasswordOf(undefined)} />
      )}
    </>
  );
}

interface PersonRowProps {
  readonly id: number;
  readonly isMe: boolean;
  readonly isOperator: boolean;
  onPassword(id: number): void;
}

function PersonRow({ id, isMe, isOperator, onPassword }: PersonRowProps) {
  const person = usePerson(id);
  const { outcome, act, isBusy } = useAct();
  if (person === undefined) return null;
  const change = (wanted: Parameters<typeof changePerson>[1]) =>
    void act(
      () => changePerson(id, wanted),
      () => t("people.saved"),
    );
  return (
    <li
      data-person={id}
      className={`flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 ${person.isActive ? "" : "faded"}`}
    >
      <Initial name={person.displayName} isMine={isMe} />
      <div className="min-w-0 flex-1 basis-44">
        <p className="font-medium [overflow-wrap:anywhere]">{person.displayName}</p>
        <p className="text-ink-3 text-xs">
          {person.name} · {t("people.since", { day: formatShortDay(person.createdAtMs) })}
          {!person.isActive && ` · ${t("people.inactive")}`}
        </p>
        <ActMessage outcome={outcome} />
      </div>
      <div className="flex gap-2 max-sm:grid max-sm:w-full max-sm:grid-cols-2">
        <select
          aria-label={`${t("people.role")}: ${person.displayName}`}
          className="field min-w-0 max-sm:col-span-2"
          value={person.role}
          disabled={!isOperator || isBusy}
          title={isOperator ? t(`role.${person.role}May`) : t("me.needsOperator")}
          onChange={(event) => change({ role: event.target.value as Role })}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`role.${role}`)}
            </option>
          ))}
        </select>
        {isOperator && (
          <>
            <button
              type="button"
              className="button"
              aria-label={`${t("people.passwordSet")}: ${person.displayName}`}
              onClick={() => onPassword(id)}
            >
              {t("people.password")}
            </button>
            <button
              type="button"
              className="button"
              disabled={isBusy}
              aria-label={`${t(person.isActive ? "people.deactivate" : "people.activate")}: ${person.displayName}`}
              onClick={() => change({ isActive: !person.isActive })}
            >
              {t(person.isActive ? "people.deactivate" : "people.activate")}
            </button>
          </>
        )}
      </div>
    </li>
  );
}

function AddPerson() {
  const id = useId();
  const { outcome, act, isBusy } = useAct();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "").trim();
    const added = await act(
      () =>
        addPerson({
          name: text("name"),
          displayName: text("displayName") || text("name"),
          role: text("role") as Role,
          password: String(given.get("password") ?? ""),
        }),
      ({ displayName }) => t("people.added", { name: displayName }),
    );
    if (added !== undefined) form.reset();
  };
  return (
    <section aria-labelledby={`${id}-add`} className="panel mt-4 p-4">
      <h2 id={`${id}-add`} className="mb-3 font-medium">
        {t("people.add")}
      </h2>
      <form
        onSubmit={(event) => void submit(event)}
        className="grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-[1fr_1fr_auto_1fr_auto]"
      >
        <Field label={t("people.name")}>
          <input
            name="name"
            required
            pattern="[a-z0-9][a-z0-9_\-]{0,63}"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className="field w-full"
          />
        </Field>
        <Field label={t("people.displayName")}>
          <input name="displayName" maxLength={64} autoComplete="off" className="field w-full" />
        </Field>
        <SelectField
          label={t("people.role")}
          name="role"
          defaultValue="member"
          options={ROLES.map((role) => [role, t(`role.${role}`)])}
        />
        <NewPasswordField
          label={t("people.password")}
          name="password"
          hint={t("people.passwordHint")}
        />
        <button type="submit" className="button button-accent" disabled={isBusy}>
          {t("people.addDo")}
        </button>
      </form>
      <div className="mt-2">
        <ActMessage outcome={outcome} />
      </div>
    </section>
  );
}

function PasswordDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const person = usePerson(id);
  const fieldId = useId();
  const { outcome, act } = useAct();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const password = String(new FormData(form).get("password") ?? "");
    const done = await act(
      () => changePerson(id, { password }),
      ({ displayName }) => t("people.passwordDone", { name: displayName }),
    );
    if (done !== undefined) form.reset();
  };
  return (
    <Dialog
      id={`${fieldId}-title`}
      title={`${t("people.passwordNew")}: ${person?.displayName ?? id}`}
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <NewPasswordField label={t("people.passwordNew")} name="password" />
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
