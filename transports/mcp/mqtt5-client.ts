/**
 * Foreign MCP servers over MQTT 5: found by their presence, initialized, their tools listed and called.
 *
 *   presence ─▶ one of a name is picked ─▶ initialize ─▶ tools/list ─▶ ready ─▶ ping, every 30 s
 *   presence empty, dismissed, no answer to a ping, connection lost ─▶ gone; another of its name takes over
 *
 * Each initialize goes by a connection of its own with a fresh client id, as the specification wants it.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  ErrorCode,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../runtime/clock.ts";
import { isJsonObject } from "../../runtime/json-object.ts";
import { TokenBucket } from "../../runtime/token-bucket.ts";
import { every } from "../every.ts";
import { covers } from "../mqtt/acl.ts";
import {
  clientPresenceTopic,
  connectProperties,
  DISCONNECTED,
  mayCall,
  mayList,
  placeOfPresence,
  presenceFilter,
  publishProperties,
  type Role,
  readPresence,
  type ServerPlace,
  SPEC_MS,
  suggestedBy,
} from "./frames/mqtt5.ts";
import type { McpServers } from "./mcp-servers.ts";
import type { ConnectMqtt5, Mqtt5Connection } from "./mqtt5-port.ts";
import { mqtt5Session } from "./mqtt5-session.ts";
import type { SessionRefusals } from "./session-refusals.ts";

export interface ForeignServers extends McpServers {
  close(): Promise<void>;
}

export interface ForeignServersOptions {
  readonly connect: ConnectMqtt5;
  readonly node: string;
  readonly version: string;
  /** As in `home/+/light`; what is not named is not spoken to. */
  readonly filters: readonly string[];
  readonly newId: () => string;
  readonly clock: Pick<Clock, "after" | "monotonicMs">;
  readonly refused: SessionRefusals;
  readonly log: (line: string) => void;
}

/** Names that are spoken to, and instances of one that are known. */
const NAMES_MAX = 64;
const INSTANCES_MAX = 16;
const TOOLS_MAX = 256;
const TOOL_NAME_LENGTH_MAX = 128;
/** Pages of a list; a server may give one tool a page. */
const PAGES_MAX = 32;
/** A server that did not answer, or whose connection broke while it is said to be there. */
const RETRY_MS = { first: 2_000, max: 60_000 } as const;
/** Connections of ours, when servers come and go and come: all names at once, then this often. */
const ATTEMPTS_PER_S = 2;
const PING_MS = 30_000;
/** Who was dismissed hears of the server again by its presence alone, which is asked for anew. */
const LOOK_AGAIN_MS = 60_000;

interface Named {
  /** In the order in which they came; with the roles that they describe. */
  readonly instances: Map<string, ReadonlyMap<string, Role>>;
  /** Attempts without a session, since the last one that was ready. */
  failures: number;
  session?: Session;
}

interface Session {
  readonly serverId: string;
  readonly client: Client;
  tools: readonly string[];
  isReady: boolean;
}

