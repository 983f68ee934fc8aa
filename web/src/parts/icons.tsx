/** The page's few signs, drawn by hand on a 24-unit grid; they take the colour of the text. */
const PATHS = {
  floor: "M4 5h16v14H4zM4 12h7M11 5v4M11 19v-7M15 19v-3",
  map: "M5 5h4v4H5zM5 15h4v4H5zM15 15h4v4h-4zM15 5h4v4h-4zM12 5h0M12 12h0M12 19h0M5 12h0M19 12h0",
  leaves: "M5 19C5 10 10 5 19 5c0 9-5 14-14 14zM5 19l8-8M9.5 14.5V11M12.5 11.5H16",
  tree: "M12 4v5M12 9c0 4-6 2-6 7M12 9c0 4 6 2 6 7M12 9v7M12 4h0M6 19h0M12 19h0M18 19h0",
  events: "M3 12h4l2.5-6 4 12L16 12h5",
  node: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v5.5M12 15.5V21M3.5 8l5.5 2.5M15 13.5l5.5 2.5M20.5 8 15 10.5M9 13.5 3.5 16",
  person: "M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.5-4 3.2-6 7-6s6.5 2 7 6",
  door: "M6 20V5l9-1.5V20M4 20h16M12 12h0M15 5h3v15",
  doorClosed: "M6 20V4h12v16M4 20h16M14.5 12h0",
  motion: "M8 12a4 4 0 0 1 8 0M5 12a7 7 0 0 1 14 0M12 12h0M12 13.5V20",
  battery: "M4 8h14v8H4zM20.5 11v2M7 11v2",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  help: "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18h0",
  close: "M6 6l12 12M18 6 6 18",
  chevron: "M9 6l6 6-6 6",
  warning: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h0",
  error: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8v5M12 16h0",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5M12 8h0",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside a word; where it stands alone the button carries the name. */
export function Icon({ name, className = "size-4" }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: one thread that branches into five tips. */
export function Mark({ className = "size-7" }: { className?: string }) {
  return (
    <svg viewBox="4 3 24 25" className={className} fill="none" aria-hidden="true">
      <g stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
        <path d="M16 26c0-5 .4-7.6 0-11" />
        <path d="M16 19.5c-2.6-1-5-2.6-6.7-6" />
        <path d="M16 17.5c2.8-1 5.2-2.8 6.6-6.3" />
        <path d="M16 15c-.9-2.7-.9-4.7 0-7.5" />
        <path d="M12.2 16.9c-1.9.7-3.5.9-5.4.6" opacity=".6" />
        <path d="M19.9 15.3c2 .9 3.6 1.3 5.6 1.2" opacity=".6" />
      </g>
      <g fill="currentColor">
        <circle cx="16" cy="6.6" r="1.9" />
        <circle cx="8.7" cy="12.4" r="1.6" />
        <circle cx="23.1" cy="10.1" r="1.6" />
        <circle cx="6" cy="17.3" r="1.1" />
        <circle cx="26.3" cy="16.4" r="1.1" />
        <circle cx="16" cy="26.2" r="1.4" />
      </g>
    </svg>
  );
}
