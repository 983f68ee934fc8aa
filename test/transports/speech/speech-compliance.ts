/** What every speech engine keeps, whatever it is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SpeechPort } from "../../../transports/speech/speech-port.ts";
import { wavSeconds } from "../../../transports/speech/wav.ts";

const TEXTS = {
  ja: "室温が高いので、窓を開けてください。",
  en: "It is too warm. Please open a window.",
};

export interface Engine {
  readonly port: SpeechPort;
  close?(): Promise<void> | void;
}

/** `skip`: why this engine is not here, with what brings it. */
export function describeSpeech(
  name: string,
  open: () => Promise<Engine> | Engine,
  skip?: string,
): void {
  const engine = async (run: (port: SpeechPort) => Promise<void>): Promise<void> => {
    const { port, close } = await open();
    try {
      await run(port);
    } finally {
      await close?.();
    }
  };
  const orderOf = (port: SpeechPort, text?: string) => {
    const language = port.languages[0] ?? "en";
    return { text: text ?? TEXTS[language], language, speaker: 47 };
  };

  describe(`speech by ${name}`, { ...(skip !== undefined && { skip }) }, () => {
    test("synthesize() makes a WAV as long as it says", () =>
      engine(async (port) => {
        const speech = await port.synthesize(orderOf(port));
        assert.ok(speech.ok, JSON.stringify(speech));
        assert.equal(speech.value.mediaType, "audio/wav");
        assert.deepEqual(wavSeconds(speech.value.bytes), {
          ok: true,
          value: speech.value.durationS,
        });
        assert.ok(speech.value.durationS > 0.5 && speech.value.durationS < 20);
      }));

    test("a longer text takes longer", () =>
      engine(async (port) => {
        const { text } = orderOf(port);
        const once = await port.synthesize(orderOf(port));
        const thrice = await port.synthesize(orderOf(port, `${text} ${text} ${text}`));
        assert.ok(once.ok && thrice.ok);
        assert.ok(thrice.value.durationS > 2 * once.value.durationS);
      }));

    for (const [what, text] of [
      ["an empty text", " \n "],
      ["one that is too long", "a".repeat(501)],
    ] as const) {
      test(`synthesize() refuses ${what}`, () =>
        engine(async (port) => {
          const speech = await port.synthesize(orderOf(port, text));
          assert.equal(speech.ok ? "" : speech.error.code, "badText");
        }));
    }

    test("texts that look like options, markup or several lines are only spoken", () =>
      engine(async (port) => {
        for (const text of [
          "-o /dev/null",
          "<speak>hi</speak>",
          "$(id) `id` ; id",
          "one\ntwo\0three",
        ]) {
          const speech = await port.synthesize(orderOf(port, text));
          assert.ok(speech.ok, `${text}: ${JSON.stringify(speech)}`);
        }
      }));

    test("a call that is called off ends at once with a fault", () =>
      engine(async (port) => {
        const speech = await port.synthesize(orderOf(port), AbortSignal.abort());
        assert.equal(speech.ok, false);
      }));

    test("check() says that it would speak", () =>
      engine(async (port) => {
        assert.deepEqual(await port.check(new AbortController().signal), {
          ok: true,
          value: undefined,
        });
      }));
  });
}
