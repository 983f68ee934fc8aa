/**
 * An offer as an MCP server over MQTT 5: presence, a session for each client, and its end.
 *
 *   connect ─▶ subscribe control ─▶ presence (retained)                       will: empty presence
 *   initialize ─▶ subscribe the client's presence, capability, rpc ─▶ answer on rpc ─▶ … ─▶ end
 *
 * A session ends when its client says so (on its presence or on rpc), when the broker says it for a client
 * that is lost, when a silent client does not answer a ping, and when it gives way to another. A restart
 * loses all: clients are told by the empty presence.
 */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  EmptyResultSchema,
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../runtime/clock.ts";
import { TokenBucket } from "../../runtime/token-bucket.ts";
import { every } from "../every.ts";
import {
  clientCapabilityTopic,
  clientPresenceTopic,
  connectProperties,
  controlTopic,
  DISCONNECTED,
  isDisconnected,
  onlineNotice,
  publishProperties,
  type Role,
  rpcTopic,
  type ServerPlace,
  SPEC_MS,
  senderOf,
  serverCapabilityTopic,
  serverPresenceTopic,
  suggestedBy,
} from "./frames/mqtt5.ts";
import type { ConnectMqtt5, Mqtt5Connection } from "./mqtt5-port.ts";
import type { McpOffer } from "./offer.ts";
import { offerServer } from "./offer-server.ts";
import { watchOffer } from "./offer-watch.ts";
import { readMessage } from "./read-message.ts";
import { SessionGuard } from "./session-guard.ts";
import { refusalText, type SessionRefusal, type SessionRefusals } from "./session-refusals.ts";

export interface Mqtt5Server {
  stats(): { readonly clients: number };
  close(): Promise<void>;
}

export interface Mqtt5ServerPorts {
  readonly connect: ConnectMqtt5;
  readonly clock: Clock;
  readonly refused: SessionRefusals;
  readonly log: (line: string) => void;
}

/** Each costs the broker three subscriptions. */
const CLIENTS_MAX = 64;
/** A session whose client was silent for so long is pinged, and gives way to a new one. */
const SILENT_MS_MAX = 60_000;
const LOOK_MS = 20_000;
/** All clients of an office at once, when the broker has come back. */
const HELLOS_PER_S = 10;
const HELLOS_AT_ONCE_MAX = 2 * CLIENTS_MAX;
/** Each session notices a change by itself; it is said once to all of them. */
const SAID_ONCE_MS = 1_000;
/** Of a broker that suggests another name at each connect. */
const RENAME_MS = 2_000;

interface Session {
  readonly transport: Transport;
  readonly server: Server;
  readonly guard: SessionGuard;
  heardAtMs: number;
}

