/**
 * MCP over MQTT 5, the public specification (mqtt-ai/mcp-over-mqtt, 2025-08-05): topics, properties, and
 * what a server says of itself.
 *
 *   $mcp-server/{server-id}/{server-name}               initialize
 *   $mcp-server/capability/{server-id}/{server-name}    list_changed, resources updated
 *   $mcp-server/presence/{server-id}/{server-name}      retained: online; empty: gone
 *   $mcp-client/presence/{client-id}                    notifications/disconnected
 *   $mcp-rpc/{client-id}/{server-id}/{server-name}      all else, both ways
 */
import { isJsonObject } from "../../../runtime/json-object.ts";
import { notificationText, type RpcParams, readJson, readRpc } from "./json-rpc.ts";

/** Defaults of the specification. A call of a tool ends earlier, with its asker's 10 s. */
export const SPEC_MS = { initialize: 30_000, ping: 10_000, lists: 30_000 } as const;

/** Of one running server: several may have one name. */
export interface ServerPlace {
  readonly serverId: string;
  readonly serverName: string;
}

export const controlTopic = ({ serverId, serverName }: ServerPlace): string =>
  `$mcp-server/${serverId}/${serverName}`;
export const serverCapabilityTopic = ({ serverId, serverName }: ServerPlace): string =>
  `$mcp-server/capability/${serverId}/${serverName}`;
export const serverPresenceTopic = ({ serverId, serverName }: ServerPlace): string =>
  `$mcp-server/presence/${serverId}/${serverName}`;
export const clientPresenceTopic = (clientId: string): string => `$mcp-client/presence/${clientId}`;
export const clientCapabilityTopic = (clientId: string): string =>
  `$mcp-client/capability/${clientId}`;
export const rpcTopic = (clientId: string, { serverId, serverName }: ServerPlace): string =>
  `$mcp-rpc/${clientId}/${serverId}/${serverName}`;
export const presenceFilter = (nameFilter: string): string =>
  `$mcp-server/presence/+/${nameFilter}`;

