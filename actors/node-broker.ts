/** The broker of a node: embedded, or the one its settings name; and the node's way to it. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/schema.ts";
import { readHash } from "../config/secrets.ts";
import { systemClock } from "../runtime/clock.ts";
import { MycelError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { anySeed, seededRandom } from "../runtime/random.ts";
import type { ConnectMqtt5 } from "../transports/mcp/mqtt5-port.ts";
import {
  type Broker,
  type BrokerUser,
  startBroker,
  type UsersChanged,
} from "../transports/mqtt/broker.ts";
import { credentialsFile, loadOrCreateCredentials } from "../transports/mqtt/credentials.ts";
import {
  createMqttConnections,
  type MqttConnections,
  type TrustOptions,
} from "../transports/mqtt/mqtt-client.ts";
import { mqtt5Connections } from "../transports/mqtt/mqtt5-connections.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../transports/password.ts";
import { type OpenTlsFiles, openTlsFiles } from "../transports/tls-files.ts";

const MQTT_PORT = 1_883;

export interface NodeBroker {
  readonly url: string;
  readonly connections: MqttConnections;
  /** For MCP; undefined with the embedded broker, which speaks MQTT 3.1.1. */
  readonly mqtt5: ConnectMqtt5 | undefined;
  /** Undefined where the broker is another program's. */
  readonly embedded: Broker | undefined;
  reloadTls(): void;
  /** Throws `E_CONFIG_INVALID`, and nothing is changed, where a hash cannot be read. */
  setUsers(users: Config["mqtt"]["users"]): UsersChanged | undefined;
  close(): Promise<void>;
}

/** Throws `E_PORT_TAKEN` and `E_CONFIG_INVALID`; an external broker's absence is no error. */
export async function openBroker(
  { node, mqtt }: Pick<Config, "node" | "mqtt">,
  dir: string,
  say: (line: string) => void,
  logger: Logger,
): Promise<NodeBroker> {
  const isChosen = mqtt.user !== undefined && mqtt.password !== undefined;
  const { user, password } = isChosen
    ? { user: mqtt.user as string, password: mqtt.password as string }
    : loadOrCreateCredentials(dir);
  const isEmbedded = mqtt.broker === "embedded";
  const tls = isEmbedded && mqtt.tls !== undefined ? openTlsFiles(mqtt.tls, "mqtt.tls") : undefined;
  const { cert, key } = mqtt;
  const shown =
    !isEmbedded && cert !== undefined && key !== undefined
      ? openTlsFiles({ cert, key }, "mqtt")
      : undefined;
  const trusted = trust(tls, mqtt.ca, shown);
  const embedded = isEmbedded
    ? await startBroker({
        host: mqtt.host,
        port: mqtt.port ?? MQTT_PORT,
        portFixed: mqtt.port !== undefined,
        users: new Map([[user, await hashed(password, isChosen)]]),
        others: brokerUsers(mqtt.users),
        tls,
        logger,
        isOwn: (clientId) => clientId.endsWith(`@${node}`),
      })
    : undefined;
  if (embedded !== undefined && mqtt.port === undefined && embedded.port !== MQTT_PORT)
    say(`port ${MQTT_PORT} is taken; the MQTT broker uses ${embedded.port}`);
  const url = embedded?.url ?? mqtt.broker;
  const where = isChosen ? "as set" : `in ${credentialsFile(dir)}`;
  say(`MQTT broker on ${url}, user and password ${where}`);
  if (mqtt.trustedZones.length > 0) {
    const topics = mqtt.trustedZones.map((zone) => `office/${zone}/#`).join(", ");
    say(`mqtt.trustedZones: the agent acts on what anybody on the bus measures under ${topics}`);
  }
  const random = seededRandom(anySeed());
  const connections = createMqttConnections({
    url,
    user,
    password,
    clock: systemClock,
    random: () => random.next(),
    ...trusted,
  });
  return {
    url,
    connections,
    mqtt5:
      embedded === undefined
        ? mqtt5Connections({ url, user, password, clock: systemClock, ...trusted })
        : undefined,
    embedded,
    reloadTls: () => {
      tls?.reload();
      shown?.reload();
    },
    setUsers: (users) => embedded?.setUsers(brokerUsers(users)),
    close: async () => {
      shown?.close();
      await connections.close();
      await embedded?.close();
    },
  };
}

const brokerUsers = (users: Config["mqtt"]["users"]): BrokerUser[] =>
  users.map(({ mosquittoHash: _its, ...user }, index) => ({
    ...user,
    passwordHash:
      user.passwordHash && readHash(user.passwordHash, `mqtt.users[${index}].passwordHash`),
  }));

/**
 * Our own broker is known by its certificate, whatever names stand in it, and knows us by the same where it asks;
 * another by its authority.
 */
function trust(
  own: OpenTlsFiles | undefined,
  caFile: string | undefined,
  shown: OpenTlsFiles | undefined,
): { tls?: () => TrustOptions } {
  if (own !== undefined) {
    return {
      tls: () => {
        const { cert, key, ca } = own.context();
        return {
          ...{ ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined },
          ...(ca && { cert, key }),
        };
      },
    };
  }
  const ca = caFile === undefined ? undefined : readCa(caFile);
  if (ca === undefined && shown === undefined) return {};
  return {
    tls: () => {
      const { cert, key } = shown?.context() ?? {};
      return { ...(ca && { ca }), ...(cert && key && { cert, key }) };
    },
  };
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const path = "mqtt.ca";
    throw new MycelError("E_CONFIG_INVALID", `${path}: cannot read ${file}.`, { path }, cause);
  }
}

const hashed = (password: string, isChosen: boolean): Promise<string> =>
  isChosen ? hashPassword(password) : hashPassword(password, RANDOM_PASSWORD_COST);
