/** The list that `?` shows. */
import { t } from "../strings.ts";
import { useModal } from "./use-modal.ts";

const SHORTCUTS = [
  [["1", "…", "9"], "help.views"],
  [["/"], "help.filter"],
  [["←", "↑", "↓", "→"], "help.move"],
  [["Enter"], "help.open"],
  [["i"], "help.inspect"],
  [["a"], "help.accept"],
  [["c"], "help.complete"],
  [["x"], "help.ignore"],
  [["p"], "help.listen"],
  [["w"], "help.why"],
  [["n"], "help.new"],
  [["Esc"], "help.close"],
  [["t"], "help.theme"],
  [["l"], "help.language"],
  [["m"], "help.mute"],
  [["?"], "help.help"],
] as const;

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const dialog = useModal();
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={(event) => !event.currentTarget.open && onClose()}
      className="panel m-auto max-h-[calc(100dvh-2rem)] w-[min(28rem,calc(100vw-2rem))] overflow-y-auto p-5 text-ink"
    >
      <div className="flex items-center justify-between pb-4">
        <h2 id="help-title" className="font-semibold text-base">
          {t("help.title")}
        </h2>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {t("leaf.close")}
        </button>
      </div>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2.5">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={does} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) =>
                key === "…" ? (
                  <span key={key} className="text-ink-3">
                    {key}
                  </span>
                ) : (
                  <kbd key={key} className="kbd">
                    {key}
                  </kbd>
                ),
              )}
            </dt>
            <dd className="text-ink-2">{t(does)}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
