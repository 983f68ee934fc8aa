/** Who this is, whether it is live, how many leaves and people, and the way between the views. */
import { nowMs } from "../clock.ts";
import { formatInteger } from "../format.ts";
import { useConnection, useCounts, useNode, useNowS } from "../live/live.ts";
import { hrefOf, VIEWS, type View } from "../route.ts";
import { plural, t } from "../strings.ts";
import { toggleTheme, useTheme } from "../theme.ts";
import { Icon, Mark } from "./icons.tsx";

export function Header({ view, onHelp }: { view: View; onHelp: () => void }) {
  const node = useNode();
  const theme = useTheme();
  return (
    <header className="sticky top-0 z-20 border-line border-b bg-ground/95 sm:bg-ground/85 sm:backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[110rem] items-center gap-3 px-3 sm:gap-5 sm:px-6">
        <a href={hrefOf("floor")} className="flex min-w-0 items-center gap-2 rounded-lg">
          <Mark className="size-7 shrink-0 text-accent" />
          <span className="hidden font-semibold text-lg tracking-tight lg:inline">mycel</span>
          <span className="truncate text-ink-2 lg:border-line lg:border-l lg:pl-2.5">
            {node?.node ?? "…"}
          </span>
        </a>
        <Tabs view={view} />
        <div className="ml-auto flex items-center gap-2 sm:gap-3">
          <Vitals />
          <ConnectionBadge />
          <button
            type="button"
            className="button size-8.5 border-transparent bg-transparent p-0"
            aria-label={t("header.theme")}
            title={t("header.theme")}
            onClick={toggleTheme}
          >
            <Icon name={theme === "dark" ? "sun" : "moon"} className="size-4.5" />
          </button>
          <button
            type="button"
            className="button -ml-2 hidden size-8.5 border-transparent bg-transparent p-0 sm:inline-flex"
            aria-label={t("header.shortcuts")}
            title={t("header.shortcuts")}
            onClick={onHelp}
          >
            <span aria-hidden="true">?</span>
          </button>
        </div>
      </div>
    </header>
  );
}

/** In the header where there is room; on a phone a bar at the thumb. */
function Tabs({ view }: { view: View }) {
  return (
    <nav
      aria-label={t("app.views")}
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-ground/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:static sm:gap-1 sm:border-0 sm:bg-transparent sm:pb-0"
    >
      {VIEWS.map((name, index) => (
        <a
          key={name}
          href={hrefOf(name)}
          aria-current={name === view ? "page" : undefined}
          aria-keyshortcuts={String(index + 1)}
          className="flex flex-1 flex-col items-center gap-0.5 rounded-lg py-2 text-2xs text-ink-3 hover:text-ink aria-[current=page]:text-accent sm:flex-none sm:flex-row sm:gap-2 sm:px-3 sm:py-1.5 sm:text-sm sm:aria-[current=page]:bg-raised sm:aria-[current=page]:text-ink"
        >
          <Icon name={name} className="size-5 sm:hidden lg:block lg:size-4" />
          {t(`view.${name}`)}
        </a>
      ))}
    </nav>
  );
}

function Vitals() {
  const { leaves, online, people } = useCounts();
  return (
    <>
      <span className="flex items-center gap-1.5 text-ink-2" data-vital="people">
        <Icon name="person" className="size-4 text-ink-3" />
        <span aria-hidden="true">{formatInteger(people)}</span>
        <span className="sr-only">{plural(people, "header.person", "header.people")}</span>
      </span>
      <span className="flex items-center gap-1.5 text-ink-2" data-vital="leaves">
        <Icon name="leaves" className="size-4 text-ink-3" />
        <span aria-hidden="true">
          {formatInteger(online)}
          <span className="text-ink-3">/{formatInteger(leaves)}</span>
        </span>
        <span className="sr-only">{t("header.leaves", { online, leaves })}</span>
      </span>
    </>
  );
}

function ConnectionBadge() {
  const connection = useConnection();
  const live = connection.state === "live";
  return (
    <span
      role="status"
      data-connection={connection.state}
      className={`flex items-center gap-2 rounded-full border px-2.5 py-1 text-xs ${
        live ? "border-accent/30 text-accent" : "border-warn/40 text-warn"
      }`}
    >
      <span className={`size-1.5 rounded-full bg-current ${live ? "breathes" : ""}`} />
      {connection.state === "waiting" ? (
        <Countdown retryAtMs={connection.retryAtMs} />
      ) : (
        t(live ? "feed.live" : "feed.connecting")
      )}
    </span>
  );
}

/** The page's own clock set the time, so the page's own clock counts it down. */
function Countdown({ retryAtMs }: { retryAtMs: number }) {
  useNowS();
  const seconds = Math.ceil((retryAtMs - nowMs()) / 1_000);
  return (
    <>
      <span className="max-sm:hidden" aria-hidden="true">
        {seconds > 0 ? t("feed.waiting", { seconds }) : t("feed.now")}
      </span>
      <span className="sm:hidden" aria-hidden="true">
        {seconds > 0 ? t("age.seconds", { count: seconds }) : "…"}
      </span>
      <span className="sr-only">{t("feed.now")}</span>
    </>
  );
}
