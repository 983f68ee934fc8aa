/**
 * Every setting of a node with its unit, range, default and help. A mistake is reported with its
 * path, all at once, before anything starts.
 */
import { z } from "zod";
import {
  BROKER_HELP,
  GATEWAY_LINK_HELP,
  HUB_LINK_HELP,
  isBroker,
  isGatewayLink,
  isHubLink,
  isSenders,
  SENDERS_HELP,
} from "./addresses.ts";
import { officeSchema } from "./office.ts";
import { HASH_HELP, isHash, isSecret, SECRET_HELP } from "./secrets.ts";

/** Names go into MQTT topics and actor paths, so neither `/`, `+`, `#` nor blanks. */
const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    "allowed: 1-64 of a-z 0-9 _ -, beginning with a letter or digit",
  );
const port = z.int().min(1).max(65_535);
const ms = (min: number, max: number) => z.int().min(min).max(max);
const host = z.string().min(1).max(255);

const leafSchema = z.strictObject({
  id: z.int().min(0).max(16_383).describe("Leaf id in the frame (wire v1: up to 255)"),
  name: name.optional().describe("Instead of leaf_<id>"),
  zone: name.optional().describe("Instead of the hub's zone"),
  framesPerSecondMax: z
    .number()
    .positive()
    .max(1_000_000)
    .nullable()
    .optional()
    .describe("Rate limit of this leaf; null lifts it, as a replay needs"),
  sleeps: z
    .boolean()
    .optional()
    .describe("It hears only just after it has sent; v2 leaves say so themselves"),
  wakeVia: z.int().min(0).max(16_383).optional().describe("Id of a leaf that can wake it"),
});

const hubSchema = z.strictObject({
  id: name.describe("Last part of the hub's actor path, as in swarm_hub_01"),
  zone: name.describe("Zone of the hub and of leaves that name none"),
  link: z
    .string()
    .refine(isHubLink, HUB_LINK_HELP)
    .default("udp://127.0.0.1")
    .describe(
      "udp://HOST[:PORT], tcp://HOST:PORT or serial:///dev/ttyUSB0?baud=115200, the last two with framing=resync for old leaves, or gateway://ID/NUMBER; UDP without a port: the first free from 5701",
    ),
  allow: z
    .array(z.string().refine(isSenders, SENDERS_HELP))
    .max(4_096)
    .default([])
    .describe("Sender addresses or CIDR ranges that may send; empty: any that reaches the port"),
  adopt: z
    .enum(["registered", "always"])
    .default("registered")
    .describe(
      "Which leaves zones use: those that registered or were adopted by an operator, or all",
    ),
  accept: z
    .enum(["v1", "v2", "both"])
    .default("both")
    .describe("Versions of the wire: v1 proves no sender, v2 is sealed and needs paired leaves"),
  fleetSecret: z
    .string()
    .refine(isSecret, SECRET_HELP)
    .optional()
    .describe(
      "Install codes of a fleet's devices come from it: 32 hex digits, or file:PATH, env:NAME; without it each is paired by its own code",
    ),
  keyRotationDays: z
    .number()
    .min(0)
    .max(36_500)
    .default(90)
    .describe("A leaf's key is changed when it is older than this, days; 0: never"),
  offlineAfterMs: ms(1_000, 86_400_000)
    .default(120_000)
    .describe("A leaf unheard for this long is offline, ms"),
  lowBatteryMv: z.int().min(0).max(65_535).default(2_400).describe("Warn below this, mV"),
  framesPerSecondMax: z
    .number()
    .positive()
    .max(1_000_000)
    .default(20)
    .describe("Rate limit of each leaf, frames/s; twice as many may come at once"),
  quarantineMs: ms(1_000, 86_400_000)
    .default(60_000)
    .describe("How long a leaf that floods is refused, ms"),
  leavesMax: z
    .int()
    .min(1)
    .max(16_384)
    .default(256)
    .describe("Leaf ids the hub takes, from 0; those of wire v1 end at 255"),
  leaves: z.array(leafSchema).max(16_384).default([]),
});

const gatewaySchema = z.strictObject({
  id: name.describe("As hubs name it: link: gateway://<id>/<number of the hub>"),
  link: z
    .string()
    .refine(isGatewayLink, GATEWAY_LINK_HELP)
    .describe(
      "Where it sends the frames of its hubs: udp://HOST:PORT, tcp://HOST:PORT or serial:///dev/NAME",
    ),
  allow: z
    .array(z.string().refine(isSenders, SENDERS_HELP))
    .max(4_096)
    .default([])
    .describe(
      "Addresses or CIDR ranges that may send as this gateway; empty: any that reaches the port",
    ),
});

