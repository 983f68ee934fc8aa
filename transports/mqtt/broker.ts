/**
 * The embedded MQTT broker: aedes with a password and rights for everyone and a bound on everything. It keeps
 * retained messages in memory and no sessions: who is away misses what is said meanwhile. A restart
 * loses the retained messages; the node's own are published anew.
 */
import { createServer, type Server, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Logger, silentLogger } from "../../runtime/logger.ts";
import { type ListenAt, listen, urlHost } from "../listen.ts";
import { passwordCheck } from "../password.ts";
import type { OpenTlsFiles } from "../tls-files.ts";
import type { MqttUser } from "./acl.ts";
import { BrokerGuesses } from "./broker-guesses.ts";
import { BrokerUsers } from "./broker-users.ts";
import { type CertificateRefusal, type Shown, shownBy } from "./client-certificates.ts";
import { createPacketGuard } from "./packet-guard.ts";
import { RetainedTopics } from "./retained-topics.ts";

export interface BrokerOptions extends ListenAt {
  /** Those of nodes, who say and hear what they like: user to hash from `hashPassword`. */
  readonly users: ReadonlyMap<string, string>;
  /** Besides them; nobody else gets in. */
  readonly others?: readonly BrokerUser[];
  readonly tls?: OpenTlsFiles | undefined;
  readonly logger?: Logger;
  readonly clock?: Pick<Clock, "monotonicMs">;
  /**
   * Clients of one group do not hear each other: the node's own connections, which would else get
   * back every reading they send. (MQTT 5 has `noLocal` for this; aedes speaks 3.1.1.)
   */
  readonly isOwn?: (clientId: string) => boolean;
}

export interface BrokerUser extends MqttUser {
  /** Without one its certificate is enough, and it gets in by nothing else. */
  readonly passwordHash?: string | undefined;
}

export interface UsersChanged {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export interface BrokerStats {
  readonly clients: number;
  readonly retained: number;
  /** Connections and messages refused, and messages a slow reader missed (`slowReader`). */
  readonly refused: Readonly<Record<string, number>>;
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  stats(): BrokerStats;
  /** In place of `others`: connections of those that are changed or removed end. */
  setUsers(others: readonly BrokerUser[]): UsersChanged;
  close(): Promise<void>;
}

/** A node may have 1,024 hubs, each with a connection of its own, and as many guests. */
const CLIENTS_MAX = 2_048;
/** An MCP answer with a camera's picture in it is the largest to come. */
const PACKET_BYTES_MAX = 512 * 1024;
/** Unsent bytes for a reader beyond which it misses messages: 2 s of 1,000 readings a second. */
const UNSENT_BYTES_MAX = 256 * 1024;
/**
 * Where the socket itself says stop. Higher than the bound above, so that aedes, which would wait
 * for the slow reader with everybody else's messages behind it, never gets there.
 */
const SOCKET_BUFFER_BYTES = 4 * UNSENT_BYTES_MAX;
/** Of one connection, of quality 2 and not yet released: the broker keeps each, 32 MiB at most. */
const HELD_MAX = 64;
const SUBSCRIPTIONS_MAX = 256;
/** The seed's topics have five; MCP's have four. */
const TOPIC_LEVELS_MAX = 16;
const CONNECT_TIMEOUT_MS = 10_000;
/** One line a reason in this time: who is refused tries again. */
const LOG_EVERY_MS = 60_000;
const DRAIN_TIMEOUT_MS = 10_000;

/** Throws `E_PORT_TAKEN`. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { users, isOwn = () => false } = options;
  const { others = [], tls, logger = silentLogger, clock = systemClock } = options;
  /** The nodes' own stay, whatever others are called. */
  const othersById = new Map(
    others.filter(({ id }) => !users.has(id)).map((user) => [user.id, user] as const),
  );
  const hashes = new Map(users);
  for (const { id, passwordHash } of othersById.values()) {
    if (passwordHash !== undefined) hashes.set(id, passwordHash);
  }
  const check = passwordCheck(hashes);
  const refused: Record<string, number> = {};
  const count = (reason: string): void => {
    refused[reason] = (refused[reason] ?? 0) + 1;
  };
  const refusedCertificateMs = new Map<CertificateRefusal, number>();
  const refuseCertificate = (reason: CertificateRefusal, details: object): void => {
    count(reason);
    const nowMs = clock.monotonicMs();
    if (nowMs - (refusedCertificateMs.get(reason) ?? -LOG_EVERY_MS) < LOG_EVERY_MS) return;
    refusedCertificateMs.set(reason, nowMs);
    logger.warn({ reason, ...details }, "a client of the MQTT broker is refused");
  };
  const known = new BrokerUsers(
    [
      ...othersById.values(),
      ...[...users.keys()].map(
        (id): MqttUser => ({ id, role: "node", zones: [], write: [], read: [] }),
      ),
    ],
    ...([clock, count, logger, isOwn] as const),
  );
  const guesses = new BrokerGuesses(() => clock.monotonicMs());
  const retainedTopics = new RetainedTopics();
  /** Who gave no client id; aedes makes one. */
  const nameless = new WeakSet<Client>();

