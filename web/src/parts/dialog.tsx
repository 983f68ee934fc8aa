/** A small window over the page: its title, its content, closed by Esc. */
import type { ReactNode } from "react";
import { ActMessage } from "./act-message.tsx";
import type { ActOutcome } from "./use-act.ts";
import { useModal } from "./use-modal.ts";

interface DialogProps {
  /** Of the heading, which names the window. */
  readonly id: string;
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
  onClose(): void;
}

export function Dialog({ id, title, wide = false, children, onClose }: DialogProps) {
  const dialog = useModal();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={`panel m-auto max-h-[calc(100dvh-2rem)] overflow-y-auto p-5 text-ink ${
        wide ? "w-[min(40rem,calc(100vw-2rem))]" : "w-[min(28rem,calc(100vw-2rem))]"
      }`}
      onClose={(event) => !event.currentTarget.open && onClose()}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id={id} className="pb-4 font-semibold text-base [overflow-wrap:anywhere]">
        {title}
      </h2>
      {children}
    </dialog>
  );
}

interface DialogEndProps {
  readonly outcome: ActOutcome;
  readonly close: string;
  readonly send: string;
  readonly isReady?: boolean;
  onClose(): void;
}

/** Where a form in a dialog ends: what came of it, the way out, the act. */
export function DialogEnd({ outcome, close, send, isReady = true, onClose }: DialogEndProps) {
  return (
    <div className="flex flex-wrap items-center justify-end gap-2">
      <div className="mr-auto">
        <ActMessage outcome={outcome} />
      </div>
      <button type="button" className="button" onClick={onClose}>
        {close}
      </button>
      <button
        type="submit"
        className="button button-accent"
        disabled={!isReady || outcome.state === "busy"}
      >
        {send}
      </button>
    </div>
  );
}
