/** Who this is, whether it is live, how many leaves and people, and the way between the views. */
import { useId, useRef } from "react";
import { nowMs } from "../clock.ts";
import { formatInteger } from "../format.ts";
import { useConnection, useCounts, useNode, useNowS } from "../live/live.ts";
import { useTasks } from "../live/office.ts";
import { hrefOf, TABS, TABS_ON_PHONE, type View } from "../route.ts";
import { useSession } from "../session.ts";
import { t } from "../strings.ts";
import { toggleTheme, useTheme } from "../theme.ts";
import { Icon, Mark } from "./icons.tsx";
import { MeMenu } from "./me-menu.tsx";

interface HeaderProps {
  readonly view: View;
  onHelp(): void;
  onPassword(): void;
}

export function Header({ view, onHelp, onPassword }: HeaderProps) {
  const node = useNode();
  const theme = useTheme();
  const isOut = useSession().state === "out";
  return (
    <header className="sticky top-0 z-20 border-line border-b bg-ground/95 sm:bg-ground/85 sm:backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[110rem] items-center gap-3 px-3 sm:gap-4 sm:px-6">
        <a href={hrefOf("floor")} className="flex min-w-0 items-center gap-2 rounded-lg">
          <Mark className="size-7 shrink-0 text-accent" />
          <span className="hidden font-semibold text-lg tracking-tight 2xl:inline">mycel</span>
          <span className="truncate text-ink-2 2xl:border-line 2xl:border-l 2xl:pl-2.5 sm:max-xl:hidden">
            {node?.node ?? t("app.name")}
          </span>
        </a>
        <Tabs view={view} />
        <div className="ml-auto flex items-center gap-2 sm:gap-3">
          {!isOut && <Vitals />}
          {!isOut && <ConnectionBadge />}
          <button
            type="button"
            className="button -mx-1 hidden size-8.5 border-transparent bg-transparent p-0 sm:inline-flex"
            aria-label={t("header.theme")}
            title={t("header.theme")}
            onClick={toggleTheme}
          >
            <Icon name={theme === "dark" ? "sun" : "moon"} className="size-4.5" />
          </button>
          <MeMenu onHelp={onHelp} onPassword={onPassword} />
        </div>
      </div>
    </header>
  );
}

/** In the header where there is room, as signs where there is little; on a phone a bar at the thumb. */
function Tabs({ view }: { view: View }) {
  const waiting = useOpenTasks();
  const isOut = useSession().state === "out";
  if (isOut) return null;
  return (
    <nav
      aria-label={t("app.views")}
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-ground/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:static sm:max-lg:gap-0 sm:gap-0.5 sm:border-0 sm:bg-transparent sm:pb-0"
    >
      {TABS.map((name, index) => (
        <Tab
          key={name}
          name={name}
          index={index}
          isHere={name === view}
          badge={name === "tasks" ? waiting : 0}
        />
      ))}
      <MoreTabs view={view} />
    </nav>
  );
}

const TAB =
  "relative flex flex-1 flex-col items-center gap-0.5 rounded-lg py-2 text-2xs text-ink-3 hover:text-ink aria-[current=page]:text-accent sm:flex-none sm:flex-row sm:gap-2 sm:px-2.5 sm:py-1.5 sm:text-sm sm:aria-[current=page]:bg-raised sm:aria-[current=page]:text-ink";

interface TabProps {
  readonly name: View;
  readonly index: number;
  readonly isHere: boolean;
  readonly badge: number;
}

function Tab({ name, index, isHere, badge }: TabProps) {
  return (
    <a
      href={hrefOf(name)}
      aria-current={isHere ? "page" : undefined}
      aria-keyshortcuts={String(index + 1)}
      title={t(`view.${name}`)}
      className={`${TAB} ${index < TABS_ON_PHONE ? "" : "max-sm:hidden"}`}
    >
      <Icon name={name} className="size-5 sm:size-4.5 xl:hidden 2xl:block 2xl:size-4" />
      <span className={isHere ? "" : "sm:sr-only xl:not-sr-only"}>{t(`view.${name}`)}</span>
      {badge > 0 && (
        <span
          data-badge={badge}
          className="absolute top-1 left-[calc(50%+0.5rem)] grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 font-semibold text-2xs text-on-accent leading-none sm:static"
        >
          <span aria-hidden="true">{formatInteger(badge)}</span>
          <span className="sr-only">{t("header.tasks", { count: badge })}</span>
        </span>
      )}
    </a>
  );
}

/** The views that a phone's bar has no room for. */
function MoreTabs({ view }: { view: View }) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const others = TABS.slice(TABS_ON_PHONE);
  const here = others.find((name) => name === view);
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className={`${TAB} sm:hidden ${here === undefined ? "" : "text-accent"}`}
      >
        <Icon name={here ?? "more"} className="size-5" />
        {here === undefined ? t("app.more") : t(`view.${here}`)}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="panel fixed inset-auto right-2 bottom-16 m-0 w-48 p-1.5 text-ink shadow-xl"
      >
        {others.map((name) => (
          <a
            key={name}
            href={hrefOf(name)}
            className={`flex items-center gap-3 rounded-lg px-3 py-2.5 ${name === view ? "bg-raised" : ""}`}
            onClick={() => menu.current?.hidePopover()}
          >
            <Icon name={name} className="size-4.5 text-ink-3" />
            {t(`view.${name}`)}
          </a>
        ))}
      </div>
    </>
  );
}

/** Tasks that wait for somebody; woken when one comes or is taken. */
function useOpenTasks(): number {
  return useTasks().filter(({ state }) => state === "open").length;
}

function Vitals() {
  const { leaves, online, people } = useCounts();
  return (
    <>
      <span className="flex items-center gap-1.5 text-ink-2 sm:max-lg:hidden" data-vital="people">
        <Icon name="person" className="size-4 text-ink-3" />
        <span aria-hidden="true">{formatInteger(people)}</span>
        <span className="sr-only">{t("header.people", { count: people })}</span>
      </span>
      <span className="flex items-center gap-1.5 text-ink-2 sm:max-lg:hidden" data-vital="leaves">
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
      className={`flex items-center gap-2 whitespace-nowrap rounded-full border px-2.5 py-1 text-xs ${
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
