import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeadLetterReason } from "../../runtime/dead-letters.ts";
import { BYTES, Mailbox, PUT, type Put, releaseDrained } from "../../runtime/mailbox.ts";
import type { MailboxSpec, OverflowPolicy } from "../../runtime/supervisor.ts";
import fc from "../support/fc.ts";

interface Item {
  readonly key: number;
  readonly serial: number;
}

/** The mailbox with its protected parts shown, and what it sheds kept. */
class OpenMailbox extends Mailbox<Item> {
  readonly lost: (readonly [unknown, DeadLetterReason])[] = [];
  protected readonly rules: MailboxSpec<Item>;

  constructor(rules: MailboxSpec<Item>) {
    super();
    this.rules = rules;
    this.openShortWay();
  }

  protected shed(message: unknown, reason: DeadLetterReason): void {
    this.lost.push([message, reason]);
  }

  take(): unknown {
    const message = this.count > 0 ? this.takeSlot() : undefined;
    if (this.count === 0) this.noteDrained();
    return message;
  }

  first(item: Item): void {
    this.putFirst(item);
  }

  nextBytes(): Uint8Array {
    const ring = this.rareState().bytes;
    assert.ok(ring);
    ring.take();
    const bytes = ring.bytes.slice(ring.start, ring.end);
    ring.release();
    return bytes;
  }

  get slotCount(): number {
    return this.slots.length;
  }
}

const rules = (capacity: number, overflow: OverflowPolicy): MailboxSpec<Item> => ({
  capacity,
  overflow,
  ...(overflow === "conflate" && { conflateBy: ({ key }) => (key < 0 ? undefined : key) }),
});

/** The policies in as few words as possible: an array, and what they say about it. */
class Model {
  items: Item[] = [];
  readonly lost: (readonly [unknown, DeadLetterReason])[] = [];
  readonly #capacity: number;
  readonly #overflow: OverflowPolicy;

  constructor(capacity: number, overflow: OverflowPolicy) {
    this.#capacity = capacity;
    this.#overflow = overflow;
  }

  put(item: Item): Put {
    if (this.#overflow === "conflate" && item.key >= 0) {
      const at = this.items.findLastIndex(({ key }) => key === item.key);
      if (at >= 0) {
        this.items[at] = item;
        return PUT.queued;
      }
    }
    if (this.items.length < this.#capacity) {
      this.items.push(item);
      return PUT.queued;
    }
    switch (this.#overflow) {
      case "dropOldest":
      case "conflate":
        this.lost.push([this.items.shift(), "droppedOldest"]);
        this.items.push(item);
        return PUT.queued;
      case "dropNewest":
        this.lost.push([item, "droppedNewest"]);
        return PUT.shed;
      case "refuse":
        this.lost.push([item, "mailboxFull"]);
        return PUT.refused;
      case "backpressure":
        if (this.items.length >= this.#capacity + Math.max(64, this.#capacity)) return PUT.refused;
        this.items.push(item);
        return PUT.overCredit;
    }
  }
}

const policies = ["dropOldest", "dropNewest", "conflate", "refuse", "backpressure"] as const;

for (const overflow of policies) {
  test(`Mailbox with ${overflow} does what the model does, whatever is put and taken`, () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ put: fc.integer({ min: -1, max: 5 }) }) },
        { weight: 4, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 9 }) }) },
        { weight: 1, arbitrary: fc.record({ first: fc.constant(-1) }) },
        { weight: 1, arbitrary: fc.constant("endOfBox" as const) },
      ),
      { maxLength: 400, size: "max" },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (capacity, script) => {
        const mailbox = new OpenMailbox(rules(capacity, overflow));
        const model = new Model(capacity, overflow);
        let serial = 0;
        for (const step of script) {
          if (step === "endOfBox") releaseDrained();
          else if ("put" in step) {
            const item = { key: step.put, serial: serial++ };
            assert.equal(mailbox.put(item), model.put(item));
          } else if ("first" in step) {
            const item = { key: step.first, serial: serial++ };
            mailbox.first(item);
            model.items.unshift(item);
          } else {
            for (let i = 0; i < step.take; i += 1) {
              assert.equal(mailbox.take(), model.items.shift());
            }
          }
          assert.equal(mailbox.count, model.items.length);
        }
        assert.deepEqual(mailbox.lost, model.lost);
      }),
    );
  });
}

test("Mailbox keeps messages and byte messages in one order, and drops the oldest of either", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(
        fc.oneof(fc.constant("take"), fc.constant("put"), fc.uint8Array({ maxLength: 300 })),
        { size: "max", maxLength: 200 },
      ),
      (capacity, script) => {
        const mailbox = new OpenMailbox(rules(capacity, "dropOldest"));
        const model: unknown[] = [];
        for (const step of script) {
          if (step === "take") {
            const message = mailbox.take();
            assert.deepEqual(message === BYTES ? mailbox.nextBytes() : message, model.shift());
            continue;
          }
          if (model.length === capacity) model.shift();
          if (typeof step === "string") {
            const item = { key: 0, serial: model.length };
            mailbox.put(item);
            model.push(item);
          } else {
            mailbox.putBytes(step, 0, step.length, 7, 1);
            model.push(step);
          }
        }
        while (model.length > 0) {
          const message = mailbox.take();
          assert.deepEqual(message === BYTES ? mailbox.nextBytes() : message, model.shift());
        }
      },
    ),
  );
});

test("Mailbox.putFirst puts before all others, also beyond capacity, and confuses no conflation", () => {
  const mailbox = new OpenMailbox(rules(2, "conflate"));
  const [a, b, c] = [0, 1, 2].map((key) => ({ key, serial: key })) as [Item, Item, Item];
  mailbox.put(a);
  assert.equal(mailbox.take(), a);
  mailbox.put(b);
  mailbox.put(c);
  mailbox.first(b);
  mailbox.first(c);
  const late = { key: 0, serial: 9 };
  mailbox.put(late);
  assert.deepEqual([mailbox.take(), mailbox.take(), mailbox.take()], [b, b, c]);
});

test("Mailbox gives its slots back when drained, and none are made beyond what was needed", () => {
  const mailbox = new OpenMailbox(rules(8_192, "refuse"));
  const fill = (messages: number): void => {
    for (let serial = 0; serial < messages; serial += 1) mailbox.put({ key: 0, serial });
  };
  fill(1);
  assert.equal(mailbox.slotCount, 0, "one alone needs none");
  fill(99);
  assert.equal(mailbox.slotCount, 128);
  while (mailbox.count > 0) mailbox.take();
  fill(1);
  releaseDrained();
  assert.equal(mailbox.slotCount, 128, "it was filled anew before the box was over");
  mailbox.take();
  releaseDrained();
  assert.equal(mailbox.slotCount, 0);
});

test("Mailbox refuses bytes for which there will never be room, whatever the policy", () => {
  const tooMany = new Uint8Array(4 * 1024 * 1024);
  for (const overflow of policies) {
    const mailbox = new OpenMailbox(rules(4, overflow));
    mailbox.put({ key: 1, serial: 0 });
    const put = mailbox.putBytes(tooMany, 0, tooMany.length, 0, 0);
    assert.ok(put === PUT.refused || put === PUT.shed, overflow);
  }
});
