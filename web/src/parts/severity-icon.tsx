/** How grave an event is, as a sign and, for those who do not see it, as a word. */
import type { Event } from "../../../transports/http/contract.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";

const INK = { info: "text-ink-3", warning: "text-warn", error: "text-bad" } as const;

export function SeverityIcon({ severity }: { severity: Event["severity"] }) {
  return (
    <span className={INK[severity]}>
      <Icon name={severity} className="size-4" />
      <span className="sr-only">{t(`severity.${severity}`)}</span>
    </span>
  );
}
