/**
 * What others ask of our hubs on the bus, in the seed's shape.
 *
 *   mcp/{hub}/request/call_tool ─▶ share of a second ─▶ JSON ─▶ policy ─▶ HubTools
 *   mcp/{hub}/response/{id} ◀─────────── result or error, always ──────────┘
 *
 * They are strangers who have a password of the broker. What they may is the operator's to say
 * (`mqtt.mcp`): nothing, look, or command leaves too. What is answered has an id; the rest is counted.
 */
import { isJsonObject } from "../../runtime/json-object.ts";
import { TokenBucket } from "../../runtime/token-bucket.ts";
import {
  errorText,
  RPC_ERRORS,
  type RpcId,
  type RpcParams,
  readRpc,
  resultText,
} from "../../transports/mcp/frames/json-rpc.ts";
import { isCallMethod, isTopicId, responseTopic } from "../../transports/mcp/frames/seed.ts";
import type { DeviceCounters, McpRefusal } from "./device-counters.ts";
import type { Outcome, TellOutcome } from "./outcome.ts";

export type BusPolicy = "off" | "status" | "all";

export interface BusRequestsPorts {
  readonly policy: BusPolicy;
  readonly counters: DeviceCounters;
  nowMs(): number;
  newId(): string;
  call(hub: string, tool: string, args: RpcParams, id: string, tell: TellOutcome): void;
  publish(hub: string, topic: string, payload: string): void;
}

/** Of all hubs together: an office has a few who look, each now and then. */
const REQUESTS_PER_S_MAX = 50;
const AT_ONCE_MAX = 2 * REQUESTS_PER_S_MAX;

export class BusRequests {
  readonly #ports: BusRequestsPorts;
  readonly #share: TokenBucket;

  constructor(ports: BusRequestsPorts) {
    this.#ports = ports;
    this.#share = new TokenBucket(REQUESTS_PER_S_MAX, AT_ONCE_MAX, ports.nowMs());
  }

  /** Before a request costs a place in the mailbox. */
  hasRoom(): boolean {
    return this.#share.take(this.#ports.nowMs());
  }

  serve(hub: string, payload: Uint8Array): void {
    const read = readRpc(payload);
    if (!read.ok) {
      this.#count(read.error);
      return;
    }
    const message = read.value;
    if (message.kind !== "request" || !isTopicId(message.id)) {
      this.#count("noAnswerTopic");
      return;
    }
    const { id, method, params } = message;
    if (!isCallMethod(method)) {
      this.#count("unknownMethod");
      this.#error(hub, id, RPC_ERRORS.methodNotFound, `Unknown method: ${method}`);
      return;
    }
    const { name, arguments: args = {} } = params;
    if (typeof name !== "string" || !isJsonObject(args)) {
      this.#count("badMessage");
      const what = "params must be {name, arguments}, a text and an object.";
      this.#error(hub, id, RPC_ERRORS.invalidParams, what);
      return;
    }
    if (!this.#isAllowed(name)) {
      this.#count("notAllowed");
      const what = "Leaves are not commanded over the bus here; see the setting mqtt.mcp.";
      this.#error(hub, id, RPC_ERRORS.refused, what);
      return;
    }
    // An id of ours: a stranger's may be one that it gives again for another command.
    this.#ports.call(hub, name, args, this.#ports.newId(), (outcome) => {
      this.#ports.counters.served += 1;
      this.#answer(hub, id, outcome);
    });
  }

  /** Tools that there are not are told as such, whatever the policy. */
  #isAllowed(tool: string): boolean {
    return tool !== "leaf_command" || this.#ports.policy === "all";
  }

  #answer(hub: string, id: RpcId, outcome: Outcome): void {
    if (outcome.ok) {
      this.#publish(hub, id, resultText(id, outcome.result));
      return;
    }
    const { reason, message } = outcome;
    if (reason === "unknownTool") {
      this.#error(hub, id, RPC_ERRORS.invalidParams, message);
      return;
    }
    if (reason === "busy") {
      this.#error(hub, id, RPC_ERRORS.busy, message);
      return;
    }
    // As the seed's hubs say it.
    this.#publish(hub, id, resultText(id, { error: message }));
  }

  #error(hub: string, id: RpcId, code: number, message: string): void {
    this.#publish(hub, id, errorText(id, code, message));
  }

  #publish(hub: string, id: RpcId, payload: string): void {
    this.#ports.publish(hub, responseTopic(hub, id), payload);
  }

  #count(refusal: McpRefusal): void {
    this.#ports.counters.refused[refusal] += 1;
  }
}
