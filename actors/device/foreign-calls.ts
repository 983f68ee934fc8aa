/**
 * Calls of devices of the seed's kind, over the bus.
 *
 *   call ──mcp/{agent}/request/call_tool──▶ bus        10 s: due
 *   mcp/{agent}/response/{id} ──▶ answered ──▶ outcome, once
 *
 * What comes late, twice, from another device or to nobody's question ends nothing: it is counted, and
 * logged where it belonged to a call.
 */
import type { Logger } from "../../runtime/logger.ts";
import { readRpc } from "../../transports/mcp/frames/json-rpc.ts";
import {
  callText,
  isAgentName,
  readSeedTopic,
  requestTopic,
  seedAnswer,
} from "../../transports/mcp/frames/seed.ts";
import { type CallTable, timeoutSentence } from "./call-table.ts";
import type { DeviceCounters, McpRefusal } from "./device-counters.ts";
import type { Device } from "./messages.ts";
import { CALL_MS_MAX, done, failed, type TellOutcome } from "./outcome.ts";
import { SeenDevices } from "./seen-devices.ts";

export interface ForeignCallsPorts {
  readonly calls: CallTable<TellOutcome>;
  readonly counters: DeviceCounters;
  readonly log: Pick<Logger, "warn">;
  nowMs(): number;
  newId(): string;
  /** False: it did not leave, and will not later. */
  publishNow(topic: string, payload: string): boolean;
  /** Leads to a call of `due(id)` in so many ms; `stopTimer` unless it was called. */
  startTimer(id: string, ms: number): void;
  stopTimer(id: string): void;
}

export class ForeignCalls {
  readonly #ports: ForeignCallsPorts;
  readonly #seen = new SeenDevices();

  constructor(ports: ForeignCallsPorts) {
    this.#ports = ports;
  }

  call(
    agent: string,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    tell: TellOutcome,
  ): void {
    const { calls, newId, nowMs, publishNow, startTimer } = this.#ports;
    if (!isAgentName(agent)) {
      tell(failed("deviceError", "A device's name is 1-64 letters, digits, . : @ _ -."));
      return;
    }
    if (!calls.hasRoomFor(agent)) {
      tell(failed("busy", "As many calls are under way as may: nothing was sent."));
      return;
    }
    const id = newId();
    calls.open({ ...{ id, agent, tool }, startedAtMs: nowMs(), asker: tell });
    if (!publishNow(requestTopic(agent), callText(id, tool, args))) {
      calls.withdraw(id);
      tell(failed("busUnavailable", "The MQTT broker is away: nothing was sent."));
      return;
    }
    startTimer(id, CALL_MS_MAX);
  }

  /** The asker's time is over. */
  due(id: string): void {
    const call = this.#ports.calls.expire(id);
    call?.asker(failed("timeout", timeoutSentence(call.tool, call.agent)));
  }

  answered(topic: string, payload: Uint8Array): void {
    const refusal = this.#finish(topic, payload);
    if (refusal !== undefined) this.#ports.counters.refused[refusal] += 1;
  }

  /** Devices that have answered, with what they answered to. */
  list(): Device[] {
    return this.#seen.list();
  }

  /** Or why it finishes none. */
  #finish(topic: string, payload: Uint8Array): McpRefusal | undefined {
    const place = readSeedTopic(topic);
    if (place?.kind !== "response") return "badTopic";
    const read = readRpc(payload);
    if (!read.ok) return read.error;
    const answer = seedAnswer(read.value);
    if (answer === undefined || !("id" in read.value)) return "badMessage";
    const { agent } = place;
    // The body's id first, as in the seed; a device that sends none has it in the topic.
    const id = String(read.value.id ?? place.id);
    const call = this.#ports.calls.answer(agent, id);
    if (!call.ok) {
      const fields = { agent, id, fault: call.error };
      if (call.error !== "unknownId") {
        this.#ports.log.warn(fields, "a device's answer came to nothing");
      }
      return call.error;
    }
    this.#ports.stopTimer(id);
    const { tool, asker } = call.value;
    if (answer.kind === "result") {
      this.#seen.answered(agent, tool);
      asker(done(answer.result));
    } else {
      this.#seen.answered(agent, answer.isUnknownTool ? undefined : tool);
      asker(failed(answer.isUnknownTool ? "unknownTool" : "deviceError", answer.message));
    }
    return undefined;
  }
}
