/**
 * An operator of a sealed node: commands its leaves, takes some of it back, asks again, and keeps what
 * was said. What the seed has it do is the same whatever goes wrong meanwhile.
 *
 *   CommandLeaf, CancelCommand ──▶ hub ──▶ CommandAccepted … CommandEnded ──▶ probe ──▶ Asked
 */
import { commandOf } from "../../actors/historian/command-records.ts";
import type { KeyAnswer } from "../../actors/hub/messages.ts";
import type {
  CommandAccepted,
  CommandEnded,
  CommandOrder,
  CommandRecord,
} from "../../actors/hub/outbox/messages.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Random, seededRandom } from "../../runtime/random.ts";
import { createProbe, type Probe } from "../../runtime/testing/probe.ts";
import type { FieldLeaf } from "./sealed-field.ts";
import { HUB_IDS, type SealedNode } from "./sealed-node.ts";
import { hold } from "./world.ts";

/** Of a hundred steps. */
const COMMANDS = 9;
const CANCELS = 2;
const REPEATS = 3;
/** Hubs keep the last 64 of a leaf: the account wants all of them. */
const COMMANDS_A_LEAF_MAX = 60;

const WORDS: readonly Pick<CommandOrder, "command" | "args" | "argsHex">[] = [
  { command: "set_state", args: { on: true }, argsHex: undefined },
  { command: "set_state", args: { on: false }, argsHex: undefined },
  { command: "read_now", args: {}, argsHex: undefined },
  { command: "set_interval", args: { intervalS: 1 }, argsHex: undefined },
  { command: "reset", args: {}, argsHex: undefined },
  // Which no leaf knows.
  { command: 77, args: {}, argsHex: "0102" },
];
const KEYS = [undefined, "relay", "pace"] as const;
const EXPIRES_MS = [400, 2_000, 9_000] as const;

interface Asked {
  readonly id: string;
  readonly leaf: FieldLeaf;
  readonly leafId: number;
  readonly order: CommandOrder;
  asks: number;
  isAccepted: boolean;
  readonly told: CommandEnded[];
}

type Told = CommandEnded | KeyAnswer;
type Accepted = CommandAccepted | CommandEnded;

export class Operator {
  readonly #node: SealedNode;
  readonly #leaves: readonly FieldLeaf[];
  readonly #random: Random;
  readonly #asked = new Map<string, Asked>();
  #probe: Probe<Told> | undefined;
  #acceptor: Probe<Accepted> | undefined;
  #life = 0;

  constructor(node: SealedNode, leaves: readonly FieldLeaf[], seed: number) {
    this.#node = node;
    this.#leaves = leaves;
    this.#random = seededRandom(seed ^ 0x09e7);
  }

  get replyTo(): ActorRef<Told> {
    if (this.#probe === undefined || this.#life !== this.#node.life) {
      this.#life = this.#node.life;
      const { system } = this.#node.stage.sim;
      this.#probe = createProbe<Told>(system, "operator");
      this.#acceptor = createProbe<Accepted>(system, "acceptor");
    }
    return this.#probe.ref;
  }

  openPairing(hub: number, forS: number): void {
    const { replyTo } = this;
    const fleet = { installCode: undefined, leafId: undefined };
    this.#node.hub(hub).tell({ type: "OpenPairing", forS, ...fleet, replyTo });
  }

  rotate({ hub, leafId }: FieldLeaf): void {
    if (leafId === undefined) return;
    this.#node.hub(hub).tell({ type: "RotateKey", leafId, replyTo: this.replyTo });
  }

  forget({ hub, leafId }: FieldLeaf): void {
    if (leafId === undefined) return;
    this.#node.hub(hub).tell({ type: "ForgetKey", leafId, replyTo: this.replyTo });
  }

