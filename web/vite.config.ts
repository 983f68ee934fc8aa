/** Builds the dashboard to static files in `web/dist`, which `transports/http` serves. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** A running node for `npm run dev -w web`; its own pages come from `dist`. */
const node = "http://127.0.0.1:8420";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Relative addresses, so that a reverse proxy may put the page under a path of its own.
  base: "./",
  build: {
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // One for all views, in both languages: it comes once, over the building's own network.
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { "/api": node, "/healthz": node, "/live": { target: node, ws: true } } },
});
