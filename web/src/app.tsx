/** The page's frame: header, tabs, the view of the address, keys that work everywhere. */
import { useEffect, useState } from "react";
import { useConnection, useNode } from "./live/live.ts";
import { currentRoute, go, useRoute } from "./navigation.ts";
import { FeedBanner } from "./parts/feed-banner.tsx";
import { Header } from "./parts/header.tsx";
import { OwnPasswordDialog } from "./parts/own-password-dialog.tsx";
import { ShortcutsDialog } from "./parts/shortcuts-dialog.tsx";
import { VoiceBar } from "./parts/voice-bar.tsx";
import { hrefOf, TABS, type View } from "./route.ts";
import { useSession } from "./session.ts";
import { LANGUAGES, language, setLanguage, t } from "./strings.ts";
import { toggleTheme } from "./theme.ts";
import { AgentView } from "./views/agent.tsx";
import { EventsView } from "./views/events.tsx";
import { FloorView } from "./views/floor.tsx";
import { LeavesView } from "./views/leaves.tsx";
import { LoginView } from "./views/login.tsx";
import { MapView } from "./views/map.tsx";
import { NodeView } from "./views/node.tsx";
import { PeopleView } from "./views/people.tsx";
import { TasksView } from "./views/tasks.tsx";
import { TreeView } from "./views/tree.tsx";
import { WalletView } from "./views/wallet.tsx";
import { changeVoice, voiceSettings } from "./voice/settings.ts";

const VIEW_OF: Readonly<Record<View, () => React.ReactNode>> = {
  floor: FloorView,
  tasks: TasksView,
  agent: AgentView,
  wallet: WalletView,
  map: MapView,
  leaves: LeavesView,
  tree: TreeView,
  events: EventsView,
  node: NodeView,
  people: PeopleView,
};

export function App() {
  const { view } = useRoute();
  const node = useNode();
  const connection = useConnection();
  const [helpOpen, setHelpOpen] = useState(false);
  const [passwordOpen, setPasswordOpen] = useState(false);
  const isOut = useSession().state === "out";
  const Shown = isOut ? LoginView : VIEW_OF[view];

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => handleKey(event, () => setHelpOpen(true));
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    document.title = [t(`view.${view}`), node?.node, t("app.name")].filter(Boolean).join(" · ");
  }, [view, node]);

  return (
    <>
      {/* Not a link to #main: the hash is the route. */}
      <button
        type="button"
        className="button button-accent fixed top-2 left-2 z-50 -translate-y-16 focus:translate-y-0"
        onClick={() => document.getElementById("main")?.focus()}
      >
        {t("app.skip")}
      </button>
      <Header
        view={view}
        onHelp={() => setHelpOpen(true)}
        onPassword={() => setPasswordOpen(true)}
      />
      {!isOut && <FeedBanner />}
      <main
        id="main"
        tabIndex={-1}
        data-view={view}
        data-stale={!isOut && connection.state === "waiting" && node !== undefined}
        className="mx-auto w-full max-w-[110rem] px-3 pt-4 pb-24 outline-none sm:px-6 sm:pb-10"
      >
        <Shown />
      </main>
      {!isOut && <VoiceBar />}
      {!isOut && passwordOpen && <OwnPasswordDialog onClose={() => setPasswordOpen(false)} />}
      {helpOpen && <ShortcutsDialog onClose={() => setHelpOpen(false)} />}
    </>
  );
}

/** Keys that work wherever nobody is typing and no dialog is open. */
function handleKey(event: KeyboardEvent, showHelp: () => void): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input, textarea, select")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (document.querySelector("dialog[open]") !== null) return;

  const view = TABS[Number(event.key) - 1];
  if (view !== undefined) {
    go(hrefOf(view));
    enterView();
  } else if (event.key === "/") {
    event.preventDefault();
    if (document.querySelector("main [data-filter]") === null) go(hrefOf("leaves"));
    afterPaint(() => document.querySelector<HTMLElement>("main [data-filter]")?.focus());
  } else if (event.key === "?") {
    showHelp();
  } else if (event.key === "t") {
    toggleTheme();
  } else if (event.key === "m") {
    changeVoice({ isMuted: !voiceSettings().isMuted });
  } else if (event.key === "l") {
    const next = LANGUAGES[(LANGUAGES.indexOf(language()) + 1) % LANGUAGES.length];
    if (next !== undefined) setLanguage(next);
  } else if (event.key === "Escape" && currentRoute().query.size > 0) {
    go(hrefOf(currentRoute().view), { replace: true });
  }
}

/** Frames to wait for the leaves of a page that has just been opened: a second. */
const ENTER_FRAMES = 60;

/** Puts the focus where the arrow keys already work, so that `3` and an arrow find a leaf. */
function enterView(framesLeft = ENTER_FRAMES): void {
  afterPaint(() => {
    const first = document.querySelector<HTMLElement>('main [data-item][tabindex="0"]');
    const main = document.getElementById("main");
    if (framesLeft === ENTER_FRAMES) scrollTo({ top: 0 });
    // Whoever has gone elsewhere in the meantime is left there.
    else if (document.activeElement !== main) return;
    (first ?? main)?.focus({ preventScroll: true });
    if (first === null && framesLeft > 0) enterView(framesLeft - 1);
  });
}

const afterPaint = (act: () => void) => requestAnimationFrame(() => requestAnimationFrame(act));
