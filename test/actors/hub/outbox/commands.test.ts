/** Commands through a hub: from the asker to the frame at its link, and back by the leaf's ACK. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf } from "../../../../actors/historian/command-records.ts";
import type {
  CommandAccepted,
  CommandEnded,
  CommandOrder,
} from "../../../../actors/hub/outbox/messages.ts";
import type { LinkCommand } from "../../../../actors/link/messages.ts";
import { MESSAGE_TYPES } from "../../../../firmware/wire/frame-types.ts";
import { createProbe, type Probe } from "../../../../runtime/testing/probe.ts";
import { decodeFrame } from "../../../../transports/frame/decode.ts";
import type { Frame } from "../../../../transports/frame/frame.ts";
import { frameLine } from "../../../../transports/frame/frame-json.ts";
import { HUB, officeOf, registration, report } from "../office.ts";

type Office = ReturnType<typeof officeOf>;
const HOUR_MS = 3_600_000;
/** No actor knows this message: handling it is a bug, and the supervisor restarts the actor. */
const CRASH = { type: "Crash" } as never;
const ack = (leafId: number): Frame => ({ version: 1, type: "ACK", leafId });

interface Asker {
  readonly accepted: Probe<CommandAccepted | CommandEnded>;
  readonly ended: Probe<CommandEnded>;
}

/** Given, and not waited for. */
const give = (office: Office, id: string, order: Partial<CommandOrder> = {}, leafId = 1): Asker => {
  const accepted = createProbe<CommandAccepted | CommandEnded>(office.system);
  const ended = createProbe<CommandEnded>(office.system);
  office.hub.tell({
    type: "CommandLeaf",
    leafId,
    id,
    order: {
      command: "read_now",
      args: {},
      argsHex: undefined,
      delivery: "now",
      mergeKey: undefined,
      expiresAtMs: office.sim.clock.nowMs() + HOUR_MS,
      ...order,
    },
    acceptedTo: accepted.ref,
    replyTo: ended.ref,
  });
  return { accepted, ended };
};

const command: typeof give = (office, ...order) => {
  const asker = give(office, ...order);
  office.sim.run();
  return asker;
};

/** What an asker has heard, `accepted` first. */
const toldOf = ({ accepted, ended }: Asker): string[] => [
  ...accepted.messages.flatMap(({ type }) => (type === "CommandAccepted" ? ["accepted"] : [])),
  ...ended.messages.map(
    ({ outcome, reason }) => `${outcome}${reason === undefined ? "" : ` ${reason}`}`,
  ),
];

/** What went to leaves so far: peer and frame. */
const sentBy = ({ link }: { link: Probe<LinkCommand> }): string[] =>
  link.messages.flatMap((message) => {
    if (message.type !== "SendFrame") return [];
    const { peer, frame } = message;
    const decoded = decodeFrame(frame, 0, frame.length);
    assert.ok(decoded.ok);
    if (decoded.value.type !== "COMMAND") return [];
    const { command: name, leafId } = decoded.value;
    const args = "args" in decoded.value ? JSON.stringify(decoded.value.args) : "";
    return [`${peer}: ${leafId} ${name} ${args}`];
  });

test("a command goes to the address of its leaf's last frame, and its ACK ends it", () => {
  const office = officeOf();
  office.frame(registration(1), 7);
  const asker = command(office, "a", { command: "set_state", args: { on: true } });
  assert.deepEqual(sentBy(office), ['7: 1 set_state {"on":true}']);
  assert.deepEqual(toldOf(asker), ["accepted"]);
  office.frame(ack(1), 7);
  assert.deepEqual(toldOf(asker), ["accepted", "acknowledged"]);
  office.sim.advance(HOUR_MS);
  assert.equal(sentBy(office).length, 1);
});

test("a command without an ACK is sent again, ever more seldom, until it expires", () => {
  const office = officeOf();
  office.frame(registration(1));
  const asker = command(office, "a", { expiresAtMs: office.sim.clock.nowMs() + 600_000 });
  office.sim.advance(60_000);
  const firstMinute = sentBy(office).length;
  assert.ok(firstMinute >= 4 && firstMinute <= 6, `${firstMinute} in the first minute`);
  office.sim.advance(540_000);
  assert.ok(sentBy(office).length <= 16);
  assert.deepEqual(toldOf(asker), ["accepted", "expired"]);
  assert.equal(office.events().at(-1), "command_expired");
});

