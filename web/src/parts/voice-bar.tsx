/** What the office says right now, for those who do not hear it; and the click that a browser wants first. */
import { t } from "../strings.ts";
import { changeVoice, useVoiceSettings } from "../voice/settings.ts";
import { queue, useIsSpeaker, useQueue } from "../voice/voice.ts";
import { Icon } from "./icons.tsx";

export function VoiceBar() {
  const { current, waiting, isBlocked } = useQueue();
  const { isMuted } = useVoiceSettings();
  const isSpeaker = useIsSpeaker();
  const shown = current ?? (isBlocked ? waiting[0] : undefined);
  if (shown === undefined || (!isSpeaker && shown.priority !== 0)) return null;
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex justify-center px-3 sm:bottom-5">
      <div
        data-voice-bar={isBlocked ? "blocked" : "speaking"}
        className="panel pointer-events-auto flex max-w-2xl items-center gap-3 rounded-2xl border-accent/40 py-2 pr-2 pl-4 shadow-lg"
      >
        <Icon
          name={isMuted || isBlocked ? "soundOff" : "sound"}
          className={`size-4.5 ${isBlocked ? "text-warn" : "text-accent"}`}
        />
        {/* The page's own speech says it; a screen reader would say it again, so only silence is told. */}
        <p
          className="line-clamp-3 min-w-0 [overflow-wrap:anywhere]"
          role={isMuted || isBlocked ? "status" : undefined}
        >
          {shown.text}
        </p>
        {isBlocked ? (
          // A key each: the press that enables must not end as a click that skips.
          <>
            <button
              key="enable"
              type="button"
              className="button button-accent"
              title={t("voice.blocked")}
              onClick={queue.unblock}
            >
              {t("voice.enable")}
            </button>
            <BarButton
              key="dismiss"
              label={t("voice.dismiss")}
              onClick={() => {
                changeVoice({ isMuted: true });
                queue.unblock();
              }}
            />
          </>
        ) : (
          <BarButton key="skip" label={t("voice.skip")} onClick={queue.skip} />
        )}
      </div>
    </div>
  );
}

function BarButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button size-8.5 shrink-0 border-transparent bg-transparent p-0"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon name="close" />
    </button>
  );
}
