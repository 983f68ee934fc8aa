/**
 * Who is on the embedded broker: each connection's user with what it may say, hear and how much of it. Refusals
 * are counted by reason and logged with the topic, never with what was said.
 */
import type { Socket } from "node:net";
import type { Client } from "aedes";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { TokenBucket } from "../../runtime/token-bucket.ts";
import { type MqttUser, mayBe, mayRead, mayWrite, type Rights, rightsOf } from "./acl.ts";

/** A device has one connection, and a second while it takes the first for lost. */
const CONNECTIONS_OF_USER_MAX = 8;
/** Foreign hubs with 256 leaves of four channels, every 10 s, twice; and what waited in an outage. */
const MESSAGES_PER_S = 200;
const MESSAGES_AT_ONCE_MAX = 2_000;
/** Longer than the longest of ours by far; a topic is kept with each retained message. */
export const TOPIC_BYTES_MAX = 512;
/** Of a refused topic in the log. */
const TOPIC_LOGGED_CHARS_MAX = 128;
/** One line a user and reason in this time: who is refused tries again. */
const LOG_EVERY_MS = 60_000;

export const USER_REFUSALS = [
  "topicTooLong",
  "mayNotWrite",
  "mayNotRead",
  "foreignClientId",
  "tooManyConnections",
  "tooManyMessages",
] as const;
export type UserRefusal = (typeof USER_REFUSALS)[number];

interface OnBroker {
  readonly user: MqttUser;
  /** None any more where the user was removed. */
  rights: Rights;
  /** At most `CONNECTIONS_OF_USER_MAX`, but for nodes. */
  readonly clients: Set<Client>;
  readonly messages: TokenBucket;
  readonly loggedAtMs: Map<UserRefusal, number>;
}

export class BrokerUsers {
  /** By id. */
  readonly #users = new Map<string, OnBroker>();
  readonly #byClient = new WeakMap<Client, OnBroker>();
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #count: (reason: string) => void;
  readonly #log: Logger;
  readonly #isOwn: (clientId: string) => boolean;

  constructor(
    users: Iterable<MqttUser>,
    clock: Pick<Clock, "monotonicMs">,
    count: (reason: string) => void,
    log: Logger,
    /** Client ids that only the node itself may have. */
    isOwn: (clientId: string) => boolean,
  ) {
    this.#clock = clock;
    this.#count = count;
    this.#log = log;
    this.#isOwn = isOwn;
    for (const user of users) this.put(user);
  }

  /** Another of the same name is removed. */
  put(user: MqttUser): void {
    this.remove(user.id);
    const nowMs = this.#clock.monotonicMs();
    this.#users.set(user.id, {
      ...{ user, rights: rightsOf(user), clients: new Set<Client>() },
      messages: new TokenBucket(MESSAGES_PER_S, MESSAGES_AT_ONCE_MAX, nowMs),
      loggedAtMs: new Map(),
    });
  }

  /** Its connections end, and their last wills are not said. */
  remove(id: string): void {
    const known = this.#users.get(id);
    if (known === undefined) return;
    this.#users.delete(id);
    known.rights = { write: [], read: [] };
    for (const client of known.clients) client.close();
  }

  /** After its password was right; false: it is refused. `isNamed`: its client id is its own choice. */
  enter(client: Client, id: string, isNamed: boolean): boolean {
    const known = this.#users.get(id);
    // Gone meanwhile, its end would be heard of by nobody, and its place never given back.
    if (known === undefined || (client.conn as Socket).destroyed) return false;
    const isNode = known.user.role === "node";
    const { id: clientId } = client;
    if (isNamed && !isNode && (!mayBe(known.user, clientId) || this.#isOwn(clientId))) {
      return this.#refuse(known, "foreignClientId", client.id);
    }
    if (!isNode && known.clients.size >= CONNECTIONS_OF_USER_MAX) {
      return this.#refuse(known, "tooManyConnections", client.id);
    }
    known.clients.add(client);
    (client.conn as unknown as NodeJS.EventEmitter).once("close", () => {
      known.clients.delete(client);
    });
    this.#byClient.set(client, known);
    return true;
  }

  /** Undefined: a node, or the broker itself. */
  userOf(client: Client | null): string | undefined {
    const user = client === null ? undefined : this.#byClient.get(client)?.user;
    return user?.role === "node" ? undefined : user?.id;
  }

  isNode(client: Client): boolean {
    return this.#byClient.get(client)?.user.role === "node";
  }

  /** Wills too: they are looked at when they are said. */
  maySay(client: Client | null, topic: string): boolean {
    // What has no client is the broker's own.
    if (client === null) return true;
    const known = this.#byClient.get(client);
    if (known === undefined) return false;
    if (Buffer.byteLength(topic) > TOPIC_BYTES_MAX)
      return this.#refuse(known, "topicTooLong", topic);
    if (!mayWrite(known.rights, topic)) return this.#refuse(known, "mayNotWrite", topic);
    return this.#hasTime(known, topic);
  }

  mayHear(client: Client | null, filter: string): boolean {
    if (client === null) return true;
    const known = this.#byClient.get(client);
    if (known === undefined) return false;
    if (Buffer.byteLength(filter) > TOPIC_BYTES_MAX) {
      return this.#refuse(known, "topicTooLong", filter);
    }
    if (!mayRead(known.rights, filter)) return this.#refuse(known, "mayNotRead", filter);
    // Each has all that is retained for it sent.
    return this.#hasTime(known, filter);
  }

  #hasTime(known: OnBroker, what: string): boolean {
    if (known.user.role === "node") return true;
    return (
      known.messages.take(this.#clock.monotonicMs()) || this.#refuse(known, "tooManyMessages", what)
    );
  }

  #refuse(known: OnBroker, reason: UserRefusal, what: string): false {
    this.#count(reason);
    const nowMs = this.#clock.monotonicMs();
    const loggedAtMs = known.loggedAtMs.get(reason);
    if (loggedAtMs === undefined || nowMs - loggedAtMs >= LOG_EVERY_MS) {
      known.loggedAtMs.set(reason, nowMs);
      const named = what.slice(0, TOPIC_LOGGED_CHARS_MAX);
      this.#log.warn({ user: known.user.id, reason, what: named }, "refused on the MQTT broker");
    }
    return false;
  }
}