test("a hub started again sends what is open, and an id asked again gets what became of the first", () => {
  const office = officeOf();
  office.frame(registration(1));
  const first = command(office, "a");
  office.hub.tell(CRASH);
  office.sim.run();
  assert.equal(sentBy(office).length, 1, "where the leaf is, is not known until its next frame");
  office.frame(report(1, { temperature: 20 }), 9);
  office.sim.advance(3_000);
  assert.equal(sentBy(office).at(-1), "9: 1 read_now {}");
  office.frame(ack(1), 9);
  assert.deepEqual(toldOf(first), ["accepted"], "who asked before is forgotten");
  const sent = sentBy(office).length;
  assert.deepEqual(toldOf(command(office, "a")), ["accepted", "acknowledged"]);
  assert.deepEqual(toldOf(command(office, "a", { command: "reset" })), ["refused idTaken"]);
  assert.equal(sentBy(office).length, sent);
});

/** What went to leaves so far but commands: peer, leaf, type and payload. */
const careOf = ({ link }: Office): string[] =>
  link.messages.flatMap((message) => {
    if (message.type !== "SendFrame") return [];
    const { peer, frame } = message;
    const [type, leafId] = [frame[2] ?? 0, frame[3] ?? 0];
    const payload = Buffer.from(frame.subarray(4, -1)).toString("hex");
    return type === MESSAGE_TYPES.COMMAND ? [] : [`${peer}: ${leafId} ${type} ${payload}`];
  });

test("a leaf is told the time when it registers, and again each day", () => {
  const office = officeOf();
  office.frame(registration(1), 7);
  const unixS = Math.floor(office.sim.clock.nowMs() / 1_000);
  const inHex = Buffer.from(Uint32Array.of(unixS).buffer).toString("hex");
  assert.deepEqual(careOf(office), [`7: 1 ${MESSAGE_TYPES.TIME_SYNC} ${inHex}`]);
  office.frame(report(1, { temperature: 20 }), 7);
  office.sim.advance(86_400_000 - 1);
  office.frame(report(1, { temperature: 20 }), 7);
  assert.equal(careOf(office).length, 1);
  office.sim.advance(1);
  office.frame(report(1, { temperature: 20 }), 7);
  assert.equal(careOf(office).length, 2);
});

test("a leaf that an operator says sleeps gets its commands with its next frame, after a restart too", () => {
  const office = officeOf();
  office.frame(registration(1));
  const act = { type: "SetSleep", leafId: 1, sleeps: true, wakeVia: undefined } as const;
  assert.equal(office.ask((replyTo) => ({ ...act, replyTo }))?.type, "HubAccepted");
  office.hub.tell(CRASH);
  office.sim.advance(2_000);
  const asker = command(office, "a");
  office.sim.advance(600_000);
  assert.deepEqual(sentBy(office), []);
  office.frame(report(1, { temperature: 20 }), 3);
  assert.deepEqual(sentBy(office), ["3: 1 read_now {}"]);
  office.frame(ack(1), 3);
  assert.deepEqual(toldOf(asker), ["accepted", "acknowledged"]);
});

test("a leaf that the settings say sleeps does, until an operator says otherwise", () => {
  const office = officeOf({ leaves: [{ id: 1, sleeps: true }] });
  office.frame(report(1, { temperature: 20 }));
  office.sim.advance(10_000);
  command(office, "a");
  assert.deepEqual(sentBy(office), []);
  office.ask((replyTo) => {
    return { type: "SetSleep", leafId: 1, sleeps: false, wakeVia: undefined, replyTo };
  });
  command(office, "b");
  assert.equal(sentBy(office).length, 1);
});

test("a leaf that another has woken gets its commands, and the other is asked to wake it", () => {
  const office = officeOf();
  office.frame(registration(1), 4);
  office.frame(registration(2), 5);
  office.ask((replyTo) => ({ type: "SetSleep", leafId: 1, sleeps: true, wakeVia: 2, replyTo }));
  office.sim.advance(60_000);
  command(office, "a");
  assert.deepEqual(sentBy(office), []);
  assert.equal(careOf(office).at(-1), `5: 2 ${MESSAGE_TYPES.WAKE} 01`, "leaf 2 is to wake leaf 1");
  office.frame({ version: 1, type: "WAKE_NOTIFY", leafId: 2, wokenLeafId: 1 }, 5);
  assert.deepEqual(sentBy(office), ["4: 1 read_now {}"]);
});

test("a claimant of a leaf's id gets none of its commands", () => {
  const office = officeOf();
  office.frame(registration(1), 7);
  office.frame(report(1, { temperature: 20 }), 7);
  office.frame(registration(1, "pico"), 8);
  command(office, "a");
  assert.deepEqual(sentBy(office), ["7: 1 read_now {}"]);
  office.frame(ack(1), 8);
  assert.equal(office.counters.read().refused["disputed"], 2);
});

