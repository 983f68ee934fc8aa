/** Starts the page: the feed's line, and the components that look at what it brings. */
import "./styles.css";
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { feed } from "./live/live.ts";
import { seedTrails } from "./live/seed-trails.ts";
import { startSession } from "./session.ts";
import { useLanguage } from "./strings.ts";
import { startVoice } from "./voice/voice.ts";

/** Another language is another page: everything is made anew, and no word of the first is left. */
function Page() {
  const language = useLanguage();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return <App key={language} />;
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
startSession();
feed.start();
seedTrails();
startVoice();
