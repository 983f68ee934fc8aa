/**
 * Numbered messages from senders on each thread to a receiver for each overflow policy. Each number is
 * handled in order and at most once, and ends as one thing: handled, a dead letter, refused, or in the
 * hand of an actor that was crashed.
 */

import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type OverflowPolicy, placed } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { type Ledger, type Numbered, newLedger, type Pair } from "../actors/numbered.ts";
import {
  crashOf,
  jump,
  type Letter,
  loseThreadOf,
  moveOf,
  NEVER_GIVES_UP,
  on,
  Stage,
} from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../actors/numbered.ts");
const THREADS = 3;
const QUOTA = 150;

interface Receiver {
  readonly id: string;
  readonly thread: number;
  readonly overflow: OverflowPolicy;
  readonly stashes: boolean;
  /** All senders write to it, or only those of other threads. */
  readonly fromAfar?: boolean;
}

const RECEIVERS: readonly Receiver[] = [
  { id: "drop-oldest", thread: 1, overflow: "dropOldest", stashes: false },
  { id: "drop-newest", thread: 2, overflow: "dropNewest", stashes: false },
  { id: "refuse", thread: 0, overflow: "refuse", stashes: false },
  { id: "backpressure-0", thread: 0, overflow: "backpressure", stashes: false },
  { id: "backpressure-1", thread: 1, overflow: "backpressure", stashes: false },
  { id: "afar", thread: 0, overflow: "backpressure", stashes: false, fromAfar: true },
  { id: "stashing", thread: 2, overflow: "backpressure", stashes: true },
];
const SENDERS = ["sender-0", "sender-1", "sender-2"] as const;
const CAPACITY = 8;
/** What senders on the same thread may put beyond it. */
const OVERSHOOT = 64;
/** What waits of other threads' messages: half as much again as the capacity, of which each has one at least. */
const FROM_AFAR_MAX = 1.5 * CAPACITY;
/** Senders wait 15 s at most for a mailbox elsewhere. */
const HEAL_MS = 40_000;

export const numbers: World = {
  name: "numbers",
  about: "order, at most once, every message accounted for, senders wait and go on",
  steps: 600,
  faultsMax: 12,
  seedsInTest: 40,
  faults: fc.oneof(
    crashOf([...RECEIVERS.map(({ id }) => id), ...SENDERS]),
    {
      weight: 2,
      arbitrary: moveOf([...RECEIVERS.map(({ id }) => id), ...SENDERS], [0, 1, 2]),
    },
    loseThreadOf([1, 2]),
    jump,
  ),
  async open(seed): Promise<Course> {
    const supervision = NEVER_GIVES_UP;
    const stage = new Stage({ seed, threads: THREADS, supervision, healMs: HEAL_MS });
    const ledger = newLedger();
    const { system } = stage.sim;
    const receivers: Record<string, ActorRef<Numbered>> = {};
    for (const { id, thread, overflow, stashes } of RECEIVERS) {
      receivers[id] = system.spawn<Numbered>({
        id,
        start: placed(MODULE, stashes ? "stashingReceiver" : "receiver", { everyMs: 7 }),
        placement: on(thread),
        mailbox: { capacity: CAPACITY, overflow },
        restart: "permanent",
        shutdownMs: 1_000,
      });
    }
    for (const [thread, id] of SENDERS.entries()) {
      system.spawn({
        id,
        start: placed(MODULE, "sender", {
          id,
          receivers: receiversOf(thread, receivers),
          quota: QUOTA,
          burstMax: 20,
          everyMs: 1 + thread,
        }),
        placement: on(thread),
        restart: "permanent",
        shutdownMs: 1_000,
      });
    }
    await stage.sim.promises();
    stage.onLetter = (letter) => checkShed(stage, ledger, letter);
    return stage.course(
      ledger.broken,
      "order",
      () => checkAccount(stage, ledger),
      () => checkBounds(stage),
    );
  },
};

const isSent = ({ fromAfar, thread }: Receiver, sender: number): boolean =>
  fromAfar !== true || thread !== sender;

