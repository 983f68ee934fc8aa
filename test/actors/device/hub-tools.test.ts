import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandEnded } from "../../../actors/hub/outbox/messages.ts";
import { commanded, HUB, recordOf, startDevices } from "./desk.ts";

const relay = { leaf_id: "leaf_relay_01", command: "set_state", args: { state: "on" } };

/** `{leaf_id, command, args}` and what the hub is told, or the sentence for the asker. */
const WORDS: readonly (readonly [object, object | string])[] = [
  [relay, { leafId: 3, command: "set_state", args: { on: true } }],
  [
    { ...relay, leaf_id: 3 },
    { leafId: 3, command: "set_state", args: { on: true } },
  ],
  [
    { ...relay, leaf_id: "3" },
    { leafId: 3, command: "set_state", args: { on: true } },
  ],
  [
    { ...relay, leaf_id: "03" },
    { leafId: 3, command: "set_state", args: { on: true } },
  ],
  [
    { ...relay, leaf_id: `${HUB}.leaf_relay_01` },
    { leafId: 3, command: "set_state", args: { on: true } },
  ],
  [
    { ...relay, args: { state: true } },
    { leafId: 3, args: { on: true } },
  ],
  [
    { ...relay, args: { state: 1 } },
    { leafId: 3, args: { on: true } },
  ],
  [
    { ...relay, args: { state: "off" } },
    { leafId: 3, args: { on: false } },
  ],
  [
    { ...relay, args: { state: 0 } },
    { leafId: 3, args: { on: false } },
  ],
  [
    { ...relay, args: { on: false } },
    { leafId: 3, args: { on: false } },
  ],
  [
    { leaf_id: 3, command: "read_now" },
    { leafId: 3, command: "read_now", args: {} },
  ],
  [{ leaf_id: 3, command: "set_pwm", args: { duty: "512" } }, { args: { duty: 512 } }],
  [{ leaf_id: 3, command: "set_interval", args: { seconds: 30 } }, { args: { intervalS: 30 } }],
  [{ leaf_id: 3, command: "deep_sleep", args: { seconds: 60 } }, { args: { sleepMs: 60_000 } }],
  [{ ...relay, leaf_id: "leaf_9" }, "unknown leaf: leaf_9"],
  [{ ...relay, leaf_id: 9 }, "unknown leaf: 9"],
  [{ ...relay, leaf_id: {} }, "leaf_id must be a leaf's name or number"],
  [{ ...relay, command: "explode" }, "unknown command: explode"],
  [{ ...relay, command: "constructor" }, "unknown command: constructor"],
  [{ ...relay, args: { state: "maybe" } }, /wants args/ as never],
  [{ leaf_id: 3, command: "set_pwm", args: { duty: 65_536 } }, "duty must be from 0 to 65535"],
  [{ leaf_id: 3, command: "set_pwm", args: { duty: -1 } }, "duty must be from 0 to 65535"],
  [{ leaf_id: 3, command: "set_interval" }, /wants a number/ as never],
];

for (const [words, expected] of WORDS) {
  test(`leaf_command ${JSON.stringify(words)}`, () => {
    const desk = startDevices();
    desk.call(HUB, "leaf_command", words);
    if (typeof expected === "string" || expected instanceof RegExp) {
      const [answer] = desk.asker.messages;
      assert.ok(answer?.type === "DeviceFailed" && answer.reason === "deviceError");
      if (typeof expected === "string") assert.equal(answer.message, expected);
      else assert.match(answer.message, expected);
      assert.deepEqual(desk.hub.messages, []);
      return;
    }
    const { leafId, order } = commanded(desk);
    assert.deepEqual({ leafId, ...order, ...expected }, { leafId, ...order });
  });
}

type End = Pick<CommandEnded, "outcome" | "reason" | "sentAtMs">;
const never: Pick<End, "reason" | "sentAtMs"> = { reason: undefined, sentAtMs: undefined };

