/** Something that came of something else, by its id (`task:17`, `cycle-…`), as a link to where it is shown. */
import { useTask } from "../live/office.ts";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";

export function MadeLink({ id }: { id: string }) {
  const [kind, rest = ""] = splitAt(id, ":");
  const task = useTask(kind === "task" ? Number(rest) : 0);
  if (kind === "task") {
    return (
      <Chip href={hrefOf("agent", ["why", id])} icon="tasks" id={id}>
        {t("account.task", { id: rest })}
        {task !== undefined && <span className="text-ink-3">{task.title}</span>}
      </Chip>
    );
  }
  return (
    <Chip
      href={hrefOf("agent", ["why", id])}
      icon={kind === "voice" ? "sound" : kind === "command" ? "tool" : "link"}
      id={id}
    >
      {kind === "voice" || kind === "command" ? t(`explain.${kind}`) : id}
    </Chip>
  );
}

interface ChipProps {
  readonly href: string;
  readonly icon: Parameters<typeof Icon>[0]["name"];
  readonly id: string;
  readonly children: React.ReactNode;
}

function Chip({ href, icon, id, children }: ChipProps) {
  return (
    <a
      href={href}
      data-made={id}
      title={id}
      className="flex min-w-0 items-center gap-1.5 rounded-full border border-line px-2.5 py-0.5 hover:border-thread"
    >
      <Icon name={icon} className="size-3.5 text-ink-3" />
      {children}
    </a>
  );
}

function splitAt(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