const receiversOf = (sender: number, refs: Readonly<Record<string, ActorRef<Numbered>>>) =>
  Object.fromEntries(
    RECEIVERS.filter((receiver) => isSent(receiver, sender)).map(({ id }) => [id, refs[id]]),
  );

/** After a move who is afar has changed, and what came on the way stands behind what it had. */
const boundOf = ({ overflow, fromAfar }: Receiver, hasMoved: boolean): number => {
  if (overflow !== "backpressure") return hasMoved ? 2 * CAPACITY : CAPACITY;
  if (hasMoved) return 2 * (CAPACITY + OVERSHOOT + FROM_AFAR_MAX);
  return fromAfar ? FROM_AFAR_MAX : CAPACITY + OVERSHOOT + FROM_AFAR_MAX;
};

function checkBounds(stage: Stage): void {
  for (const receiver of RECEIVERS) {
    // A restart may put what was stashed before what waits.
    if (receiver.stashes) continue;
    const waiting = stage.cell(receiver.id)?.count ?? 0;
    const isIn = waiting <= boundOf(receiver, stage.hasMoved);
    hold(isIn, "a mailbox is bounded", () => `${waiting} wait at ${receiver.id}`);
  }
}

/** What a policy drops is of a sender's waiting numbers the one that it names. */
function checkShed(stage: Stage, { broken }: Ledger, { message, reason, path }: Letter): void {
  if (!isNumbered(message) || !reason.startsWith("dropped")) return;
  const waiting: readonly unknown[] = stage.cell(message.to)?.waiting() ?? [];
  for (const other of waiting) {
    if (!isNumbered(other) || other.from !== message.from) continue;
    const isRight = (reason === "droppedOldest") === message.n < other.n;
    if (!isRight) broken.push(`${path}: ${reason} is ${message.n}, and ${other.n} stays`);
  }
}

function checkAccount(stage: Stage, ledger: Ledger): void {
  for (const { message } of stage.letters) {
    if (isNumbered(message)) count(ledger.pair(message.from, message.to).dead, message.n);
  }
  for (const message of stage.inHand) {
    if (isNumbered(message)) count(ledger.pair(message.from, message.to).inHand, message.n);
  }
  for (const [sender, from] of SENDERS.entries()) {
    for (const receiver of RECEIVERS) {
      if (!isSent(receiver, sender)) continue;
      const pair = ledger.pair(from, receiver.id);
      const sent = pair.taken.length;
      hold(sent === QUOTA, "all waits end", () => `${from} has sent ${sent} to ${receiver.id}`);
      // A burst is well below what a sender may send beyond its credit; what was stashed is not.
      const isWaitedFor = receiver.overflow === "backpressure" && !receiver.stashes;
      const waits = isWaitedFor && !stage.hasJumped;
      const refused = pair.taken.includes(false) && stage.everLost.size === 0;
      hold(!(waits && refused), "who waits is not refused", () => `${from} by ${receiver.id}`);
      const mayBeLost = stage.hasMoved
        ? stage.everLost.size > 0
        : stage.everLost.has(sender) || stage.everLost.has(receiver.thread);
      for (let n = 0; n < sent; n += 1)
        checkOne(pair, n, mayBeLost, `${n} of ${from} to ${receiver.id}`);
    }
  }
}

function checkOne(pair: Pair, n: number, mayBeLost: boolean, what: string): void {
  const handled = pair.handled[n] ?? 0;
  const dead = pair.dead[n] ?? 0;
  const inHand = pair.inHand[n] ?? 0;
  const refused = pair.taken[n] === false;
  const fates = () =>
    `${what}: handled ${handled}, dead letters ${dead}, in hand ${inHand}, refused ${refused}`;
  hold(handled <= 1, "at most once", fates);
  hold(!(refused && handled > 0), "what is refused is not handled", fates);
  hold(handled + inHand + dead <= 1, "one end for each message", fates);
  const ends = handled + inHand + dead + (refused ? 1 : 0);
  hold(ends > 0 || mayBeLost, "no message is lost without a word", fates);
}

const count = (of: number[], n: number): void => {
  of[n] = (of[n] ?? 0) + 1;
};

const isNumbered = (message: unknown): message is Numbered =>
  typeof message === "object" && message !== null && "n" in message && "from" in message;
