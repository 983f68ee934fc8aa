/** The stub office's command desk: what waits for leaves that are awake is done with the next beat. */
import { commandOf } from "../../actors/dashboard/board.ts";
import type { CommandRecord } from "../../actors/hub/outbox/messages.ts";
import { err, ok } from "../../runtime/result.ts";
import type { Leaf } from "../../transports/http/contract.ts";
import type { NodeView } from "../../transports/http/node-view.ts";

export interface CommandDesk {
  readonly view: Pick<NodeView, "command" | "commands" | "commandOf" | "cancelCommand">;
  workOff(): void;
}

export function createCommandDesk(options: {
  readonly leaves: readonly Leaf[];
  readonly nowMs: () => number;
  readonly tell: (record: CommandRecord) => void;
}): CommandDesk {
  const { leaves, nowMs, tell } = options;
  const records = new Map<string, CommandRecord>();

  function end(
    record: CommandRecord,
    state: CommandRecord["state"],
    reason?: CommandRecord["reason"],
  ): CommandRecord {
    const sentAtMs = state === "acknowledged" ? nowMs() : undefined;
    const ended: CommandRecord = { ...record, state, reason, sentAtMs, endedAtMs: nowMs() };
    records.set(record.id, ended);
    tell(ended);
    return ended;
  }

  return {
    /** Leaves that sleep leave theirs in the queue. */
    workOff: () => {
      for (const record of [...records.values()]) {
        if (record.state === "queued" && record.delivery === "now") end(record, "acknowledged");
      }
    },
    view: {
      command: async (hub, leaf, request) => {
        const leafId = Number(leaf);
        if (!leaves.some((one) => one.hub === hub && one.leafId === leafId)) {
          return err("leafUnknown");
        }
        const { expiresInMs, argsHex, mergeKey, ...order } = request;
        const atMs = nowMs();
        const record: CommandRecord = {
          ...{ ...order, argsHex, mergeKey, hub, leafId, commandId: records.size + 1 },
          ...{ createdAtMs: atMs, expiresAtMs: atMs + expiresInMs, sentAtMs: undefined },
          ...{ state: "queued", reason: undefined, endedAtMs: undefined },
        };
        records.set(record.id, record);
        return ok(commandOf(record));
      },
      commands: (hub, leaf) =>
        ok(
          [...records.values()]
            .filter((one) => one.hub === hub && String(one.leafId) === leaf)
            .map(commandOf),
        ),
      commandOf: (_hub, _leaf, id) => {
        const record = records.get(id);
        return record === undefined ? err("commandUnknown") : ok(commandOf(record));
      },
      cancelCommand: async (_hub, _leaf, id) => {
        const record = records.get(id);
        if (record === undefined) return err("commandUnknown");
        return ok(commandOf(end(record, "refused", "cancelled")));
      },
    },
  };
}
