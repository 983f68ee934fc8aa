/** The head of a view: its name for the outline, and what belongs beside it. */
import type { ReactNode } from "react";

interface ViewTitleProps {
  readonly title: string;
  /** Where the view says what it is by itself, the title is for screen readers alone. */
  readonly hidden?: boolean;
  readonly children?: ReactNode;
}

export function ViewTitle({ title, hidden = false, children }: ViewTitleProps) {
  return (
    <div className="mb-4 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-2">
      <h1 className={hidden ? "sr-only" : "font-semibold text-xl tracking-tight"}>{title}</h1>
      {children}
    </div>
  );
}
