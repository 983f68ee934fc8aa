/** The engine of speech that the settings name; undefined where pages speak for themselves. */
import type { OfficeSettings } from "../../config/office.ts";
import { systemClock } from "../../runtime/clock.ts";
import { flite, openJtalk, programEngine } from "../../transports/speech/program-engine.ts";
import { restingEngine } from "../../transports/speech/resting-engine.ts";
import type { SpeechPort } from "../../transports/speech/speech-port.ts";
import { voicevox } from "../../transports/speech/voicevox.ts";

export function openEngine({
  engine,
  url,
  voiceFile,
}: OfficeSettings["voice"]): SpeechPort | undefined {
  switch (engine) {
    case "browser":
      return undefined;
    case "voicevox":
      return restingEngine(voicevox({ url }), () => systemClock.monotonicMs());
    case "flite":
      return programEngine(flite());
    case "open-jtalk":
      return programEngine(openJtalk(voiceFile));
  }
}