const zoneSchema = z.strictObject({
  id: name,
  highTemperatureC: z
    .number()
    .min(-50)
    .max(100)
    .default(26)
    .describe("high_temperature above this, °C"),
  highTemperatureHysteresisC: z
    .number()
    .min(0)
    .max(20)
    .default(0.5)
    .describe("Armed again below limit minus this, °C"),
  highTemperatureCooldownMs: ms(0, 86_400_000)
    .default(1_800_000)
    .describe("At least this between two, ms"),
  co2Ppm: z
    .number()
    .min(0)
    .max(100_000)
    .default(1_000)
    .describe("co2_threshold_exceeded above this, ppm"),
  co2CooldownMs: ms(0, 86_400_000).default(600_000),
  sedentaryAfterS: z
    .int()
    .min(1)
    .max(86_400)
    .default(1_200)
    .describe("sedentary_alert after this long still, s"),
  sedentaryCooldownMs: ms(0, 86_400_000).default(3_600_000),
  airPresence: z
    .boolean()
    .default(true)
    .describe(
      "Presence from CO2, light, temperature and humidity where no camera or motion sensor is",
    ),
});

const file = z.string().min(1).max(4_096);
const tlsSchema = z.strictObject({
  cert: file.describe("File with the certificate and its chain, PEM"),
  key: file.describe(
    "File with its key, PEM; both are read again on SIGHUP and when they have changed",
  ),
});

const httpSchema = z.strictObject({
  host: host
    .default("127.0.0.1")
    .describe("Beyond loopback only where somebody can log in: a person with a password, or user"),
  port: port.optional().describe("Default: the first free from 8420"),
  user: z.string().min(1).max(64).optional().describe("An operator's account for scripts"),
  password: z.string().min(8).max(256).optional().describe("At least 8 characters"),
  login: z
    .enum(["auto", "always"])
    .default("auto")
    .describe(
      "Who must log in: auto, everybody beyond loopback or where there is a user; always, on loopback too, as behind a proxy",
    ),
  sessionIdleMs: ms(60_000, 86_400_000 * 365)
    .default(43_200_000)
    .describe("A session without requests or an open page ends after this, ms"),
  sessionMs: ms(60_000, 86_400_000 * 365)
    .default(604_800_000)
    .describe("A session ends this long after its login, ms"),
  writesPerMinuteMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(600)
    .describe("Of each caller who has logged in"),
  tls: tlsSchema.optional().describe("Serve the page by HTTPS, and only so"),
  allowedHosts: z
    .array(host)
    .max(64)
    .default([])
    .describe("Host names under which the page is reached, besides the address"),
});

const telemetrySchema = z.strictObject({
  mode: z
    .enum(["every", "onChange"])
    .default("every")
    .describe("Publish every reading, or those that differ from what was published last"),
  minIntervalS: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .describe("Of each channel of a leaf at most one reading in so many seconds"),
});

