/** The board on days on which clocks change, and when somebody sets the clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startBoard, taskIn } from "./board.ts";

process.env["TZ"] = "Europe/Berlin";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function boardAt(year: number, month: number, day: number, hour: number, minute: number) {
  const board = await startBoard();
  const atMs = new Date(year, month - 1, day, hour, minute).getTime();
  board.sim.clock.setWall(atMs - board.sim.clock.nowMs());
  return board;
}

test("tasks() lets people sleep until seven by the clock on the wall, on days of 23 and 25 hours too", async () => {
  /** Half past eleven in the evening before → hours until seven */
  const rows: readonly (readonly [number, number, number])[] = [
    [3, 27, 7.5],
    [3, 28, 6.5],
    [10, 24, 8.5],
    [10, 25, 7.5],
  ];
  for (const [month, day, hours] of rows) {
    const board = await boardAt(2026, month, day, 23, 30);
    await board.hear("main", 2);
    await board.create({ urgency: 2, taskTypes: ["supply"] });
    await board.pass(hours * HOUR - MINUTE, 5 * MINUTE);
    assert.equal(taskIn(await board.task(1)).dispatchReason, "quietHours", `${month}-${day}`);
    await board.pass(MINUTE);
    assert.equal(taskIn(await board.task(1)).dispatchReason, "occupied", `${month}-${day}`);
  }
});

test("tasks() counts the hour of a task and the half hour of its reminders in minutes that pass", async () => {
  // 2:30 comes twice that night.
  const board = await boardAt(2026, 10, 25, 1, 45);
  await board.create({ urgency: 4 });
  await board.create({ urgency: 4, title: "Leak", taskTypes: [] });
  const reminders = () => board.said().filter((text) => text.includes("Leak")).length - 1;
  await board.pass(59 * MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "open");
  await board.pass(MINUTE + 5_000);
  assert.equal(taskIn(await board.task(1)).state, "expired");
  await board.pass(10 * MINUTE);
  assert.equal(reminders(), 1);
  await board.pass(24 * MINUTE);
  assert.equal(reminders(), 1);
  await board.pass(10 * MINUTE);
  assert.equal(reminders(), 2);
});

test("tasks() waits for nothing longer because the clock was set back", async () => {
  const board = await boardAt(2026, 6, 1, 12, 0);
  await board.create({ title: "Leak", taskTypes: [] });
  await board.act("AcceptTask", 1, 2);
  await board.create({ title: "Dust", taskTypes: ["supply"] });
  await board.pass(70 * MINUTE);
  const reminders = () => board.said().filter((text) => /Dust.* still/.test(text)).length;
  assert.equal(reminders(), 1);
  board.vault.mood = "refuses";
  await board.act("CompleteTask", 1, 2);
  await board.hearOf({ zone: "lab", witness: undefined });
  for (const zone of ["lab", "cellar"]) {
    await board.create({ title: "Beans", urgency: 1, taskTypes: ["supply"], zone });
  }

  board.sim.clock.setWall(-30 * 24 * HOUR);
  board.vault.mood = "answers";
  await board.pass(MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "completed", "the payment is asked for again");
  await board.pass(10 * MINUTE);
  assert.equal(reminders(), 2, "what is open is called to mind");
  for (const id of [3, 4]) assert.equal(taskIn(await board.task(id)).state, "open", `#${id}`);
  assert.equal((await board.stats())?.completedLastHour, 1);
  board.sim.clock.setWall(-30 * 24 * HOUR);
  assert.equal((await board.stats())?.completedLastHour, 0, "nothing was done in the hour before");
});

test("tasks() lets everything expire at once whose time is over when the clock is set forward", async () => {
  const board = await boardAt(2026, 6, 1, 12, 0);
  for (const title of ["A", "B", "C"]) await board.create({ title, taskTypes: [] });
  await board.act("AcceptTask", 2, 2);
  board.sim.clock.setWall(30 * 24 * HOUR);
  await board.pass(10_000);
  assert.deepEqual(await board.tasks(), []);
  assert.deepEqual([board.vault.held.size, board.vault.released.size], [0, 3]);
});