  const broker = await Aedes.createBroker({
    concurrency: 2 * CLIENTS_MAX,
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    ...{ maxInflightInbound: HELD_MAX },

    preConnect: (client, packet, done) => {
      if (packet.clientId === "") nameless.add(client);
      // A kept session would queue for an absent client without bound.
      packet.clean = true;
      done(null, true);
    },
    authenticate: (client, user, password, done) => {
      const shown = shownOf.get(client.conn as Socket);
      const name = user ?? shown?.names.find((each) => othersById.has(each)) ?? "";
      const enter = (): void => {
        if (known.enter(client, name, !nameless.has(client))) done(null, true);
        else done(refusal(NOT_AUTHORIZED), false);
      };
      if (shown !== undefined) {
        if (!(shown.isOwn ? users.has(name) : shown.names.includes(name))) {
          refuseCertificate("otherCertificate", { user: name, names: shown.names });
          return done(refusal(NOT_AUTHORIZED), false);
        }
        const proven = othersById.get(name);
        if (proven !== undefined && proven.passwordHash === undefined) return enter();
      }
      const given = password?.toString("utf8") ?? "";
      const address = (client.conn as Socket).remoteAddress ?? "";
      if (guesses.mustWait(address, name) && !check.isKnown(name, given)) {
        count("tooManyGuesses");
        return done(refusal(SERVER_UNAVAILABLE), false);
      }
      check(name, given).then(
        (verdict) => {
          if (verdict === "right") {
            guesses.succeeded(address, name);
            return enter();
          }
          if (verdict === "wrong") guesses.failed(address, name);
          count(verdict === "busy" ? "busy" : "badPassword");
          done(refusal(verdict === "busy" ? SERVER_UNAVAILABLE : BAD_PASSWORD), false);
        },
        () => done(refusal(SERVER_UNAVAILABLE), false),
      );
    },
    authorizePublish: (client, packet, done) => {
      if (packet.topic.startsWith("$")) {
        count("reservedTopic");
        return done(new Error("topics that begin with $ are the broker's"));
      }
      if (!known.maySay(client, packet.topic)) return done(new Error("may not be said"));
      if (packet.retain) {
        if (packet.payload.length === 0) retainedTopics.delete(packet.topic);
        else if (!retainedTopics.put(packet.topic, known.userOf(client), packet.payload.length)) {
          count("tooManyRetained");
          return done(new Error("the broker retains no more messages"));
        }
      }
      done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      // 0x80 in the SUBACK, MQTT 3.1.1 §3.9.3.
      if (!known.mayHear(client, subscription.topic)) return done(null, null);
      const subscriptions = (client as unknown as { subscriptions: object }).subscriptions;
      if (Object.keys(subscriptions).length < SUBSCRIPTIONS_MAX) return done(null, subscription);
      count("tooManySubscriptions");
      done(null, null);
    },
    authorizeForward: (client, packet) => {
      const sender = (packet as { clientId?: string }).clientId;
      if (sender !== undefined && isOwn(sender) && isOwn(client.id) && known.isNode(client))
        return null;
      if ((client.conn as Socket).writableLength > UNSENT_BYTES_MAX) {
        count("slowReader");
        return null;
      }
      return packet;
    },
  });
  broker.on("clientError", (_client: Client, error: Error) => count(reasonOf(error)));
  broker.on("connectionError", (_client: Client, error: Error) => count(reasonOf(error)));