test("what a hub's link numbers anew is sent to nobody until the leaf is heard again", () => {
  const office = officeOf();
  office.frame(registration(1), 7);
  office.hub.tell({ type: "PeersForgotten" });
  command(office, "a");
  assert.deepEqual(sentBy(office), []);
  office.frame(report(1, { temperature: 20 }), 1);
  office.sim.advance(4_000);
  assert.equal(sentBy(office)[0], "1: 1 read_now {}");
});

test("the frames of a hub to its leaves are sound frames of wire v1", () => {
  const office = officeOf();
  office.frame(registration(1));
  command(office, "a", { command: "deep_sleep", args: { sleepMs: 60_000 } });
  const sent = office.link.messages.at(-1);
  assert.ok(sent?.type === "SendFrame");
  const decoded = decodeFrame(sent.frame, 0, sent.frame.length);
  assert.ok(decoded.ok);
  assert.equal(
    frameLine(decoded.value),
    '{"ok":true,"version":1,"type":"COMMAND","leafId":1,"command":"deep_sleep","args":{"sleepMs":60000}}',
  );
});

test("what cannot be a command is refused at the door, each with its reason", () => {
  const office = officeOf();
  office.frame(registration(1));
  assert.deepEqual(toldOf(command(office, "a", {}, 200)), ["refused leafUnknown"]);
  for (const order of [
    { command: "explode" },
    { command: "set_pwm", args: { duty: 70_000 } },
    { command: "set_state", args: {} },
    { command: 77, argsHex: "0" },
  ]) {
    assert.deepEqual(toldOf(command(office, "a", order)), ["refused badCommand"]);
  }
  office.store.answers = "refused";
  assert.deepEqual(toldOf(command(office, "a")), ["refused storeUnavailable"]);
  assert.deepEqual(sentBy(office), []);
});

test("a command that a slow store took too late is gone again, and may be given anew", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.store.answers = "late";
  const refused = command(office, "a");
  office.sim.advance(4_000);
  const stored = (): number => commandsOf(office.commandStore, HUB, 1).length;
  assert.equal(stored(), 1, "it was written, and nobody has heard of it");
  office.store.answers = "saved";
  office.sim.advance(2_000);
  assert.deepEqual(toldOf(refused), ["refused storeUnavailable"]);
  assert.equal(stored(), 0);
  office.hub.tell(CRASH);
  office.frame(report(1, { temperature: 20 }));
  office.sim.advance(60_000);
  assert.deepEqual(sentBy(office), []);
  office.frame(report(1, { temperature: 20 }));
  assert.deepEqual(toldOf(command(office, "a")), ["accepted"]);
});

test("a thousand commands to sleeping leaves are a few writes, and wait without work", () => {
  const office = officeOf();
  for (let leafId = 0; leafId < 250; leafId++) {
    office.frame(registration(leafId));
    office.ask((replyTo) => {
      return { type: "SetSleep", leafId, sleeps: true, wakeVia: undefined, replyTo };
    });
  }
  const before = office.store.commandWrites;
  const askers: Asker[] = [];
  for (let i = 0; i < 4; i++) {
    for (let leafId = 0; leafId < 250; leafId++) {
      askers.push(give(office, `c${i}`, {}, leafId));
    }
  }
  office.sim.run();
  const writes = office.store.commandWrites - before;
  assert.ok(writes <= 1_000 / 64 + 2, `${writes} writes`);
  assert.ok(askers.every((asker) => toldOf(asker)[0] === "accepted"));
  office.sim.advance(600_000);
  assert.deepEqual(sentBy(office), []);
  for (let leafId = 0; leafId < 250; leafId++) {
    for (let i = 0; i < 4; i++) office.frame(ack(leafId), leafId);
    office.frame(ack(leafId), leafId);
  }
  assert.ok(askers.every((asker) => toldOf(asker)[1] === "acknowledged"));
});

test("at most so many commands of a leaf wait; one more is refused", () => {
  const office = officeOf();
  office.frame(registration(1));
  for (let i = 0; i < 32; i++) command(office, `c${i}`);
  assert.deepEqual(toldOf(command(office, "more")), ["refused outboxFull"]);
  assert.equal(sentBy(office).length, 1, "one at a time to a v1 leaf");
});

test("a command leaves when it is on disk that it is being sent, and not before", () => {
  const office = officeOf();
  office.frame(registration(1), 7);
  office.hub.tell({ type: "PeersForgotten" });
  assert.deepEqual(toldOf(command(office, "a")), ["accepted"]);
  office.store.answers = "refused";
  office.frame(report(1, { temperature: 20 }), 7);
  office.sim.advance(60_000);
  assert.deepEqual(sentBy(office), []);
  office.store.answers = "saved";
  office.sim.advance(60_000);
  assert.equal(sentBy(office)[0], "7: 1 read_now {}");
});
