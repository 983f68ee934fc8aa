/** What the bus actor needs of MQTT: connections that look after themselves. */

export interface BusConnection {
  /**
   * Hands a message over and returns at once. While the broker is away the newest of each topic
   * waits, within a bound; what gives way is counted.
   */
  publish(topic: string, payload: string): void;
  /**
   * The same for what must not be said later, such as an order to a device: false, and nothing is
   * said, unless it leaves at once.
   */
  publishNow(topic: string, payload: string): boolean;
  isConnected(): boolean;
  /** Says `offline`, then parts from the broker; ends in bounded time also without one. */
  close(): Promise<void>;
}

export interface BusConnectionOptions {
  /** Unique on the broker: a second connection of the same id ends the first. */
  readonly clientId: string;
  /** Topic filters, subscribed to at each connect. */
  readonly subscriptions?: readonly string[];
  /** Retained: `online` at each connect, `offline` at `close` and, as last will, by the broker. */
  readonly presence?: {
    readonly topic: string;
    readonly online: string;
    readonly offline: string;
  };
  /** `retained`: kept by the broker from before, of unknown age. */
  readonly onMessage?: (topic: string, payload: Uint8Array, retained: boolean) => void;
  /** At each change, and once if the first attempt fails; `why` is a clause for people. */
  readonly onStatus?: (connected: boolean, why: string) => void;
}

export type ConnectBus = (options: BusConnectionOptions) => BusConnection;
