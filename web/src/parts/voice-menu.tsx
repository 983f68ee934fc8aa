/** The page's voice: on or off, how loud, a test, and what is being said. */
import { t } from "../strings.ts";
import { changeVoice, useVoiceSettings } from "../voice/settings.ts";
import { say, useIsSpeaker, useQueue } from "../voice/voice.ts";
import { Icon } from "./icons.tsx";

export function VoiceMenu() {
  const { isMuted, volume } = useVoiceSettings();
  const { current, waiting, last } = useQueue();
  const isSpeaker = useIsSpeaker();
  return (
    <section aria-label={t("voice.title")} className="grid gap-2.5">
      <div className="flex items-center gap-2">
        <button
          type="button"
          className="button flex-1 justify-start"
          aria-pressed={!isMuted}
          aria-keyshortcuts="m"
          onClick={() => changeVoice({ isMuted: !isMuted })}
        >
          <Icon name={isMuted ? "soundOff" : "sound"} className="size-4.5" />
          {t(isMuted ? "voice.off" : "voice.on")}
        </button>
        <button type="button" className="button" onClick={() => say(t("voice.testText"))}>
          {t("voice.test")}
        </button>
      </div>
      <label className="flex items-center gap-3">
        <span className="text-ink-3 text-xs">{t("voice.volume")}</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={volume}
          disabled={isMuted}
          className="min-w-0 flex-1 accent-accent"
          onChange={(event) => changeVoice({ volume: Number(event.target.value) })}
        />
      </label>
      <p className="text-ink-3 text-xs">{t(isSpeaker ? "voice.here" : "voice.elsewhere")}</p>
      {(current ?? last) !== undefined && (
        <p className="line-clamp-2 text-ink-2 text-xs">
          {t(current === undefined ? "voice.last" : "voice.now")}: {(current ?? last)?.text}
          {waiting.length > 0 && ` · ${t("voice.waiting", { count: waiting.length })}`}
        </p>
      )}
    </section>
  );
}
