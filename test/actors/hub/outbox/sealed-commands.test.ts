/** Commands, settings and the time to leaves of wire v2, sealed, on a historian and a disk of memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandEnded, CommandOrder } from "../../../../actors/hub/outbox/messages.ts";
import {
  CONFIG_KEYS,
  OUTCOMES,
  REGISTER_FLAGS,
  SEALED_TYPES,
} from "../../../../firmware/wire/sealed-types.ts";
import { createProbe, type Probe } from "../../../../runtime/testing/probe.ts";
import {
  writeBeat,
  writeResult,
  writeSealedRegister,
} from "../../../../transports/frame/sealed/write.ts";
import { SealedLeaf } from "../../../support/sealed-leaf.ts";
import { openOffice, type SealedOffice } from "../security/sealed-office.ts";

const CODE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

async function withLeaf() {
  const office = await openOffice();
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  await office.says(leaf, leaf.temperature(20));
  leaf.told.length = 0;
  return { office, leaf };
}

async function command(
  office: SealedOffice,
  leaf: SealedLeaf,
  id: string,
  order: Partial<CommandOrder> = {},
): Promise<Probe<CommandEnded>> {
  const asker = createProbe<CommandEnded>(office.system);
  office.hub.tell({
    type: "CommandLeaf",
    leafId: leaf.leafId,
    id,
    order: {
      ...{ command: "set_pwm", args: { duty: 9 }, argsHex: undefined, delivery: "now" },
      mergeKey: undefined,
      expiresAtMs: office.sim.clock.nowMs() + 60_000,
      ...order,
    },
    acceptedTo: undefined,
    replyTo: asker.ref,
  });
  await office.sim.settle();
  for (const frame of office.sent()) leaf.hear(frame);
  return asker;
}

const result = (
  leaf: SealedLeaf,
  ...results: readonly (readonly [commandId: number, outcome: keyof typeof OUTCOMES])[]
): Uint8Array =>
  leaf.say(SEALED_TYPES.RESULT, (frame, from) =>
    results.reduce((at, [id, outcome]) => writeResult(frame, at, id, OUTCOMES[outcome]), from),
  );

/** Ids of the commands that the leaf was told, in order, and what else by its type. */
const toldTo = (leaf: SealedLeaf): string[] =>
  leaf.told.splice(0).map(({ kind, payload }) => {
    const hex = Buffer.from(payload).toString("hex");
    return kind === SEALED_TYPES.COMMAND ? `command ${hex}` : `${kind} ${hex}`;
  });
const outcomesOf = (asker: Probe<CommandEnded>): string[] =>
  asker.messages.map(({ outcome, reason }) => `${outcome}${reason ? ` ${reason}` : ""}`);

test("a sealed command names its number, expiry and argument, and its RESULT ends it", async () => {
  const { office, leaf } = await withLeaf();
  const asker = await command(office, leaf, "a");
  assert.deepEqual(toldTo(leaf), [
    "command 01000000 3c00 02 02 0900".replaceAll(" ", "").replace("command", "command "),
  ]);
  await office.says(leaf, result(leaf, [1, "applied"]));
  assert.deepEqual(outcomesOf(asker), ["applied"]);
  await office.says(leaf, result(leaf, [1, "not_able"]));
  assert.deepEqual(outcomesOf(asker), ["applied"], "one end, whatever is said later");
});

test("what a leaf refuses is refused with its reason, and what it found too late has expired", async () => {
  const { office, leaf } = await withLeaf();
  const askers = [];
  for (const id of ["a", "b", "c"]) {
    askers.push(await command(office, leaf, id, { mergeKey: id }));
  }
  assert.equal(toldTo(leaf).length, 3);
  await office.says(leaf, result(leaf, [2, "expired"], [1, "not_able"], [3, "applied"]));
  assert.deepEqual(askers.map(outcomesOf), [["refused leaf:not_able"], ["expired"], ["applied"]]);
});

test("a command survives kill -9, is sent under its number again, and nobody runs it twice", async () => {
  const { office, leaf } = await withLeaf();
  await command(office, leaf, "a");
  const [first] = toldTo(leaf);
  const next = await office.kill();
  await next.says(leaf, leaf.temperature(21));
  await next.advance(5_000, 20);
  await next.says(leaf, leaf.temperature(22));
  for (const frame of next.sent()) leaf.hear(frame);
  const again = toldTo(leaf).filter((text) => text.startsWith("command"));
  assert.ok(again.length > 0);
  const numberOf = (text = ""): string => text.slice(0, "command ".length + 8);
  for (const text of again) assert.equal(numberOf(text), numberOf(first));
  await next.says(leaf, result(leaf, [1, "applied"]));
  const late = await command(next, leaf, "a");
  assert.deepEqual(outcomesOf(late), ["applied"], "who asks again is told what became of it");
  await command(next, leaf, "b");
  assert.ok(toldTo(leaf)[0]?.startsWith("command 03000000"), "2 was given to who asked again");
});

test("settings go to a leaf until it says that it has them, over a restart of the node too", async () => {
  const { office, leaf } = await withLeaf();
  const acted = createProbe(office.system);
  const settings = { interval_s: 60 };
  const { leafId } = leaf;
  office.hub.tell({ type: "ConfigureLeaf", leafId, settings, replyTo: acted.ref as never });
  await office.sim.settle();
  for (const frame of office.sent()) leaf.hear(frame);
  const { key } = CONFIG_KEYS.interval_s;
  const config = `${SEALED_TYPES.CONFIG} 01000${key}023c00`;
  assert.deepEqual(toldTo(leaf), [config]);
  const next = await office.kill();
  await next.says(leaf, leaf.heartbeat());
  await next.advance(3_000, 12);
  await next.says(leaf, leaf.heartbeat());
  assert.ok(toldTo(leaf).includes(config));
  const beat = leaf.say(SEALED_TYPES.HEARTBEAT, (frame, at) =>
    writeBeat(frame, at, 3_300, 60, 0, 0, 1),
  );
  await next.says(leaf, beat);
  assert.deepEqual(toldTo(leaf), [], "it has version 1");
  const bad = createProbe<{ readonly type: string }>(next.system);
  const nonsense = { colour: 7 };
  next.hub.tell({ type: "ConfigureLeaf", leafId, settings: nonsense, replyTo: bad.ref as never });
  await next.sim.settle();
  assert.deepEqual(bad.messages, [{ type: "HubRefused", reason: "badSetting" }]);
});

test("a leaf that registers as sleeping is told the time, and its commands with its next frame", async () => {
  const { office, leaf } = await withLeaf();
  const register = leaf.say(SEALED_TYPES.REGISTER, (frame, at) =>
    writeSealedRegister(frame, at, 1, REGISTER_FLAGS.sleeps, 1, 0, [0x01]),
  );
  await office.says(leaf, register);
  const [sync] = toldTo(leaf);
  assert.ok(sync?.startsWith(`${SEALED_TYPES.TIME_SYNC} `));
  await office.advance(30_000, 10);
  await command(office, leaf, "a");
  assert.deepEqual(toldTo(leaf), []);
  await office.says(leaf, leaf.temperature(20));
  assert.equal(toldTo(leaf).length, 1);
});
