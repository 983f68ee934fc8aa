/** Commands to leaves as HTTP sees them: given to hubs, and read from the store with their outcomes. */
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { systemClock } from "../runtime/clock.ts";
import { MycelError } from "../runtime/errors.ts";
import { err, ok, type Result } from "../runtime/result.ts";
import type { StateStore } from "../runtime/state/state-store.ts";
import type { Command, CommandRequest } from "../transports/http/contract.ts";
import type { NodeView } from "../transports/http/node-view.ts";
import { type Board, commandOf } from "./dashboard/board.ts";
import { commandsOf, commandOf as storedCommand } from "./historian/command-records.ts";
import type { HubCommand } from "./hub/messages.ts";
import { payloadV1 } from "./hub/outbox/command-payload.ts";
import {
  type CommandAccepted,
  type CommandEnded,
  type CommandOrder,
  isEnded,
} from "./hub/outbox/messages.ts";

/** A hub answers after a durable write; it gives up on its store after 5 s and says so. */
const ANSWER_MS_MAX = 8_000;

export interface CommandViewParts {
  readonly system: ActorSystem;
  readonly board: Board;
  /** For reading. */
  readonly store: StateStore;
  readonly hubNos: ReadonlyMap<string, number>;
  readonly hubRef: (hub: string) => ActorRef<HubCommand>;
}

type CommandView = Pick<NodeView, "command" | "commands" | "commandOf" | "cancelCommand">;

export function commandView(parts: CommandViewParts): CommandView {
  const { system, board, store, hubNos, hubRef } = parts;

  const leafIdOf = (hub: string, leaf: string): Result<number, "hubUnknown" | "leafUnknown"> => {
    if (!hubNos.has(hub)) return err("hubUnknown");
    const found = board.findLeaf(hub, leaf);
    return found === undefined ? err("leafUnknown") : ok(found.leafId);
  };

  const ask = async <A extends CommandAccepted | CommandEnded>(
    hub: string,
    request: (replyTo: ActorRef<A>) => HubCommand,
  ): Promise<Result<A, string>> => {
    try {
      return ok(await system.ask<HubCommand, A>(hubRef(hub), request, ANSWER_MS_MAX));
    } catch (error) {
      const code = error instanceof MycelError ? error.code : undefined;
      if (code === "E_ASK_TIMEOUT" || code === "E_ASK_REFUSED") return err("timeout");
      throw error;
    }
  };

  const stored = (hub: string, leafId: number, id: string): Result<Command, "commandUnknown"> => {
    const record = storedCommand(store, hub, leafId, id);
    return record === undefined ? err("commandUnknown") : ok(commandOf(record));
  };

  return {
    async command(hub, leaf, request) {
      const leafId = leafIdOf(hub, leaf);
      if (!leafId.ok) return leafId;
      const order = orderOf(request, systemClock.nowMs());
      const payload = payloadV1(order);
      if (!payload.ok) return { ...err("badCommand"), message: payload.error };
      const answer = await ask<CommandAccepted | CommandEnded>(hub, (acceptedTo) => ({
        type: "CommandLeaf",
        leafId: leafId.value,
        id: request.id,
        order,
        acceptedTo,
        replyTo: undefined,
      }));
      if (!answer.ok) return answer;
      if (answer.value.type === "CommandEnded") return err(answer.value.reason ?? "internal");
      return ok(commandOf(answer.value.record));
    },
    commands(hub, leaf) {
      const leafId = leafIdOf(hub, leaf);
      return leafId.ok ? ok(commandsOf(store, hub, leafId.value).map(commandOf)) : leafId;
    },
    commandOf(hub, leaf, id) {
      const leafId = leafIdOf(hub, leaf);
      return leafId.ok ? stored(hub, leafId.value, id) : leafId;
    },
    async cancelCommand(hub, leaf, id) {
      const leafId = leafIdOf(hub, leaf);
      if (!leafId.ok) return leafId;
      const record = storedCommand(store, hub, leafId.value, id);
      if (record === undefined) return err("commandUnknown");
      if (isEnded(record)) return err("commandEnded");
      const answer = await ask<CommandEnded>(hub, (replyTo) => ({
        type: "CancelCommand",
        leafId: leafId.value,
        id,
        replyTo,
      }));
      if (!answer.ok) return answer;
      const { reason } = answer.value;
      if (reason === "commandUnknown") return err("commandEnded");
      if (reason === "storeUnavailable") return err(reason);
      return stored(hub, leafId.value, id);
    },
  };
}

const orderOf = (request: CommandRequest, nowMs: number): CommandOrder => ({
  command: request.command,
  args: request.args,
  argsHex: request.argsHex,
  delivery: request.delivery,
  mergeKey: request.mergeKey,
  expiresAtMs: nowMs + request.expiresInMs,
});