export function startMqtt5Server(
  offer: McpOffer,
  wanted: ServerPlace,
  { connect, clock, refused, log }: Mqtt5ServerPorts,
): Mqtt5Server {
  const properties = publishProperties("mcp-server", wanted.serverId);
  const watch = watchOffer(offer, clock);
  const hellos = new TokenBucket(HELLOS_PER_S, HELLOS_AT_ONCE_MAX, clock.monotonicMs());
  /** By the client's id, the one that has been there longest first. */
  const sessions = new Map<string, Session>();
  /** What was said to all within the last second. */
  const saidToAll = new Set<string>();
  /** The broker may suggest another name than the one wanted. */
  let place = wanted;
  let isClosing = false;
  let connection = open();

  function open(): Mqtt5Connection {
    return connect({
      clientId: place.serverId,
      properties: connectProperties("mcp-server", offer),
      will: { topic: serverPresenceTopic(place), payload: "", retain: true, properties },
      keeps: true,
      onConnect: (made, told) => {
        const { serverName, faults } = suggestedBy(told);
        for (const name of faults) log(`the broker's ${name} cannot be read`);
        if (serverName !== undefined && serverName !== place.serverName) rename(serverName);
        else register(made).catch((error: unknown) => log(`MCP server: ${String(error)}`));
      },
      // Session Expiry Interval 0: the broker has forgotten what we subscribed to.
      onLost: (why) => {
        endAll("lost");
        if (!isClosing) log(`MCP server ${place.serverName}: the broker is away: ${why}`);
      },
      onMessage: hear,
    });
  }

  /** The will has the old name in it, so only another connection can have the new one. */
  function rename(serverName: string): void {
    log(`the broker has this MCP server called ${serverName}`);
    place = { ...place, serverName };
    const last = connection;
    clock.after(RENAME_MS, () => {
      void last.close();
      if (!isClosing) connection = open();
    });
  }

  async function register(made: Mqtt5Connection): Promise<void> {
    await made.subscribe([controlTopic(place)], { noLocal: true });
    const roles = rolesOf(await offer.tools());
    const notice = onlineNotice(place.serverName, offer.instructions, roles);
    made.publish(serverPresenceTopic(place), notice, { properties, retain: true });
  }

  function hear(topic: string, payload: Uint8Array, userProperties: unknown): void {
    const [root, , client = ""] = topic.split("/");
    if (topic === controlTopic(place)) greet(payload, senderOf(userProperties));
    else if (root === "$mcp-client") {
      if (topic === clientPresenceTopic(client) && isDisconnected(payload)) end(client, "said");
    } else if (root === "$mcp-rpc") {
      // The topic's own level, since `$mcp-rpc/{client}/…` is what was subscribed to.
      take(topic.split("/")[1] ?? "", payload);
    }
  }

  function greet(payload: Uint8Array, client: string | undefined): void {
    if (client === undefined) {
      refused.noSender += 1;
      return;
    }
    const read = readMessage(payload);
    const refusal = hellos.take(clock.monotonicMs())
      ? read.ok
        ? welcome(client, read.value)
        : read.error
      : "flood";
    if (refusal !== undefined) refuse(client, read.ok ? idOf(read.value) : null, refusal);
  }

  function welcome(client: string, hello: JSONRPCMessage): SessionRefusal | undefined {
    if (!isInitializeRequest(hello)) return "notInitialized";
    end(client, "lost");
    if (!makeRoom()) return "tooManySessions";
    begin(client, hello as JSONRPCRequest).catch((error: unknown) => {
      end(client, "lost");
      log(`MCP client ${client}: ${String(error)}`);
    });
    return undefined;
  }

  function take(client: string, payload: Uint8Array): void {
    const session = sessions.get(client);
    if (session === undefined) {
      refused.noSession += 1;
      return;
    }
    session.heardAtMs = clock.monotonicMs();
    const read = readMessage(payload);
    if (!read.ok) {
      refuse(client, null, read.error);
      return;
    }
    const message = read.value;
    if ("method" in message && message.method === "notifications/disconnected") {
      end(client, "said");
      return;
    }
    const refusal = session.guard.admit(message, session.heardAtMs);
    if (refusal === undefined) session.transport.onmessage?.(message);
    else refuse(client, idOf(message), refusal);
  }

  /** Whoever has been silent longest gives way; false: all are speaking. */
  function makeRoom(): boolean {
    if (sessions.size < CLIENTS_MAX) return true;
    const [idlest] = [...sessions].sort(([, a], [, b]) => a.heardAtMs - b.heardAtMs);
    if (idlest === undefined) return false;
    const [client, { heardAtMs }] = idlest;
    if (clock.monotonicMs() - heardAtMs < SILENT_MS_MAX) return false;
    end(client, "ours");
    return true;
  }

  async function begin(client: string, hello: JSONRPCRequest): Promise<void> {
    const guard = new SessionGuard(clock.monotonicMs());
    const transport: Transport = {
      start: async () => {},
      send: async (message) => {
        guard.said(message);
        say(client, message);
      },
      close: async () => {
        if (sessions.get(client) === session) end(client, "ours");
      },
    };
    const server = offerServer(offer, watch);
    const session: Session = { transport, server, guard, heardAtMs: clock.monotonicMs() };
    sessions.set(client, session);
    // Before anything is waited for, so that the end of the session is the server's too.
    await server.connect(transport);
    await connection.subscribe(filtersOf(client), { noLocal: true });
    // It has gone, or greeted once more.
    if (sessions.get(client) !== session) return;
    guard.admit(hello, session.heardAtMs);
    transport.onmessage?.(hello);
  }

  function say(client: string, message: JSONRPCMessage): void {
    const text = JSON.stringify(message);
    if (!isToAll(message)) {
      connection.publish(rpcTopic(client, place), text, { properties });
      return;
    }
    if (saidToAll.has(text)) return;
    saidToAll.add(text);
    clock.after(SAID_ONCE_MS, () => saidToAll.delete(text));
    connection.publish(serverCapabilityTopic(place), text, { properties });
  }

  /** `said`: the client knows; `ours`: it is told; `lost`: there is nobody to tell. */
  function end(client: string, why: "said" | "ours" | "lost"): void {
    const session = sessions.get(client);
    if (session === undefined) return;
    sessions.delete(client);
    if (why === "ours") connection.publish(rpcTopic(client, place), DISCONNECTED, { properties });
    connection.unsubscribe(filtersOf(client));
    session.transport.onclose?.();
  }

  function endAll(why: "ours" | "lost"): void {
    for (const client of [...sessions.keys()]) end(client, why);
  }

  function filtersOf(client: string): string[] {
    return [clientPresenceTopic(client), clientCapabilityTopic(client), rpcTopic(client, place)];
  }

  /** In a flood there are no answers, which would be another. */
  function refuse(client: string, id: string | number | null, reason: SessionRefusal): void {
    refused[reason] += 1;
    if (reason === "flood") return;
    connection.publish(rpcTopic(client, place), refusalText(id, reason), { properties });
  }

  /** A client that was killed between two brokers, or hangs, says nothing and is missed by nobody. */
  const endLooks = every(clock, LOOK_MS, () => {
    const nowMs = clock.monotonicMs();
    for (const [client, session] of sessions) {
      if (nowMs - session.heardAtMs < SILENT_MS_MAX) continue;
      session.server
        .request({ method: "ping" }, EmptyResultSchema, { timeout: SPEC_MS.ping })
        .catch(() => {
          if (sessions.get(client) === session) end(client, "ours");
        });
    }
  });

  return {
    stats: () => ({ clients: sessions.size }),
    close: async () => {
      isClosing = true;
      endLooks();
      connection.publish(serverPresenceTopic(place), "", { properties, retain: true });
      endAll("ours");
      await connection.close();
    },
  };
}

/** What is said to all that know this server goes to its capability topic. */
const isToAll = (message: JSONRPCMessage): boolean =>
  "method" in message && /list_changed$|resources\/updated$/.test(message.method);

const idOf = (message: JSONRPCMessage): string | number | null =>
  isJSONRPCRequest(message) ? message.id : null;

const LOOKS = ["tools/list", "resources/list", "resources/templates/list", "resources/read"];
const METHODS = [
  ...["notifications/initialized", "notifications/cancelled", "ping", "tools/call", ...LOOKS],
  ...["resources/subscribe", "resources/unsubscribe", "completion/complete"],
];

/** For a broker that lets some only look: who may call which tool. */
function rolesOf(tools: readonly Tool[]): Role[] {
  const looking = tools.filter(({ annotations }) => annotations?.readOnlyHint === true);
  const viewer: Role = {
    name: "viewer",
    description: "Looks, and changes nothing",
    ...{ methods: METHODS, tools: looking.map(({ name }) => name), resources: "all" },
  };
  if (looking.length === tools.length) return [viewer];
  const description = "Uses every tool that there is";
  return [viewer, { ...viewer, name: "operator", description, tools: "all" }];
}
