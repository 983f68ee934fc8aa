import assert from "node:assert/strict";
import { test } from "node:test";
import { taskOf } from "../../../actors/commands/demo/heat.ts";
import { TASK_STATES, type TaskState } from "../../../actors/task/messages.ts";

const spoken = { text: "Please open a window." };
const of = (state: TaskState, causeId = "cycle-1") => ({ state, causeId, announcement: spoken });

test("mycel demo heat sees its task also when a person was quicker to take it, or has done it", async () => {
  for (const state of TASK_STATES.filter((each) => each !== "queued")) {
    const silent = { ...of("open"), announcement: null };
    const answers = [[of("open", "cycle-0")], [of("queued")], [silent], [of(state)]];
    const seen = await taskOf({ get: async () => answers.shift() }, { id: "cycle-1" });
    assert.deepEqual([seen.state, answers.length], [state, 0]);
  }
});
