/** As whom one acts here: a choice where nobody logs in, else the one who has. */
import { usePeople } from "../live/office.ts";
import { choosePerson, useWho } from "../session.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { PersonSelect } from "./person-select.tsx";

export function PersonChooser() {
  const people = usePeople().filter(({ isActive }) => isActive);
  const { person, mayChoose } = useWho();
  if (!mayChoose) {
    return (
      <p className="flex items-center gap-1.5 text-ink-2" data-me={person?.id}>
        <Icon name="person" className="size-4 text-ink-3" />
        {person?.displayName ?? t("me.nobody")}
      </p>
    );
  }
  return (
    <label className="flex items-center gap-2" data-me={person?.id} title={t("me.here")}>
      <Icon name="person" className="size-4 text-ink-3" />
      <span className="sr-only">{t("me.choose")}</span>
      <PersonSelect
        className="max-w-44"
        people={people}
        value={person?.id}
        nobody={t("me.nobody")}
        onChange={choosePerson}
      />
    </label>
  );
}
