import assert from "node:assert/strict";
import { test } from "node:test";
import { TASK_STATES } from "../../../actors/task/messages.ts";
import { isEnded, TASK_ACTS, transition } from "../../../actors/task/transitions.ts";

/** State → what becomes of it by: dispatch, accept, ignore, remind, complete, settle, expire, cancel. */
const TABLE = `
queued     open            stillQueued     stillQueued     stillQueued     stillQueued     notAccepted     expired         cancelled
open       open            accepted        open            open            paying          notAccepted     expired         cancelled
accepted   alreadyAccepted alreadyAccepted alreadyAccepted accepted        paying          notAccepted     expired         cancelled
paying     alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted completed  alreadyCompleted alreadyCompleted
completed  alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted alreadyCompleted
expired    taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded
cancelled  taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded       taskEnded
`;

test("transition() answers every act in every state as the table says", () => {
  const rows = TABLE.trim().split("\n");
  assert.equal(rows.length, TASK_STATES.length);
  for (const row of rows) {
    const [state = "", ...outcomes] = row.split(/\s+/);
    assert.equal(outcomes.length, TASK_ACTS.length);
    for (const [index, act] of TASK_ACTS.entries()) {
      const next = transition(state as (typeof TASK_STATES)[number], act);
      assert.equal(next.ok ? next.value : next.error, outcomes[index], `${state} ${act}`);
    }
  }
});

test("transition() lets nothing out of an ended state, and one way only into completed", () => {
  const into = new Set<string>();
  for (const state of TASK_STATES) {
    for (const act of TASK_ACTS) {
      const next = transition(state, act);
      if (isEnded(state)) assert.equal(next.ok, false, `${state} ${act}`);
      if (next.ok && next.value === "completed") into.add(`${state} ${act}`);
    }
  }
  assert.deepEqual([...into], ["paying settle"]);
});
