/**
 * The tools of our own hubs, with what really became of a command.
 *
 *   leaf_command ─▶ words ─▶ CommandLeaf ─▶ hub ──CommandAccepted, CommandEnded──▶ outcome, once
 *   get_swarm_status ─▶ the leaf table ─▶ outcome, at once
 *
 * A command waits for its leaf no longer than its asker does, unless the leaf sleeps: then it is taken
 * for later and its asker is told so. Lives in the devices actor. A restart forgets who asked, not the
 * command, which is the hub's and on disk.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { HubCommand } from "../hub/messages.ts";
import type { CommandAccepted, CommandEnded, CommandRecord } from "../hub/outbox/messages.ts";
import { type LeafWords, readLeafWords } from "./leaf-words.ts";
import { done, failed, type TellOutcome } from "./outcome.ts";
import { type Swarm, type SwarmLeaf, swarmStatus } from "./swarm.ts";

export const HUB_TOOLS = ["leaf_command", "get_swarm_status"] as const;

export interface HubToolsPorts {
  readonly swarm: Swarm;
  nowMs(): number;
  hub(hub: string): ActorRef<HubCommand>;
  /** Where hubs answer: leads to calls of `accepted` and `ended`. */
  readonly answers: ActorRef<CommandAccepted | CommandEnded>;
  /** Leads to a call of `due(key)` in so many ms; `stopTimer` unless it was called. */
  startTimer(key: string, ms: number): void;
  stopTimer(key: string): void;
}

/** As many as there are answers to wait for in 10 s when every hub of a large node is asked at once. */
const UNDER_WAY_MAX = 1_024;
/** Before the asker's 10 s are over, so that he hears "expired" and not nothing. */
const EXPIRES_MS = 9_000;
/** The hub writes the end of a command to the disk before it tells it. */
const ANSWER_MS_MAX = 9_900;
/** A leaf that sleeps wakes within the hour, or its battery is empty. */
const SLEEPER_EXPIRES_MS = 3_600_000;
const COMMAND_ID = /^[\w.:-]{1,64}$/;

interface Pending {
  readonly hub: string;
  readonly leaf: SwarmLeaf;
  readonly command: string;
  readonly id: string;
  readonly expiresAtMs: number;
  readonly tell: TellOutcome;
  record: CommandRecord | undefined;
}

export class HubTools {
  readonly #ports: HubToolsPorts;
  /** `hub/leafId/id` → who waits; at most `UNDER_WAY_MAX`. */
  readonly #pending = new Map<string, Pending>();

  constructor(ports: HubToolsPorts) {
    this.#ports = ports;
  }

  call(
    hub: string,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    id: string,
    tell: TellOutcome,
  ): void {
    if (tool === "get_swarm_status") {
      tell(done(swarmStatus(this.#ports.swarm, hub, this.#ports.nowMs())));
    } else if (tool === "leaf_command") {
      const words = readLeafWords(args);
      if (words.ok) this.#command(hub, words.value, id, tell);
      else tell(failed("deviceError", words.error));
    } else {
      tell(failed("unknownTool", `Unknown tool: ${tool}; ${hub} has ${HUB_TOOLS.join(", ")}.`));
    }
  }

  #command(hub: string, words: LeafWords, id: string, tell: TellOutcome): void {
    const leaf = this.#find(hub, words.leaf);
    if (leaf === undefined) {
      tell(failed("deviceError", `unknown leaf: ${words.leaf}`));
      return;
    }
    const key = keyOf({ hub, leafId: leaf.leafId, id });
    if (!COMMAND_ID.test(id)) {
      tell(failed("deviceError", "The call's id cannot be used."));
      return;
    }
    if (this.#pending.has(key) || this.#pending.size >= UNDER_WAY_MAX) {
      tell(failed("busy", "As many commands are under way as may: nothing was sent."));
      return;
    }
    const defaultMs = leaf.sleeps ? SLEEPER_EXPIRES_MS : EXPIRES_MS;
    const forMs = words.expiresS === undefined ? defaultMs : words.expiresS * 1_000;
    const expiresAtMs = this.#ports.nowMs() + forMs;
    const { command, args } = words;
    this.#pending.set(key, { hub, leaf, command, id, expiresAtMs, tell, record: undefined });
    this.#ports.startTimer(key, ANSWER_MS_MAX);
    const isSent = this.#ports.hub(hub).tell({
      type: "CommandLeaf",
      leafId: leaf.leafId,
      id,
      order: {
        ...{ command, args, argsHex: undefined },
        ...{ delivery: "now", mergeKey: undefined, expiresAtMs },
      },
      acceptedTo: this.#ports.answers,
      replyTo: this.#ports.answers,
    });
    if (!isSent) this.#end(key, failed("busy", `${hub} is busy: nothing was sent.`));
  }

