/** The broker of a node: embedded, or the one its settings name; and the node's way to it. */
import type { Config } from "../config/schema.ts";
import { systemClock } from "../runtime/clock.ts";
import { anySeed, seededRandom } from "../runtime/random.ts";
import { type Broker, startBroker } from "../transports/mqtt/broker.ts";
import { credentialsFile, loadOrCreateCredentials } from "../transports/mqtt/credentials.ts";
import { createMqttConnections, type MqttConnections } from "../transports/mqtt/mqtt-client.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../transports/password.ts";

const MQTT_PORT = 1_883;

export interface NodeBroker {
  readonly url: string;
  readonly connections: MqttConnections;
  /** Undefined where the broker is another program's. */
  readonly embedded: Broker | undefined;
  close(): Promise<void>;
}

/** Throws `E_PORT_TAKEN` and `E_CONFIG_INVALID`; an external broker's absence is no error. */
export async function openBroker(
  { node, mqtt }: Pick<Config, "node" | "mqtt">,
  dir: string,
  say: (line: string) => void,
): Promise<NodeBroker> {
  const isChosen = mqtt.user !== undefined && mqtt.password !== undefined;
  const { user, password } = isChosen
    ? { user: mqtt.user as string, password: mqtt.password as string }
    : loadOrCreateCredentials(dir);
  const embedded =
    mqtt.broker === "embedded"
      ? await startBroker({
          host: mqtt.host,
          port: mqtt.port ?? MQTT_PORT,
          portFixed: mqtt.port !== undefined,
          users: new Map([[user, await hashed(password, isChosen)]]),
          isOwn: (clientId) => clientId.endsWith(`@${node}`),
        })
      : undefined;
  if (embedded !== undefined && mqtt.port === undefined && embedded.port !== MQTT_PORT)
    say(`port ${MQTT_PORT} is taken; the MQTT broker uses ${embedded.port}`);
  const url = embedded?.url ?? mqtt.broker;
  const where = isChosen ? "as set" : `in ${credentialsFile(dir)}`;
  say(`MQTT broker on ${url}, user and password ${where}`);
  const random = seededRandom(anySeed());
  const connections = createMqttConnections({
    url,
    user,
    password,
    clock: systemClock,
    random: () => random.next(),
  });
  return {
    url,
    connections,
    embedded,
    close: async () => {
      await connections.close();
      await embedded?.close();
    },
  };
}

const hashed = (password: string, isChosen: boolean): Promise<string> =>
  isChosen ? hashPassword(password) : hashPassword(password, RANDOM_PASSWORD_COST);
