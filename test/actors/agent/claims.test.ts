import assert from "node:assert/strict";
import { test } from "node:test";
import { CLAIMS_MAX, unfoundedClaims } from "../../../actors/agent/safety/claims.ts";
import fc from "../../support/fc.ts";

/** What is said, and the tool that would make it true. */
const CLAIMS: readonly (readonly [sentence: string, tool: string])[] = [
  ["I created a task to open the window.", "create_task"],
  ["I have just created a task for main.", "create_task"],
  ["I've posted a cleaning task for the kitchen.", "create_task"],
  ["A task has been created for main.", "create_task"],
  ["A task to air the room was posted.", "create_task"],
  ["The temperature is 30.5 °C, and I created a task for it.", "create_task"],
  ["Created a task with 1500 points.", "create_task"],
  ["Two tasks were created.", "create_task"],
  ["換気タスクを作成しました。", "create_task"],
  ["タスクを掲示しました。", "create_task"],
  ["mainゾーンの高温に対応するタスクを登録いたしました。", "create_task"],
  ["タスク「窓を開ける」を発行済みです。", "create_task"],
  ["I announced it in the kitchen.", "speak"],
  ["I have informed everyone about the heat.", "speak"],
  ["Everyone has been notified.", "speak"],
  ["An announcement was made in main.", "speak"],
  ["音声でお知らせしました。", "speak"],
  ["換気するようアナウンスしました。", "speak"],
  ["在室者に休憩を呼びかけました。", "speak"],
  ["I turned on the air conditioner.", "send_device_command"],
  ["I've set the thermostat to 24 °C.", "send_device_command"],
  ["I switched the lights off.", "send_device_command"],
  ["The window has been opened.", "send_device_command"],
  ["The pump was started for 30 seconds.", "send_device_command"],
  ["Turned on the lights in main.", "send_device_command"],
  ["エアコンを24度に設定しました。", "send_device_command"],
  ["照明をつけました。", "send_device_command"],
  ["ポンプを起動しました。", "send_device_command"],
];

const NO_CLAIMS: readonly string[] = [
  "All is well; nothing needs to be done.",
  "No task was created.",
  "I did not create a task, since one is open.",
  "I will create a task if it gets warmer.",
  "A task should be created.",
  "Should I create a task?",
  "A task for this was already created earlier.",
  "There is an open task for main (#17).",
  "The temperature in main is 30.5 °C.",
  "The temperature was 30 °C and is falling.",
  "The window is open.",
  "Somebody entered main.",
  "The air conditioner could not be turned on.",
  "I could not turn on the light: the device did not answer.",
  "The tool refused it, so I created no task.",
  "Please open a window.",
  "The task was completed by a member of staff.",
  "タスクは作成しませんでした。",
  "既にタスクが作成されています。",
  "すでに換気タスクを作成しました。",
  "タスクを作成する必要はありません。",
  "タスクを作成しましたか？",
  "エアコンの設定に失敗しました。",
  "窓を開けてください。",
  "温度が30.5度に上昇しました。",
  "mainは正常範囲内です。対応は不要です。",
  "30分前に照明をつけました。",
];

test("unfoundedClaims() marks a sentence that claims an act no tool's result shows", () => {
  for (const [sentence] of CLAIMS) assert.deepEqual(unfoundedClaims(sentence, []), [sentence]);
});

test("unfoundedClaims() believes what the tool of that kind has done, and no other", () => {
  for (const [sentence, tool] of CLAIMS) {
    assert.deepEqual(unfoundedClaims(sentence, [{ tool, outcome: "done" }]), [], sentence);
    for (const outcome of ["refused", "failed", "skipped", "running"] as const)
      assert.equal(unfoundedClaims(sentence, [{ tool, outcome }]).length, 1, sentence);
    const others = ["get_active_tasks", "get_zone_status"].map((other) => ({
      tool: other,
      outcome: "done" as const,
    }));
    assert.equal(unfoundedClaims(sentence, others).length, 1, sentence);
  }
});

test("unfoundedClaims() leaves alone what is denied, intended, asked, told of before or merely measured", () => {
  for (const sentence of NO_CLAIMS) assert.deepEqual(unfoundedClaims(sentence, []), [], sentence);
});

test("unfoundedClaims() takes each sentence by itself", () => {
  const text = `It is 30.5 °C in main. I created a task. ${NO_CLAIMS[0]}\n照明をつけました。OK`;
  assert.deepEqual(unfoundedClaims(text, []), ["I created a task.", "照明をつけました。"]);
  assert.deepEqual(unfoundedClaims(text, [{ tool: "create_task", outcome: "done" }]), [
    "照明をつけました。",
  ]);
  assert.equal(unfoundedClaims("I created a task. ".repeat(100), []).length, CLAIMS_MAX);
});

test("unfoundedClaims() takes any text, in time", () => {
  const piece = fc.constantFrom(
    "I ",
    "created ",
    "タスク",
    "を",
    "has been ",
    "a ",
    "set ",
    "the ",
    "。",
    ". ",
    "1.5",
    ", ",
    "and ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5_000 }), (pieces) => {
      assert.ok(unfoundedClaims(pieces.join(""), []).length <= CLAIMS_MAX);
    }),
    { numRuns: 30 },
  );
});