  /** What it does of its own; draws as often whether the node is there or not. */
  act(): void {
    const dice = this.#random.below(100);
    const leaf = this.#leaves[this.#random.below(this.#leaves.length)] as FieldLeaf;
    const order = this.#order();
    const asked = [...this.#asked.values()];
    const one = asked[this.#random.below(Math.max(1, asked.length))];
    if (!this.#node.isUp) return;
    this.listen();
    if (dice < COMMANDS) this.#command(leaf, order);
    else if (dice < COMMANDS + CANCELS) this.#cancel(one);
    else if (dice < COMMANDS + CANCELS + REPEATS && one !== undefined) this.#ask(one);
  }

  /** Takes in what it was told. */
  listen(): void {
    if (this.#life !== this.#node.life) return;
    for (const message of this.#probe?.take() ?? []) {
      if (message.type === "CommandEnded") this.#asked.get(message.id)?.told.push(message);
    }
    for (const message of this.#acceptor?.take() ?? []) {
      if (message.type !== "CommandAccepted") continue;
      const asked = this.#asked.get(message.record.id);
      if (asked !== undefined) asked.isAccepted = true;
    }
  }

  /** `isUndisturbed`: nothing has happened that loses a message between actors. */
  check(isUndisturbed: boolean, isDiskSure: boolean): void {
    this.listen();
    const ids = new Map(this.#leaves.map((leaf) => [leaf, new Set<number>()]));
    for (const asked of this.#asked.values()) {
      const { id, leaf, leafId } = asked;
      const record = commandOf(this.#node.disk.store, HUB_IDS[leaf.hub] as string, leafId, id);
      if (record !== undefined) ids.get(leaf)?.add(record.commandId);
      this.#checkTold(asked, record, isUndisturbed, isDiskSure);
      if (leaf.wire === 2) checkRuns(asked, record);
    }
    for (const leaf of this.#leaves) {
      for (const commandId of leaf.runs.keys()) {
        const isKnown = ids.get(leaf)?.has(commandId) ?? false;
        hold(isKnown, "what runs is on record", () => `${commandId} of ${leaf.name}`);
      }
    }
  }

  #checkTold(
    asked: Asked,
    record: CommandRecord | undefined,
    isUndisturbed: boolean,
    isDiskSure: boolean,
  ): void {
    const { id, told, asks, isAccepted } = asked;
    const what = () =>
      `${id}, asked ${asks} times: ${JSON.stringify({ record, told, isAccepted })}`;
    hold(told.length <= asks, "one end for each who asks", what);
    const waits = record !== undefined && record.endedAtMs === undefined;
    hold(!isUndisturbed || waits || told.length === asks, "whoever asks is told", what);
    hold(!isAccepted || record !== undefined, "what was accepted is on record", what);
    if (record === undefined) return;
    const hasEnded = record.state !== "queued" && record.state !== "sent";
    // Its expiry is a time of the wall clock, which may have been set back.
    const mayWait = record.expiresAtMs > this.#node.clock.nowMs();
    hold(hasEnded || mayWait, "a command ends", what);
    for (const { outcome, reason } of told) {
      if (outcome === "refused" && isAtTheDoor(reason)) continue;
      const isSame = outcome === record.state && reason === record.reason;
      hold(isSame || !isDiskSure, "the record tells what was told", what);
    }
  }

  #order(): CommandOrder {
    const random = this.#random;
    const words = WORDS[random.below(WORDS.length)] as (typeof WORDS)[number];
    return {
      ...words,
      delivery: random.below(4) === 0 ? "onWake" : "now",
      mergeKey: KEYS[random.below(KEYS.length)],
      expiresAtMs: this.#node.clock.nowMs() + (EXPIRES_MS[random.below(3)] as number),
    };
  }

  #command(leaf: FieldLeaf, order: CommandOrder): void {
    const { leafId } = leaf;
    const given = [...this.#asked.values()].filter((asked) => asked.leaf === leaf).length;
    if (leafId === undefined || given === COMMANDS_A_LEAF_MAX) return;
    const id = `c${this.#asked.size}`;
    const asked: Asked = { id, leaf, leafId, order, asks: 0, isAccepted: false, told: [] };
    this.#asked.set(id, asked);
    this.#ask(asked);
  }

  #ask(asked: Asked): void {
    const { id, leaf, leafId, order } = asked;
    const { replyTo } = this;
    asked.asks += 1;
    const acceptedTo = this.#acceptor?.ref;
    this.#node.hub(leaf.hub).tell({ type: "CommandLeaf", leafId, id, order, acceptedTo, replyTo });
  }

  #cancel(asked: Asked | undefined): void {
    if (asked === undefined) return;
    const { id, leaf, leafId } = asked;
    asked.asks += 1;
    this.#node.hub(leaf.hub).tell({ type: "CancelCommand", leafId, id, replyTo: this.replyTo });
  }
}

/** Refused without having been taken in; the asker may try again. */
const isAtTheDoor = (reason: string | undefined): boolean =>
  reason === "outboxFull" ||
  reason === "storeUnavailable" ||
  reason === "commandUnknown" ||
  reason === "leafUnknown";

/** What the record says of a v2 leaf's command, and what the leaf did. */
function checkRuns({ id, leaf, told }: Asked, record: CommandRecord | undefined): void {
  if (record === undefined) return;
  const runs = leaf.runs.get(record.commandId) ?? 0;
  const what = () => `${id} ran ${runs} times on ${leaf.name}: ${JSON.stringify({ record, told })}`;
  const { state, reason, sentAtMs } = record;
  if (state === "applied") hold(runs > 0, "what was applied has run", what);
  if (sentAtMs === undefined || state === "superseded") {
    hold(runs === 0, "a command that ended without being sent has not run", what);
  }
  const isLeafsWord = reason?.startsWith("leaf:") === true && reason !== "leaf:stale";
  if (isLeafsWord) hold(runs === 0, "what the leaf refused has not run", what);
}
