import assert from "node:assert/strict";
import { test } from "node:test";
import { makeChannel } from "../../../runtime/threads/channels.ts";
import { RingPort } from "../../../runtime/threads/ring-port.ts";
import { KIND, laneOffset, RECORD, RING } from "../../../runtime/threads/shared-layout.ts";
import { LANE, type ThreadReceiver } from "../../../runtime/threads/thread-port.ts";
import fc from "../../support/fc.ts";

function makePair() {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  const [endOf1, endOf2] = makeChannel(1, 2, 1);
  const one = new RingPort({ self: 1, epoch: 1, words, ends: [endOf1] });
  const two = new RingPort({ self: 2, epoch: 1, words, ends: [endOf2] });
  one.bindRefs({ encodeRef: (ref) => ref, decodeRef: (data) => data as object });
  two.bindRefs({ encodeRef: (ref) => ref, decodeRef: (data) => data as object });
  const tally = { messages: 0, damaged: 0 };
  const receiver: ThreadReceiver = {
    onMessage() {
      tally.messages += 1;
    },
    onBytes() {
      tally.messages += 1;
    },
    onDamaged() {
      tally.damaged += 1;
    },
  };
  const header = new Int32Array(endOf1.outgoing, laneOffset(LANE.data));
  const memory = new Uint8Array(endOf1.outgoing, laneOffset(LANE.data) + RING.headerBytes);
  const close = () => {
    one.close();
    two.close();
  };
  return { one, two, header, memory, tally, receiver, close };
}

type Pair = ReturnType<typeof makePair>;

const MESSAGES = [
  { type: "Reading", leafId: 7, channel: "temperature", atMs: 1_700_000_000_000 },
  { type: "Nested", inner: { list: [1, "two", null], when: new Date(0) }, map: new Map([[1, 2]]) },
  { type: "Reading", leafId: 8, channel: "co2", atMs: 1.5 },
  { noType: new Uint8Array(10), text: "温度".repeat(20) },
];

function sendSome({ one }: Pair, rounds: number): void {
  for (let i = 0; i < rounds; i += 1) {
    for (const message of MESSAGES) one.send(2, LANE.data, 5, message);
    one.sendBytes(2, 5, new Uint8Array(40), 0, 40, 1, 2);
  }
  one.flush();
}

function drainAll({ two, receiver }: Pair): void {
  for (let drains = 0; two.drain(receiver, 100) > 0; drains += 1) {
    assert.ok(drains < 1_000, "what is damaged comes to an end");
  }
}

/** Messages that the ring carries once nothing is damaged any more: those of the bytes at least. */
function worksOn(pair: Pair): void {
  const before = pair.tally.messages;
  for (let i = 0; i < 3; i += 1) pair.one.sendBytes(2, 5, new Uint8Array(8), 0, 8, 0, 0);
  pair.one.flush();
  drainAll(pair);
  assert.equal(pair.tally.messages - before, 3);
}

test("RingPort.drain() counts what it cannot read as damaged and works on, whatever bytes a ring holds", () => {
  const damage = fc.record({ at: fc.nat(700), byte: fc.nat(255) });
  let damaged = 0;
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 20 }), (damages) => {
      const pair = makePair();
      sendSome(pair, 2);
      for (const { at, byte } of damages) pair.memory[at] = byte;
      drainAll(pair);
      damaged += pair.tally.damaged;
      worksOn(pair);
      pair.close();
    }),
    { numRuns: 1_000 },
  );
  assert.ok(damaged > 100, `${damaged} were found`);
});

test("RingPort.drain() survives records of any kind with any payload", () => {
  let damaged = 0;
  const record = fc.record({
    kind: fc.nat(RECORD.kindMask).filter((kind) => kind !== KIND.skip),
    payload: fc.uint8Array({ minLength: 40, maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 10 }), (records) => {
      const pair = makePair();
      const step = RECORD.headerBytes + 40;
      for (const { payload } of records) pair.one.sendBytes(2, 5, payload, 0, 40, 0, 0);
      for (const [i, { kind }] of records.entries()) {
        pair.memory[i * step] = ((pair.memory[i * step] as number) & ~RECORD.kindMask) | kind;
      }
      pair.one.flush();
      drainAll(pair);
      damaged += pair.tally.damaged;
      worksOn(pair);
      pair.close();
    }),
    { numRuns: 1_000 },
  );
  assert.ok(damaged > 1_000, `${damaged} were found`);
});

test("RingPort.drain() loses one damaged message and none of those around it", () => {
  const pair = makePair();
  sendSome(pair, 1);
  drainAll(pair);
  const { one, header, memory, tally } = pair;
  const before = tally.messages;
  const at = header[RING.tail] as number;
  for (let i = 0; i < 3; i += 1) one.send(2, LANE.data, 5, MESSAGES[0]);
  // The shape of the first of them is now one that was never sent.
  memory[at + RECORD.headerBytes] = 200;
  one.flush();
  drainAll(pair);
  assert.deepEqual([tally.messages - before, tally.damaged], [2, 1]);
  pair.close();
});
