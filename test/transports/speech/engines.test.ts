import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { test } from "node:test";
import { flite, openJtalk, programEngine } from "../../../transports/speech/program-engine.ts";
import { restingEngine } from "../../../transports/speech/resting-engine.ts";
import type { SpeechFault, SpeechPort } from "../../../transports/speech/speech-port.ts";
import { voicevox } from "../../../transports/speech/voicevox.ts";
import { wavSeconds } from "../../../transports/speech/wav.ts";
import fc from "../../support/fc.ts";
import { until } from "../../support/until.ts";
import { describeSpeech } from "./speech-compliance.ts";
import { startVoicevox, tone } from "./voicevox-server.ts";

const has = (program: string): boolean => spawnSync("which", [program]).status === 0;
const voice =
  process.env["MYCEL_HTS_VOICE"] ?? globSync("/usr/share/hts-voice/**/*.htsvoice").sort()[0];

describeSpeech("VOICEVOX's protocol", async () => {
  const server = await startVoicevox();
  return { port: voicevox({ url: server.url }), close: server.close };
});
describeSpeech(
  "flite",
  () => ({ port: programEngine(flite()) }),
  has("flite") ? undefined : "no flite: apt-get install flite",
);
describeSpeech(
  "open-jtalk",
  () => ({ port: programEngine(openJtalk(voice)) }),
  has("open_jtalk") && voice !== undefined
    ? undefined
    : "no open_jtalk with a voice: apt-get install open-jtalk open-jtalk-mecab-naist-jdic, and set MYCEL_HTS_VOICE to a .htsvoice file",
);

const FAULTS = [
  ["/audio_query", "422", "badText"],
  ["/audio_query", "500", "engineFailed"],
  ["/audio_query", "hang", "timeout"],
  ["/synthesis", "500", "engineFailed"],
  ["/synthesis", "hang", "timeout"],
  ["/synthesis", "cut", "unreachable"],
  ["/synthesis", "noWav", "badAnswer"],
] as const;
for (const [path, how, code] of FAULTS) {
  test(`voicevox() says ${code} when ${path} ends with ${how}, and speaks again after it`, async () => {
    const server = await startVoicevox();
    const port = voicevox({ url: server.url, ...(how === "hang" && { timeoutMs: 300 }) });
    server.fault = { path, how };
    const speech = await port.synthesize({ text: "はい", language: "ja", speaker: 47 });
    assert.equal(speech.ok ? "spoken" : speech.error.code, code);
    server.fault = undefined;
    await until(
      async () => (await port.synthesize({ text: "はい", language: "ja", speaker: 47 })).ok,
    );
    await server.close();
  });
}

test("voicevox() asks with the text and the speaker that it was given", async () => {
  const server = await startVoicevox();
  const order = { text: "窓を開けて & 閉めて", language: "ja", speaker: 46 } as const;
  assert.ok((await voicevox({ url: server.url }).synthesize(order)).ok);
  const [speakers, query = "", synthesis] = server.requests;
  assert.equal(speakers, "/speakers");
  const asked = new URL(query, "http://engine");
  assert.equal(asked.searchParams.get("text"), order.text);
  assert.equal(asked.searchParams.get("speaker"), "46");
  assert.equal(synthesis, "/synthesis?speaker=46");
  await server.close();
});

test("voicevox() uses the voices that an engine has, where its numbers are others", async () => {
  const server = await startVoicevox([888_753_760, 888_753_761]);
  const port = voicevox({ url: server.url });
  for (const speaker of [47, 46, 47]) {
    assert.ok((await port.synthesize({ text: "はい", language: "ja", speaker })).ok);
  }
  const used = server.requests.flatMap(
    (path) => /^\/synthesis\?speaker=(\d+)$/.exec(path)?.[1] ?? [],
  );
  assert.deepEqual(used, ["888753761", "888753760", "888753761"]);
  assert.equal(server.requests.filter((path) => path === "/speakers").length, 1);
  await server.close();
});

for (const how of ["500", "noJson"] as const) {
  test(`voicevox() goes by the usual numbers where an engine does not tell its own: ${how}`, async () => {
    const server = await startVoicevox();
    server.fault = { path: "/speakers", how };
    const order = { text: "はい", language: "ja", speaker: 47 } as const;
    assert.ok((await voicevox({ url: server.url }).synthesize(order)).ok);
    assert.equal(server.requests.at(-1), "/synthesis?speaker=47");
    await server.close();
  });
}

test("voicevox() asks again for an engine's voices when it could not tell them once", async () => {
  const server = await startVoicevox([888_753_760]);
  const port = voicevox({ url: server.url });
  const order = { text: "はい", language: "ja", speaker: 47 } as const;
  server.fault = { path: "/speakers", how: "500" };
  await port.synthesize(order);
  assert.equal(server.requests.at(-1), "/synthesis?speaker=47");
  server.fault = undefined;
  await port.synthesize(order);
  assert.equal(server.requests.at(-1), "/synthesis?speaker=888753760");
  await server.close();
});

test("restingEngine() leaves an engine that is away alone for 30 s, and one that refuses a text not", async () => {
  let nowMs = 0;
  let code: SpeechFault["code"] = "timeout";
  let asked = 0;
  const engine: SpeechPort = {
    name: "engine",
    languages: ["ja"],
    synthesize: async () => {
      asked += 1;
      return { ok: false, error: { code, message: "no" } };
    },
    check: async () => ({ ok: true, value: undefined }),
  };
  const resting = restingEngine(engine, () => nowMs);
  const ask = () => resting.synthesize({ text: "はい", language: "ja", speaker: 47 });
  await ask();
  const away = await ask();
  assert.equal(away.ok ? "" : away.error.code, "unreachable");
  assert.equal(asked, 1);
  nowMs = 30_000;
  code = "badText";
  await ask();
  await ask();
  assert.equal(asked, 3);
});

test("an engine that is not there says how to get it", async () => {
  const port = programEngine({ ...flite(), program: "flite-that-is-not-there" });
  const speech = await port.synthesize({ text: "yes", language: "en", speaker: 0 });
  assert.deepEqual(speech.ok ? "" : speech.error.code, "unreachable");
  const gone = voicevox({ url: "http://127.0.0.1:9" });
  const refused = await gone.synthesize({ text: "はい", language: "ja", speaker: 0 });
  assert.equal(refused.ok ? "" : refused.error.code, "unreachable");
});

test("wavSeconds() never throws, and reads no cut file as whole", () => {
  const whole = tone(0.1);
  assert.deepEqual(wavSeconds(whole), { ok: true, value: 0.1 });
  for (let length = 0; length < whole.length; length++) {
    assert.equal(wavSeconds(whole.subarray(0, length)).ok, false);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(43), (noise, at) => {
      const bytes = Uint8Array.from(whole);
      bytes.set(noise.subarray(0, bytes.length - at), at);
      wavSeconds(bytes);
      wavSeconds(noise);
    }),
  );
});