  const sockets = new Set<Socket>();
  /** What each client has shown; of those that need not, nothing. */
  const shownOf = new WeakMap<Socket, Shown>();
  const asksClients = tls?.context().ca !== undefined;
  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    if (asksClients) {
      const shown = shownBy(socket as TLSSocket, tls.context().cert);
      if ("error" in shown) {
        refuseCertificate("noCertificate", { why: shown.error });
        refuseUnheard(socket);
        return;
      }
      shownOf.set(socket, shown);
    }
    guard(socket);
    broker.handle(socket);
  };
  const socketOptions = { highWaterMark: SOCKET_BUFFER_BYTES, noDelay: true };
  const server: Server | TlsServer =
    tls === undefined
      ? createServer(socketOptions, welcome)
      : createTlsServer(
          {
            ...{ ...socketOptions, ...tls.context(), handshakeTimeout: CONNECT_TIMEOUT_MS },
            // Looked at by `welcome`, which knows the node's own and tells the others why.
            ...(asksClients && { requestCert: true, rejectUnauthorized: false }),
          },
          welcome,
        );
  tls?.onChange((context) => (server as TlsServer).setSecureContext(context), logger);
  server.on("tlsClientError", () => count("tlsFailed"));
  server.maxConnections = CLIENTS_MAX;
  let port: number;
  try {
    port = await listen(server, options);
  } catch (error) {
    tls?.close();
    await closeAedes(broker);
    throw error;
  }

  return {
    url: `${tls === undefined ? "mqtt" : "mqtts"}://${urlHost(options.host)}:${port}`,
    port,
    stats: () => ({ clients: broker.connectedClients, retained: retainedTopics.size, refused }),
    setUsers: (next) => {
      const nextById = new Map(next.map((user) => [user.id, user]));
      const done = { added: 0, changed: 0, removed: 0 };
      for (const id of [...othersById.keys()]) {
        if (nextById.has(id)) continue;
        othersById.delete(id);
        hashes.delete(id);
        known.remove(id);
        done.removed += 1;
      }
      for (const [id, user] of nextById) {
        const before = othersById.get(id);
        if (users.has(id) || isDeepStrictEqual(before, user)) continue;
        done[before === undefined ? "added" : "changed"] += 1;
        othersById.set(id, user);
        if (user.passwordHash === undefined) hashes.delete(id);
        else hashes.set(id, user.passwordHash);
        known.put(user);
      }
      return done;
    },
    close: async () => {
      tls?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await closeAedes(broker);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Lets aedes see a socket's bytes only while they belong to packets of bearable size. */
function guard(socket: Socket): void {
  const accepts = createPacketGuard(PACKET_BYTES_MAX);
  const read = socket.read.bind(socket);
  // aedes takes its bytes from `read`; a stream in between would cost each of them a copy.
  socket.read = (size?: number) => {
    const chunk: Buffer | null = read(size);
    if (chunk === null || accepts(chunk)) return chunk;
    socket.destroy(new Error("packet too large"));
    return null;
  };
}

/** CONNACK "not authorized", whatever it says: nothing of it reaches the broker. */
function refuseUnheard(socket: Socket): void {
  socket.on("error", () => {});
  socket.resume();
  socket.end(Uint8Array.of(0x20, 2, 0, NOT_AUTHORIZED));
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
}

const closeAedes = (broker: Aedes): Promise<void> =>
  new Promise((resolve) => broker.close(() => resolve()));

/** CONNACK return codes, MQTT 3.1.1 table 3.1. */
const SERVER_UNAVAILABLE = 3;
const BAD_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

const refusal = (returnCode: number): AuthenticateError =>
  Object.assign(new Error("refused"), { returnCode }) as AuthenticateError;

/** Few and fixed, since they become labels of a metric; `refused` is counted where it is decided. */
function reasonOf({ message }: Error): string {
  if (message === "packet too large") return "packetTooLarge";
  if (message === "keep alive timeout") return "keepaliveTimeout";
  if (message === "connect did not arrive in time") return "connectTimeout";
  if (message === "drain timeout") return "drainTimeout";
  if (message === "may not be said") return "notAuthorized";
  if (message === "refused") return "connectionRefused";
  return /ECONNRESET|EPIPE|closed/.test(message) ? "connectionLost" : "protocolError";
}
