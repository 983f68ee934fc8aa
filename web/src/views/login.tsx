/** Who comes from elsewhere says who they are before anything is shown. */
import { type FormEvent, useId, useState } from "react";
import { ActMessage } from "../parts/act-message.tsx";
import { Mark } from "../parts/icons.tsx";
import { useAct } from "../parts/use-act.ts";
import { login, useSession } from "../session.ts";
import { t } from "../strings.ts";

export function LoginView() {
  const { wasIn } = useSession();
  const id = useId();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { outcome, act, isBusy } = useAct();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const me = await act(() => login(name.trim(), password));
    if (me === undefined) setPassword("");
  };
  return (
    <form
      onSubmit={(event) => void submit(event)}
      aria-labelledby={`${id}-title`}
      className="panel mx-auto mt-[12vh] grid w-full max-w-sm gap-4 p-6"
    >
      <div className="flex items-center gap-3">
        <Mark className="size-9 text-accent" />
        <div>
          <h1 id={`${id}-title`} className="font-semibold text-lg">
            {t("login.title")}
          </h1>
          <p className="text-ink-3 text-xs">{t(wasIn ? "login.ended" : "login.intro")}</p>
        </div>
      </div>
      <label className="block">
        <span className="label mb-1 block">{t("login.name")}</span>
        <input
          className="field w-full"
          autoComplete="username"
          // biome-ignore lint/a11y/noAutofocus: the page has nothing else.
          autoFocus
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className="block">
        <span className="label mb-1 block">{t("login.password")}</span>
        <input
          type="password"
          className="field w-full"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <ActMessage outcome={outcome} />
      <button type="submit" className="button button-accent" disabled={isBusy}>
        {t(isBusy ? "login.busy" : "login.do")}
      </button>
    </form>
  );
}
