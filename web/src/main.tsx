/** Starts the page: the feed's line, and the components that look at what it brings. */
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { feed } from "./live/live.ts";
import { seedTrails } from "./live/seed-trails.ts";
import { LANGUAGE } from "./strings.ts";

document.documentElement.lang = LANGUAGE;
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
feed.start();
seedTrails();