const topicFilter = z
  .string()
  .min(1)
  .max(512)
  .regex(/^(?:\+|[^$+#/][^+#/]*)(?:\/(?:\+|[^+#/]*))*(?:\/#)?$/, "allowed: a topic filter, not #");

const mqttUserSchema = z.strictObject({
  id: name.describe("User name, and the device's name in its topics"),
  passwordHash: z
    .string()
    .refine(isHash, HASH_HELP)
    .optional()
    .describe(
      "From `mycel mqtt-user add`, or file:PATH, env:NAME; with mqtt.tls.clientCa it may be left out",
    ),
  mosquittoHash: z
    .string()
    .regex(/^\$7\$[0-9]+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+$/)
    .optional()
    .describe("Of the same password for Mosquitto, which has no scrypt"),
  role: z
    .enum(["device", "reader", "node"])
    .default("device")
    .describe(
      "device: writes office/ZONE/+/ID/# and mcp/ID/response/#, reads mcp/ID/request/#; reader: reads office/#; node: everything",
    ),
  zones: z.array(name).max(1_024).default([]).describe("Zones it speaks in; empty: any"),
  write: z.array(topicFilter).max(64).default([]).describe("Further topics it may write"),
  read: z.array(topicFilter).max(64).default([]).describe("Further topics it may read"),
});

const mqttSchema = z.strictObject({
  broker: z.string().refine(isBroker, BROKER_HELP).default("embedded"),
  host: host.default("127.0.0.1").describe("Where the embedded broker listens"),
  port: port.optional().describe("Of the embedded broker. Default: the first free from 1883"),
  user: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Default: created at the first start in the data folder"),
  password: z.string().min(1).max(256).optional(),
  users: z
    .array(mqttUserSchema)
    .max(4_096)
    .default([])
    .describe("Of the embedded broker, beside the node's own"),
  trustedZones: z
    .array(name)
    .max(1_024)
    .default([])
    .describe(
      "Zones where what any device of the bus measures is believed, in the range of its channel, as if it were in users: for a bus that only your own devices can write to",
    ),
  tls: tlsSchema
    .extend({
      clientCa: file
        .optional()
        .describe(
          "File with an authority, PEM: who connects must show a certificate of it with the user's id as common name or DNS name, beside the user's password if there is one",
        ),
    })
    .optional()
    .describe("The embedded broker speaks TLS, and only so"),
  cert: file
    .optional()
    .describe("File with our certificate for an mqtts:// broker that asks for one, PEM"),
  key: file.optional().describe("File with its key, PEM; both are read again as mqtt.tls's are"),
  ca: file
    .optional()
    .describe("File with the authority of an mqtts:// broker, PEM; without it the system's"),
  telemetry: telemetrySchema.prefault({}),
  mcp: z
    .enum(["off", "status", "all"])
    .default("status")
    .describe(
      "What others may ask of our hubs on mcp/{hub}/request/call_tool: nothing, get_swarm_status, or leaf_command too",
    ),
  mcpServers: z
    .array(z.string().regex(/^[^\s$]{1,128}$/, "a filter of server names, as in home/+/light or #"))
    .max(16)
    .default([])
    .describe(
      "Foreign MCP servers over MQTT 5 that become devices, by filters of their names; external broker only",
    ),
  mcpServerName: z
    .string()
    .regex(/^[^/+#\s$]+(\/[^/+#\s$]+)*$/, "levels without wildcards, as in mycel/office")
    .max(128)
    .optional()
    .describe(
      "Under this name our hubs' tools are an MCP server over MQTT 5, as far as mqtt.mcp allows; external broker only",
    ),
});

const storageSchema = z.strictObject({
  dir: z.string().min(1).default(".mycel").describe("Data folder of this node"),
  historyDays: z
    .number()
    .positive()
    .max(36_500)
    .default(90)
    .describe("Samples older than this are dropped, days"),
  rollupDays: z.number().positive().max(36_500).default(3_650).describe("Hour rollups, days"),
  historyMaxGb: z
    .number()
    .positive()
    .max(100_000)
    .default(20)
    .describe("Disk space of all history, GB; beyond it the oldest samples are dropped"),
  eventsMax: z.int().min(100).max(10_000_000).default(100_000).describe("Events kept"),
  keySecret: z
    .string()
    .refine(isSecret, SECRET_HELP)
    .optional()
    .describe(
      "Seals leaves' keys in the store and its backups: 32 hex digits, or file:PATH, env:NAME; keep it elsewhere",
    ),
  reserveMb: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(64)
    .describe("Writing stops when the disk has less room than this, MB"),
});

const emulateSchema = z.strictObject({
  leavesPerHub: z.int().min(1).max(256).default(12),
  everyMs: ms(10, 3_600_000).default(1_000),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
});

export const configSchema = z.strictObject({
  node: name.default("office").describe("Name of this node in addresses: mycel://<node>/user/…"),
  threads: z
    .union([z.literal("auto"), z.int().min(0).max(64)])
    .default("auto")
    .describe("Worker threads for actors; auto: one less than the cores, at least one"),
  http: httpSchema.prefault({}),
  mqtt: mqttSchema.prefault({}),
  storage: storageSchema.prefault({}),
  office: officeSchema.prefault({}),
  zones: z.array(zoneSchema).min(1).max(1_024),
  hubs: z.array(hubSchema).min(1).max(1_024),
  gateways: z.array(gatewaySchema).max(64).default([]),
  emulate: emulateSchema
    .optional()
    .describe("Leaf processes that play an office, for a look around"),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("warn"),
});

export type Config = z.infer<typeof configSchema>;
export type HubConfig = Config["hubs"][number];