/** An MQTT client id without `/`, `+`, `#`. */
export const isMqttId = (id: string): boolean => /^[^/+#\s]{1,128}$/.test(id);
/** `home/kitchen/light`: levels without wildcards. */
export const isServerName = (name: string): boolean =>
  name.length <= SERVER_NAME_LENGTH_MAX && /^[^/+#\s]+(\/[^/+#\s]+)*$/.test(name);

const SERVER_NAME_LENGTH_MAX = 128;

/** Undefined for a topic that is no presence of a server. */
export function placeOfPresence(topic: string): ServerPlace | undefined {
  const [root, kind, serverId = "", ...levels] = topic.split("/");
  const serverName = levels.join("/");
  const isPlace = root === "$mcp-server" && kind === "presence";
  return isPlace && isMqttId(serverId) && isServerName(serverName)
    ? { serverId, serverName }
    : undefined;
}

export const DISCONNECTED = notificationText("notifications/disconnected");

/** What a role may, as a server describes it when it comes online. */
export interface Role {
  readonly name: string;
  readonly description: string;
  readonly methods: readonly string[] | "all";
  readonly tools: readonly string[] | "all";
  readonly resources: readonly string[] | "all";
}

export const onlineNotice = (
  serverName: string,
  description: string,
  roles: readonly Role[],
): string =>
  notificationText("notifications/server/online", {
    server_name: serverName,
    description,
    meta: {
      rbac: {
        roles: roles.map(({ methods, tools, resources, ...role }) => ({
          ...role,
          allowed_methods: methods,
          allowed_tools: tools,
          allowed_resources: resources,
        })),
      },
    },
  });

export type Presence =
  | { readonly kind: "online"; readonly roles: ReadonlyMap<string, Role> }
  | { readonly kind: "gone" };

/** A presence message: a server is there, or, when it is empty, has gone. Undefined for any other. */
export function readPresence(payload: Uint8Array): Presence | undefined {
  if (payload.length === 0) return { kind: "gone" };
  const read = readRpc(payload);
  const isOnline =
    read.ok &&
    read.value.kind === "notification" &&
    read.value.method === "notifications/server/online";
  return isOnline ? { kind: "online", roles: rolesOf(read.value.params) } : undefined;
}

/** Roles that a server describes, and entries of one; more than anybody tells apart. */
const ROLES_MAX = 32;
const ALLOWED_MAX = 256;

function rolesOf({ meta }: RpcParams): ReadonlyMap<string, Role> {
  const rbac = isJsonObject(meta) ? meta["rbac"] : undefined;
  const roles = isJsonObject(rbac) ? rbac["roles"] : undefined;
  if (!Array.isArray(roles)) return new Map();
  return new Map(
    roles.slice(0, ROLES_MAX).flatMap((role: unknown) => {
      if (!isJsonObject(role) || typeof role["name"] !== "string") return [];
      const { name, description = "" } = role;
      const read: Role = {
        name,
        description: String(description),
        methods: allowed(role["allowed_methods"]),
        tools: allowed(role["allowed_tools"]),
        resources: allowed(role["allowed_resources"]),
      };
      return [[name, read] as const];
    }),
  );
}

/** What is not told is not narrowed; what is told and cannot be read allows nothing. */
function allowed(told: unknown): readonly string[] | "all" {
  if (told === undefined || told === "all") return "all";
  if (!Array.isArray(told)) return [];
  return told.slice(0, ALLOWED_MAX).filter((name) => typeof name === "string");
}

/** Undefined: no role is known, so that the server and the broker decide alone. */
export const mayCall = (role: Role | undefined, tool: string): boolean =>
  isIn(role?.methods, "tools/call") && isIn(role?.tools, tool);
export const mayList = (role: Role | undefined): boolean => isIn(role?.methods, "tools/list");

const isIn = (names: readonly string[] | "all" | undefined, name: string): boolean =>
  names === undefined || names === "all" || names.includes(name);

/** `notifications/disconnected`, or the empty message that some send instead. */
export function isDisconnected(payload: Uint8Array): boolean {
  if (payload.length === 0) return true;
  const read = readRpc(payload);
  return (
    read.ok &&
    read.value.kind === "notification" &&
    read.value.method === "notifications/disconnected"
  );
}

export type UserProperties = Readonly<Record<string, string>>;
type Component = "mcp-client" | "mcp-server";

export const connectProperties = (
  component: Component,
  { name, version }: { readonly name: string; readonly version: string },
): UserProperties => ({
  "MCP-COMPONENT-TYPE": component,
  "MCP-META": JSON.stringify({ implementation: "mycel", name, version }),
});
export const publishProperties = (component: Component, clientId: string): UserProperties => ({
  "MCP-COMPONENT-TYPE": component,
  "MCP-MQTT-CLIENT-ID": clientId,
});
/** Who sent an initialize: its answer and all that follows go to a topic of his id. */
export function senderOf(properties: unknown): string | undefined {
  const id = isJsonObject(properties) ? properties["MCP-MQTT-CLIENT-ID"] : undefined;
  return typeof id === "string" && isMqttId(id) ? id : undefined;
}

/** What the broker says in its CONNACK; what cannot be read is as if it were not said. */
export interface Suggested {
  /** For a server: what it is to be called. */
  readonly serverName: string | undefined;
  /** For a client: which servers' presence it is to look at. */
  readonly filters: readonly string[] | undefined;
  /** For a client: its role, by the server's name. */
  readonly roles: ReadonlyMap<string, string>;
  /** Names of properties that could not be read. */
  readonly faults: readonly string[];
}

/** As many as the settings may name. */
const FILTERS_MAX = 16;
const GIVEN_ROLES_MAX = 64;

export function suggestedBy(properties: unknown): Suggested {
  const fields = isJsonObject(properties) ? properties : {};
  const faults: string[] = [];
  const read = <T>(name: string, understand: (text: string) => T | undefined): T | undefined => {
    const text = fields[name];
    if (text === undefined) return undefined;
    const value = typeof text === "string" ? understand(text) : undefined;
    if (value === undefined) faults.push(name);
    return value;
  };
  const serverName = read("MCP-SERVER-NAME", (name) => (isServerName(name) ? name : undefined));
  const filters = read("MCP-SERVER-NAME-FILTERS", (text) => {
    const list = parsed(text);
    if (!Array.isArray(list) || list.length === 0 || list.length > FILTERS_MAX) return undefined;
    return list.every(isNameFilter) ? (list as string[]) : undefined;
  });
  const roles = read("MCP-RBAC", (text) => {
    const list = parsed(text);
    if (!Array.isArray(list) || list.length > GIVEN_ROLES_MAX) return undefined;
    const pairs = list.flatMap((one: unknown) => {
      const { server_name: server, role_name: role } = isJsonObject(one) ? one : {};
      return typeof server === "string" && typeof role === "string"
        ? [[server, role] as const]
        : [];
    });
    return pairs.length === list.length ? new Map(pairs) : undefined;
  });
  return { serverName, filters, roles: roles ?? new Map(), faults };
}

/** `home/+/light`, `home/#`: of a server's name. */
const isNameFilter = (filter: unknown): boolean =>
  typeof filter === "string" &&
  filter.length <= SERVER_NAME_LENGTH_MAX &&
  /^(?:\+|[^/+#\s$][^/+#\s]*|#$)(?:\/(?:\+|[^/+#\s]+|#$))*$/.test(filter);

function parsed(text: string): unknown {
  const read = readJson(text);
  return read.ok ? read.value : undefined;
}
