/** A sheet over the page about one thing: its title, a button that closes it, and what it says. */
import type { ReactNode } from "react";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { useModal } from "./use-modal.ts";

interface SheetProps {
  /** Of the heading, which names the sheet. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: ReactNode;
  /** Set once it shows what this actor's path names. */
  readonly actor?: string | undefined;
  readonly children: ReactNode;
  onClose(): void;
}

export function Sheet({ id, title, subtitle, actor, children, onClose }: SheetProps) {
  const dialog = useModal();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className="sheet"
      data-actor={actor}
      onClose={(event) => !event.currentTarget.open && onClose()}
      // A click on the backdrop reaches the dialog itself and none of its content.
      onClick={(event) => event.target === event.currentTarget && onClose()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="min-h-full p-4 sm:p-6">
        <header className="mb-4 flex items-start justify-between gap-3">
          <div className="min-w-0">
            <h2 id={id} className="truncate font-semibold text-2xl tracking-tight">
              {title}
            </h2>
            {subtitle}
          </div>
          <button type="button" className="button size-8.5 p-0" onClick={onClose}>
            <Icon name="close" />
            <span className="sr-only">{t("leaf.close")}</span>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
