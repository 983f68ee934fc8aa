/** The page's few signs, drawn by hand on a 24-unit grid; they take the colour of the text. */
const PATHS = {
  floor: "M4 5h16v14H4zM4 12h7M11 5v4M11 19v-7M15 19v-3",
  tasks: "M4 6l1.5 1.5L8.5 4.5M12 6h8M4 12.5l1.5 1.5 3-3M12 12.5h8M4 19l1.5 1.5 3-3M12 19h8",
  agent:
    "M12 3.5c-3.6 0-6.5 2.6-6.5 6 0 2 .8 3.2 1.8 4.5.7.9 1.2 1.7 1.2 3h7c0-1.3.5-2.1 1.2-3 1-1.3 1.8-2.5 1.8-4.5 0-3.4-2.9-6-6.5-6zM9.5 20.5h5M12 17v-4M9.5 10.5 12 13l2.5-2.5",
  wallet: "M4 7.5h14.5V19H4zM4 7.5 15 4v3.5M18.5 11.5h-4a1.8 1.8 0 0 0 0 3.5h4",
  more: "M5 12h0M12 12h0M19 12h0",
  people:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19c.4-3.3 2.6-5 5.5-5s5.1 1.7 5.5 5M15.5 5.3a3 3 0 0 1 0 5.4M17.5 14.3c1.8.7 2.8 2.3 3 4.7",
  sound: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11",
  soundOff: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9.5l5 5M21 9.5l-5 5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2",
  spark: "M12 3.5l2 6.5 6.5 2-6.5 2-2 6.5-2-6.5-6.5-2 6.5-2z",
  tool: "M14.5 6.5a4 4 0 0 0-5.3 4.9L4 16.6 7.4 20l5.2-5.2a4 4 0 0 0 4.9-5.3L15 12l-3-3z",
  place:
    "M12 20.5s6.5-5.6 6.5-10.3a6.5 6.5 0 0 0-13 0c0 4.7 6.5 10.3 6.5 10.3zM12 8.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  link: "M6 18V9.5M6 9.5a3 3 0 1 0 0-5 3 3 0 0 0 0 5M6 13c0 3 8 1 8 4.5M17 20a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  plus: "M12 5v14M5 12h14",
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