export function foreignServers(options: ForeignServersOptions): ForeignServers {
  const { connect, node, version, filters, newId, clock, refused, log } = options;
  const names = new Map<string, Named>();
  /** As the broker says, by the servers' names. */
  let given: ReadonlyMap<string, string> = new Map();
  let lookAgain: (() => void) | undefined;
  let isClosing = false;
  const attempts = new TokenBucket(ATTEMPTS_PER_S, NAMES_MAX, clock.monotonicMs());
  /** Names whose turn is yet to come, the next first; one that flaps takes no other's. */
  const waiting = new Set<string>();
  let isTurnDue = false;
  const self = { name: node, version };

  const watcherId = `${node}-watch-${newId()}`;
  const watcher = connect({
    clientId: watcherId,
    properties: connectProperties("mcp-client", self),
    will: {
      ...{ topic: clientPresenceTopic(watcherId), payload: DISCONNECTED, retain: false },
      properties: publishProperties("mcp-client", watcherId),
    },
    keeps: true,
    onConnect: (made, told) => {
      const { filters: suggested, roles, faults } = suggestedBy(told);
      for (const name of faults) log(`the broker's ${name} cannot be read`);
      given = roles;
      const looked = () => look(made, suggested ?? filters);
      lookAgain = looked;
      looked();
    },
    onLost: (why) => {
      for (const name of [...names.keys()]) forget(name);
      if (!isClosing) log(`MCP servers: the broker is away: ${why}`);
    },
    onMessage: (topic, payload) => {
      const place = placeOfPresence(topic);
      const presence = readPresence(payload);
      // The broker may suggest more than the operator allows.
      if (place === undefined || !filters.some((filter) => covers(filter, place.serverName)))
        return;
      if (presence?.kind === "online") came(place, presence.roles);
      else if (presence?.kind === "gone") went(place);
    },
  });

  function look(made: Mqtt5Connection, nameFilters: readonly string[]): void {
    made.subscribe(nameFilters.map(presenceFilter), { noLocal: true }).catch((error: unknown) => {
      log(`MCP servers: ${String(error)}`);
    });
  }

  function came({ serverId, serverName }: ServerPlace, roles: ReadonlyMap<string, Role>): void {
    const named = names.get(serverName) ?? { instances: new Map(), failures: 0 };
    if (!names.has(serverName) && names.size >= NAMES_MAX) return;
    names.set(serverName, named);
    const isKnown = named.instances.has(serverId);
    if (isKnown || named.instances.size < INSTANCES_MAX) named.instances.set(serverId, roles);
    pick(serverName);
  }

  function went({ serverId, serverName }: ServerPlace): void {
    const named = names.get(serverName);
    if (named === undefined) return;
    named.instances.delete(serverId);
    if (named.session?.serverId === serverId) {
      void named.session.client.close().catch(() => {});
      delete named.session;
    }
    if (named.instances.size === 0) names.delete(serverName);
    else pick(serverName);
  }

  function forget(serverName: string): void {
    for (const serverId of [...(names.get(serverName)?.instances.keys() ?? [])]) {
      went({ serverId, serverName });
    }
  }

  function roleAt(serverName: string): Role | undefined {
    const { instances, session } = names.get(serverName) ?? {};
    const role = given.get(serverName);
    return role === undefined ? undefined : instances?.get(session?.serverId ?? "")?.get(role);
  }

  function pick(serverName: string): void {
    if (names.get(serverName)?.session !== undefined) return;
    if (waiting.size === 0 && attempts.take(clock.monotonicMs())) speakTo(serverName);
    else {
      waiting.add(serverName);
      nextTurn();
    }
  }

  function nextTurn(): void {
    if (isTurnDue || waiting.size === 0 || isClosing) return;
    isTurnDue = true;
    clock.after(1_000 / ATTEMPTS_PER_S, () => {
      isTurnDue = false;
      const [next] = waiting;
      if (next !== undefined && attempts.take(clock.monotonicMs())) {
        waiting.delete(next);
        speakTo(next);
      }
      nextTurn();
    });
  }

  /** To the first of those that are there. */
  function speakTo(serverName: string): void {
    const named = names.get(serverName);
    const [serverId] = named?.instances.keys() ?? [];
    if (isClosing || named === undefined || serverId === undefined) return;
    if (named.session !== undefined) return;
    const place = { serverId, serverName };
    const client = new Client({ name: "mycel", version }, { capabilities: {} });
    const session: Session = { serverId, client, tools: [], isReady: false };
    named.session = session;
    let isLooking = false;
    let isStale = false;
    /** One list at a time, so that the newest is the last that is read, however often they change. */
    const lookAtTools = async (): Promise<void> => {
      isStale = true;
      if (isLooking) return;
      isLooking = true;
      try {
        while (isStale) {
          isStale = false;
          session.tools = mayList(roleAt(serverName)) ? await toolsOf(client) : [];
        }
      } finally {
        isLooking = false;
      }
      session.isReady = true;
      named.failures = 0;
    };
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      lookAtTools().catch((error: unknown) => log(`${serverName}: ${String(error)}`));
    });
    const endPings = every(clock, PING_MS, () => {
      if (!session.isReady) return;
      client.ping({ timeout: SPEC_MS.ping }).catch(() => {
        if (named.session === session) log(`MCP server ${serverName} (${serverId}): no answer`);
        lost();
      });
    });
    const lost = (): void => {
      endPings();
      if (named.session !== session) return;
      delete named.session;
      // To the end of the line, so that another of the name is tried first.
      const roles = named.instances.get(serverId);
      if (roles !== undefined) {
        named.instances.delete(serverId);
        named.instances.set(serverId, roles);
      }
      void client.close().catch(() => {});
      const waitMs = Math.min(RETRY_MS.first * 2 ** named.failures, RETRY_MS.max);
      named.failures = Math.min(named.failures + 1, 16);
      clock.after(waitMs, () => pick(serverName));
    };
    const onDismissed = (): void => {
      went(place);
      clock.after(LOOK_AGAIN_MS, () => {
        if (!isClosing) lookAgain?.();
      });
    };
    client.onclose = lost;
    const clientId = `${node}-${newId()}`;
    client
      .connect(mqtt5Session({ connect, place, clientId, self, refused, onDismissed }), {
        timeout: SPEC_MS.initialize,
      })
      .then(lookAtTools)
      .catch((error: unknown) => {
        if (named.session === session) {
          log(`MCP server ${serverName} (${serverId}): ${String(error)}`);
        }
        lost();
      });
  }

  return {
    has: (serverName) => names.get(serverName)?.session?.isReady === true,
    list: () =>
      [...names].flatMap(([serverName, { session }]) => {
        if (session?.isReady !== true) return [];
        const role = roleAt(serverName);
        return [{ serverName, tools: session.tools.filter((tool) => mayCall(role, tool)) }];
      }),
    call: async (serverName, name, args, timeout) => {
      const session = names.get(serverName)?.session;
      if (session?.isReady !== true) throw new Error(`${serverName} is not there`);
      if (!mayCall(roleAt(serverName), name)) {
        const message = `The broker gives us no role at ${serverName} that may call ${name}.`;
        throw Object.assign(new Error(message), { code: NOT_ALLOWED });
      }
      const params = { name, arguments: { ...args } };
      try {
        return await session.client.request({ method: "tools/call", params }, ResultSchema, {
          timeout,
        });
      } catch (error) {
        const isClosed = (error as { code?: unknown }).code === ErrorCode.ConnectionClosed;
        // A server may use the same code for something else.
        if (!isClosed || names.get(serverName)?.session === session) throw error;
        const message = `${serverName} went before it answered: ${name} may have been done all the same.`;
        throw Object.assign(new Error(message), { code: "lost" });
      }
    },
    close: async () => {
      isClosing = true;
      for (const { session } of names.values()) await session?.client.close().catch(() => {});
      names.clear();
      await watcher.close();
    },
  };
}

/** As a refusal of the server's own would be. */
const NOT_ALLOWED = -32_600;

/**
 * Names of all its tools, page by page; of a server without tools none. Of what it says of them only names are
 * read, so that one tool with a schema that nobody can read does not hide the others.
 */
async function toolsOf(client: Client): Promise<readonly string[]> {
  if (client.getServerCapabilities()?.tools === undefined) return [];
  const names: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < PAGES_MAX && names.length < TOOLS_MAX; page += 1) {
    const method = "tools/list";
    const asked = typeof cursor === "string" ? { method, params: { cursor } } : { method };
    const listed = await client.request(asked, ResultSchema, { timeout: SPEC_MS.lists });
    const tools: readonly unknown[] = Array.isArray(listed["tools"]) ? listed["tools"] : [];
    for (const tool of tools) {
      const name = isJsonObject(tool) ? tool["name"] : undefined;
      if (typeof name === "string" && name.length <= TOOL_NAME_LENGTH_MAX) names.push(name);
    }
    cursor = listed["nextCursor"];
    if (typeof cursor !== "string") break;
  }
  return names.slice(0, TOOLS_MAX);
}
