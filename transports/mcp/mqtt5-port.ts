/** What MCP needs of MQTT 5: properties on messages, No Local, a last will. */
import type { UserProperties } from "./frames/mqtt5.ts";

export interface Mqtt5Connection {
  /** False: it does not leave now, and will not later. */
  publish(topic: string, payload: string, options: Mqtt5Publish): boolean;
  subscribe(filters: readonly string[], options: { readonly noLocal: boolean }): Promise<void>;
  unsubscribe(filters: readonly string[]): void;
  close(): Promise<void>;
}

export interface Mqtt5Publish {
  readonly properties: UserProperties;
  readonly retain?: boolean;
}

export interface Mqtt5Options {
  readonly clientId: string;
  readonly properties: UserProperties;
  readonly will: {
    readonly topic: string;
    readonly payload: string;
    readonly retain: boolean;
    readonly properties: UserProperties;
  };
  /** Comes back by itself, and says so; else its loss is its end. */
  readonly keeps: boolean;
  readonly onMessage: (topic: string, payload: Uint8Array, properties: unknown) => void;
  /** At each connect, before anything else is said; with the user properties of the CONNACK. */
  readonly onConnect: (connection: Mqtt5Connection, properties: unknown) => void;
  /** At each loss, and once if the first attempt fails; `why` is a clause for people. */
  readonly onLost: (why: string) => void;
}

export type ConnectMqtt5 = (options: Mqtt5Options) => Mqtt5Connection;