/** How the hub says that a command ended, and what its asker hears. */
const ENDS: readonly (readonly [End, object, RegExp?])[] = [
  [
    { ...never, outcome: "applied", sentAtMs: 5 },
    { type: "DeviceAnswered", status: "applied" },
  ],
  [
    { ...never, outcome: "acknowledged", sentAtMs: 5 },
    { type: "DeviceAnswered", status: "acknowledged" },
  ],
  [
    { ...never, outcome: "refused", reason: "leaf:badArgument" },
    { type: "DeviceFailed", reason: "deviceError" },
    /leaf_relay_01 refused set_state: badArgument/,
  ],
  [
    { ...never, outcome: "refused", reason: "storeUnavailable" },
    { type: "DeviceFailed", reason: "deviceError" },
    /storeUnavailable/,
  ],
  [
    { ...never, outcome: "refused", reason: "outboxFull" },
    { type: "DeviceFailed", reason: "busy" },
    /nothing was sent/,
  ],
  [
    { ...never, outcome: "expired" },
    { type: "DeviceFailed", reason: "timeout" },
    /was not sent, and will not be/,
  ],
  [
    { ...never, outcome: "expired", sentAtMs: 5 },
    { type: "DeviceFailed", reason: "timeout" },
    /was sent, and may have been done/,
  ],
  [{ ...never, outcome: "superseded" }, { type: "DeviceFailed", reason: "deviceError" }, /newer/],
];

for (const [end, heard, sentence] of ENDS) {
  test(`leaf_command that ends ${end.outcome} ${end.reason ?? end.sentAtMs ?? ""} is told as such`, () => {
    const desk = startDevices();
    const id = desk.call(HUB, "leaf_command", relay);
    const command = commanded(desk);
    command.acceptedTo?.tell({ type: "CommandAccepted", record: recordOf(command) });
    const ended: CommandEnded = { type: "CommandEnded", hub: HUB, leafId: 3, id, ...end };
    command.replyTo?.tell(ended);
    command.replyTo?.tell(ended);
    desk.sim.run();
    desk.sim.advance(20_000);
    const [answer, ...more] = desk.asker.messages;
    assert.deepEqual(more, [], "once");
    assert.ok(answer !== undefined);
    if (answer.type === "DeviceFailed") {
      assert.deepEqual({ ...answer, ...heard }, answer);
      assert.match(answer.message, sentence ?? /./);
      return;
    }
    assert.deepEqual(answer, {
      ...{ type: "DeviceAnswered", id },
      result: {
        ...{ leaf_id: "leaf_relay_01", command: "set_state", command_id: id },
        ...omit(heard),
      },
      made: [`command:${HUB}/3/${id}`],
    });
  });
}

const omit = ({ type: _, ...rest }: { type?: string }): object => rest;

test("a command expires before its asker stops waiting, that of a sleeping leaf within the hour", () => {
  const desk = startDevices();
  desk.call(HUB, "leaf_command", relay);
  assert.equal(commanded(desk).order.expiresAtMs, desk.sim.clock.nowMs() + 9_000);
  desk.call(HUB, "leaf_command", { ...relay, leaf_id: 4 });
  assert.equal(commanded(desk).order.expiresAtMs, desk.sim.clock.nowMs() + 3_600_000);
  desk.call(HUB, "leaf_command", { ...relay, expires_s: 60 });
  assert.equal(commanded(desk).order.expiresAtMs, desk.sim.clock.nowMs() + 60_000);
});

test("a sleeping leaf's command is told as queued when the asker's time is over, and stays ordered", () => {
  const desk = startDevices();
  const id = desk.call(HUB, "leaf_command", { ...relay, leaf_id: "leaf_4" });
  const command = commanded(desk);
  command.acceptedTo?.tell({ type: "CommandAccepted", record: recordOf(command) });
  desk.sim.advance(10_000);
  const [answer] = desk.asker.messages;
  assert.ok(answer?.type === "DeviceAnswered");
  const { message, ...result } = answer.result as { message: string };
  assert.deepEqual(result, {
    ...{ status: "queued", leaf_id: "leaf_4" },
    command: "set_state",
    command_id: id,
  });
  assert.match(message, /when it wakes/);
});

test("a hub that does not answer is a time-out within the asker's 10 s", () => {
  const desk = startDevices();
  desk.call(HUB, "leaf_command", relay);
  desk.sim.advance(10_000);
  const [answer] = desk.asker.messages;
  assert.ok(answer?.type === "DeviceFailed" && answer.reason === "timeout");
  assert.match(answer.message, /did not answer/);
});

test("a hub has two tools, and says so of others", () => {
  const desk = startDevices();
  desk.call(HUB, "fly");
  const [answer] = desk.asker.messages;
  assert.ok(answer?.type === "DeviceFailed" && answer.reason === "unknownTool");
  assert.match(answer.message, /leaf_command, get_swarm_status/);
});
