/** Who one is here and what this browser remembers: person, language, theme, voice, and the way out. */
import { useId, useRef } from "react";
import { usePeople } from "../live/office.ts";
import { hrefOf } from "../route.ts";
import { choosePerson, logout, useSession, useWho } from "../session.ts";
import { LANGUAGES, setLanguage, t, useLanguage, WORDS } from "../strings.ts";
import { Initial } from "../views/task-card.tsx";
import { useVoiceSettings } from "../voice/settings.ts";
import { Icon } from "./icons.tsx";
import { PersonSelect } from "./person-select.tsx";
import { VoiceMenu } from "./voice-menu.tsx";

interface MeMenuProps {
  onHelp(): void;
  onPassword(): void;
}

export function MeMenu({ onHelp, onPassword }: MeMenuProps) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const { person } = useWho();
  const isOut = useSession().state === "out";
  const { isMuted } = useVoiceSettings();
  const close = () => menu.current?.hidePopover();
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label={t("header.me")}
        title={t("header.me")}
        className="button relative h-8.5 border-transparent bg-transparent px-1"
      >
        {person === undefined ? (
          <Icon name="person" className="size-5" />
        ) : (
          <Initial name={person.displayName} isMine />
        )}
        {isMuted && (
          <Icon name="soundOff" className="-right-0.5 absolute bottom-0.5 size-3.5 text-warn" />
        )}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="panel fixed inset-auto top-15 right-3 m-0 w-[min(20rem,calc(100vw-1.5rem))] p-4 text-ink shadow-xl sm:right-6"
      >
        <div className="grid gap-4">
          {!isOut && <Me onGone={close} onPassword={onPassword} />}
          <Languages />
          {!isOut && <VoiceMenu />}
          <button
            type="button"
            className="button justify-start"
            aria-keyshortcuts="?"
            onClick={() => {
              close();
              onHelp();
            }}
          >
            <Icon name="help" className="size-4.5" />
            {t("header.shortcuts")}
          </button>
        </div>
      </div>
    </>
  );
}

interface MeProps {
  onGone(): void;
  onPassword(): void;
}

function Me({ onGone, onPassword }: MeProps) {
  const people = usePeople().filter(({ isActive }) => isActive);
  const { person, mayChoose, role, by, may } = useWho();
  const afterwards = (act: () => void) => () => {
    onGone();
    act();
  };
  return (
    <section className="grid gap-2.5">
      {mayChoose ? (
        <label className="grid gap-1">
          <span className="label">{t("me.you")}</span>
          <PersonSelect
            className="w-full"
            people={people}
            value={person?.id}
            nobody={t("me.nobody")}
            onChange={choosePerson}
          />
          <span className="text-ink-3 text-xs">{t("me.here")}</span>
        </label>
      ) : (
        <p>
          {t("me.loggedIn", { name: person?.displayName ?? t(`role.${role}`) })}{" "}
          <span className="text-ink-3 text-xs">
            {t(`role.${role}`)}: {t(`role.${role}May`)}
          </span>
        </p>
      )}
      <div className="flex flex-wrap gap-2 *:flex-1">
        {may("operator") && (
          <a href={hrefOf("people")} className="button" onClick={onGone}>
            <Icon name="people" />
            {t("me.people")}
          </a>
        )}
        {by === "session" && person !== undefined && (
          <button type="button" className="button" onClick={afterwards(onPassword)}>
            {t("me.password")}
          </button>
        )}
        {by === "session" && (
          <>
            <button type="button" className="button" onClick={afterwards(() => void logout())}>
              {t("me.logout")}
            </button>
            <button
              type="button"
              className="button"
              title={t("me.logoutEverywhereHint")}
              onClick={afterwards(() => void logout({ everywhere: true }))}
            >
              {t("me.logoutEverywhere")}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function Languages() {
  const language = useLanguage();
  return (
    <fieldset className="flex overflow-hidden rounded-lg border border-line">
      <legend className="sr-only">{t("header.language")}</legend>
      {LANGUAGES.map((one) => (
        <button
          key={one}
          type="button"
          lang={one}
          aria-pressed={one === language}
          className="flex-1 py-1.5 text-ink-3 aria-pressed:bg-raised aria-pressed:text-ink"
          onClick={() => setLanguage(one)}
        >
          {WORDS[one]["language.own"]}
        </button>
      ))}
    </fieldset>
  );
}