  /** It is on disk, and so it will be sent. */
  accepted({ record }: CommandAccepted): void {
    const pending = this.#pending.get(keyOf(record));
    if (pending !== undefined) pending.record = record;
  }

  ended(end: CommandEnded): void {
    const key = keyOf(end);
    const pending = this.#pending.get(key);
    if (pending !== undefined) this.#end(key, outcomeOf(pending, end));
  }

  /** The asker's time is over. */
  due(key: string): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    const { hub, leaf, record, expiresAtMs } = pending;
    if (record === undefined) {
      this.#end(key, failed("timeout", `${hub} did not answer: the command may be sent later.`));
    } else {
      const until = new Date(expiresAtMs).toISOString();
      const when = leaf.sleeps ? "when it wakes" : "when it hears";
      const message = `${leaf.name} is told ${when}, until ${until}; it has not answered yet.`;
      this.#end(key, done({ ...head(pending), status: "queued", message }, made(pending)));
    }
  }

  /** This actor ends: commands go on, and their askers are told what is known. */
  abandon(): void {
    for (const key of [...this.#pending.keys()]) {
      this.#end(key, failed("timeout", "The node stopped waiting; it may be done all the same."));
    }
  }

  #end(key: string, outcome: Parameters<TellOutcome>[0]): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    this.#ports.stopTimer(key);
    pending.tell(outcome);
  }

  /** Also by the device's name in topics: `swarm_hub_01.leaf_3`. */
  #find(hub: string, leaf: string): SwarmLeaf | undefined {
    const bare = leaf.startsWith(`${hub}.`) ? leaf.slice(hub.length + 1) : leaf;
    return this.#ports.swarm.leaf(hub, bare);
  }
}

function outcomeOf(pending: Pending, { outcome, reason, sentAtMs }: CommandEnded) {
  const { leaf, command, hub } = pending;
  switch (outcome) {
    case "applied":
    case "acknowledged":
      return done({ ...head(pending), status: outcome }, made(pending));
    case "superseded":
      return failed(
        "deviceError",
        `A newer command took the place of ${command}: it was not sent.`,
      );
    case "expired":
      return failed(
        "timeout",
        sentAtMs === undefined
          ? `${leaf.name} could not be reached: ${command} was not sent, and will not be.`
          : `${leaf.name} did not answer: ${command} was sent, and may have been done.`,
      );
    case "refused":
      if (reason === "outboxFull") {
        return failed(
          "busy",
          `${leaf.name} has as many commands waiting as may: nothing was sent.`,
        );
      }
      if (reason?.startsWith("leaf:")) {
        return failed("deviceError", `${leaf.name} refused ${command}: ${reason.slice(5)}.`);
      }
      return failed("deviceError", `${hub} refused ${command}: ${reason ?? "no reason"}.`);
  }
}

const head = ({ leaf, command, id }: Pending) => ({
  status: "sent",
  leaf_id: leaf.name,
  command,
  command_id: id,
});

const made = ({ hub, leaf, id }: Pending): string[] => [`command:${hub}/${leaf.leafId}/${id}`];

const keyOf = (of: { readonly hub: string; readonly leafId: number; readonly id: string }) =>
  `${of.hub}/${of.leafId}/${of.id}`;
