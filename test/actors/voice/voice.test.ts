import assert from "node:assert/strict";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type {
  RejectionStatus,
  TaskVoices,
  VoiceAnswer,
  VoiceCommand,
  VoiceEvents,
} from "../../../actors/voice/messages.ts";
import { VOICE_MAILBOX, type VoiceOptions, voice } from "../../../actors/voice/voice.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import { err, ok } from "../../../runtime/result.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import type { ModelPort } from "../../../transports/llm/model-port.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import { voicevox } from "../../../transports/speech/voicevox.ts";
import { until } from "../../support/until.ts";
import { startVoicevox } from "../../transports/speech/voicevox-server.ts";

function officeOf(options: Partial<VoiceOptions> = {}) {
  const system = createActorSystem({ node: "test" });
  const dashboard = createProbe<DashboardCommand>(system, "dashboard");
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "mycel-voice-"));
  const ref = system.spawn<VoiceCommand>({
    id: "voice",
    start: () =>
      voice({
        node: "test",
        dir,
        language: "ja",
        store: new MemoryStore(),
        model: scripted({ language: "ja" }),
        stockModel: options.model ?? scripted({ language: "ja" }),
        engine: undefined,
        dashboard: dashboard.ref,
        ...options,
      }),
    mailbox: VOICE_MAILBOX,
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const ask = <A>(request: (replyTo: ActorRef<A>) => VoiceCommand): Promise<A> =>
    system.ask<VoiceCommand, A>(ref, request, 60_000);
  return {
    ...{ system, ref, dir, ask },
    heard: () =>
      dashboard.messages.flatMap((message) =>
        message.type === "OfficeChanged" ? message.changes.map(({ value }) => value) : [],
      ),
    speak: (text: string) =>
      ask<VoiceAnswer>((replyTo) => ({
        ...{ type: "Speak", text, zone: "main", tone: "alert", causeId: "cycle-1", replyTo },
      })),
    prepare: (title = "窓を開ける") =>
      ask<TaskVoices>((replyTo) => ({
        ...{ type: "PrepareTask", taskId: 17, title, description: "", zone: "main" },
        ...{ bounty: 1_500, urgency: 3, replyTo },
      })),
    reject: () => ask<VoiceAnswer>((replyTo) => ({ type: "TakeRejection", replyTo })),
    stock: () => ask<RejectionStatus>((replyTo) => ({ type: "GetRejections", replyTo })),
  };
}

const failing: ModelPort = {
  ...scripted(),
  chat: async () => err({ code: "serverError", message: "It is out of order." }),
};
const saying = (content: string): ModelPort => {
  const model = scripted();
  return {
    ...model,
    chat: async (request) => {
      const answer = await model.chat(request);
      return answer.ok ? ok({ ...answer.value, content }) : answer;
    },
  };
};

test("voice: what is spoken is heard on all pages, with its cause, and kept", async () => {
  const office = officeOf();
  const answer = await office.speak("室温が高くなっています");
  assert.ok(answer.type === "Spoken");
  assert.deepEqual(answer.spoken, {
    text: "室温が高くなっています",
    audioUrl: null,
    durationS: null,
  });
  await until(() => office.heard().length === 1);
  assert.deepEqual(office.heard()[0], answer.event);
  assert.deepEqual(
    [answer.event?.priority, answer.event?.causeId, answer.event?.zone],
    [2, "cycle-1", "main"],
  );
  const { events } = await office.ask<VoiceEvents>((replyTo) => ({
    ...{ type: "GetVoiceEvents", sinceMs: 0, replyTo },
  }));
  assert.deepEqual(events, [answer.event]);
  await office.system.shutdown();
});

test("voice: an announcement goes to the pages as it was prepared", async () => {
  const office = officeOf();
  const { announcement } = await office.prepare();
  office.ref.tell({
    type: "Announce",
    event: {
      ...announcement,
      priority: 1,
      zone: "main",
      tone: "alert",
      taskId: 17,
      causeId: "task:17",
    },
  });
  await until(() => office.heard().length === 1);
  const [event] = office.heard();
  assert.ok(event !== null && typeof event === "object" && "taskId" in event);
  assert.deepEqual([event.taskId, event.text], [17, announcement.text]);
  await office.system.shutdown();
});

test("voice: texts that are empty or too long are refused, and nobody hears them", async () => {
  const office = officeOf();
  for (const text of ["", " \n", "あ".repeat(501)]) {
    assert.deepEqual(await office.speak(text), { type: "VoiceRefused", reason: "badText" });
  }
  assert.deepEqual(office.heard(), []);
  await office.system.shutdown();
});

test("voice: a task's announcement and completion are made at once, by model and engine", async () => {
  const server = await startVoicevox();
  const office = officeOf({ engine: voicevox({ url: server.url }) });
  const { announcement, completion } = await office.prepare();
  assert.match(announcement.text, /^至急、.*窓を開ける.*1500/);
  for (const spoken of [announcement, completion]) {
    assert.match(spoken.audioUrl ?? "", /^\/audio\/task_(announce|complete)_[0-9a-f]{24}\.wav$/);
    assert.ok((spoken.durationS ?? 0) > 0.5);
  }
  const speakers = server.requests.filter((path) => path.startsWith("/synthesis"));
  assert.equal(speakers[0], "/synthesis?speaker=47");
  assert.match(speakers[1] ?? "", /speaker=(47|48)$/);
  await office.system.shutdown();
  await server.close();
});

test("voice: the same words are synthesized once, also over a restart", async () => {
  const server = await startVoicevox();
  const engine = voicevox({ url: server.url });
  const office = officeOf({ engine });
  const first = await office.speak("休憩しませんか");
  const requests = server.requests.length;
  const again = await office.speak("休憩しませんか");
  await office.system.shutdown();
  const later = officeOf({ engine, dir: office.dir });
  const third = await later.speak("休憩しませんか");
  assert.ok(first.type === "Spoken" && again.type === "Spoken" && third.type === "Spoken");
  assert.deepEqual([again.spoken, third.spoken], [first.spoken, first.spoken]);
  assert.equal(server.requests.length, requests);
  await later.system.shutdown();
  await server.close();
});

test("voice: an engine that fails or speaks another language leaves the words to the page", async () => {
  const server = await startVoicevox();
  server.fault = { path: "/synthesis", how: "500" };
  for (const language of ["ja", "en"] as const) {
    const office = officeOf({ engine: voicevox({ url: server.url }), language });
    const answer = await office.speak("はい");
    assert.ok(answer.type === "Spoken");
    assert.equal(answer.spoken.audioUrl, null);
    assert.deepEqual(readdirSync(office.dir), []);
    await office.system.shutdown();
  }
  assert.equal(server.requests.filter((path) => path.startsWith("/synthesis")).length, 1);
  await server.close();
});

const RAMBLING = [
  ["that fails", failing],
  ["that says nothing", saying(" \n")],
  ["that does not stop", saying("はい。".repeat(200))],
] as const;
for (const [what, model] of RAMBLING) {
  test(`voice: plain words stand in for a model ${what}`, async () => {
    const office = officeOf({ model });
    const { announcement, completion } = await office.prepare();
    assert.equal(
      announcement.text,
      "至急、mainで、窓を開けるをお願いします。報酬は1500ポイントです。",
    );
    assert.match(completion.text, /窓を開ける.*1500/);
    await office.system.shutdown();
  });
}

test("voice: of a model's words the first paragraph is taken, without its quotes", async () => {
  const office = officeOf({ model: saying("「窓を開けてください」\n\nこの文は自然です。") });
  assert.equal((await office.prepare()).announcement.text, "窓を開けてください");
  await office.system.shutdown();
});

test("voice: what a model thinks aloud before its words is not said", async () => {
  for (const [content, said] of [
    ["<think>\n\n</think>\n\n窓を開けてください", "窓を開けてください"],
    ["<think>短く書く。</think>窓を開けてください", "窓を開けてください"],
    ["<thinking>短く書く。それから", "mainで、窓を開けるをお願いします。報酬は1500ポイントです。"],
  ] as const) {
    const office = officeOf({ model: saying(content) });
    const { announcement } = await office.prepare();
    assert.ok(announcement.text.endsWith(said), announcement.text);
    assert.ok(!announcement.text.includes("think"));
    await office.system.shutdown();
  }
});

test("voice: who asks for more than it can say in a minute is told that it is busy", async () => {
  const server = await startVoicevox();
  server.fault = { path: "/audio_query", how: "hang" };
  const office = officeOf({ engine: voicevox({ url: server.url, timeoutMs: 600_000 }) });
  let busy = 0;
  const answers = Array.from({ length: 70 }, async (_, i) => {
    const { type } = await office.speak(`${i}`);
    if (type === "VoiceRefused") busy += 1;
  });
  await until(() => busy === 70 - 62);
  await server.close();
  await Promise.all(answers);
  assert.equal(busy, 70 - 62);
  await office.system.shutdown();
});

test("voice: without a stock a rejection is made of plain words, at once", async () => {
  const office = officeOf();
  const answer = await office.reject();
  assert.ok(answer.type === "Spoken");
  assert.ok(answer.spoken.text.length > 0 && answer.event === null);
  const { stockCount, stockMax, needsRefill } = await office.stock();
  assert.deepEqual([stockCount, stockMax, needsRefill], [0, 100, true]);
  await office.system.shutdown();
});
