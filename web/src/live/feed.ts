/**
 * The live feed's line: asks where the feed is, opens it, waits longer after each failure. Each time
 * it opens a snapshot comes first, so nothing is missed by a break but the moments between.
 */
import type { FeedMessage, LiveInfo } from "../../../transports/http/contract.ts";
import { fetchLiveInfo } from "../api.ts";
import { after, jittered, nowMs } from "../clock.ts";
import { createTopics } from "./topics.ts";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "waiting"; readonly retryAtMs: number };

const RETRY_MS_MIN = 500;
/** A page left open over night asks a sleeping node four times a minute. */
const RETRY_MS_MAX = 15_000;
/** The tree comes each second, so a line this silent is dead though nobody has closed it. */
const SILENCE_MS_MAX = 20_000;

export function createFeed(apply: (message: FeedMessage) => void) {
  const topics = createTopics();
  let connection: Connection = { state: "connecting" };
  let failures = 0;
  /** Counts openings, so that an overtaken one gives up. */
  let attempt = 0;
  let socket: WebSocket | undefined;
  let cancelTimer = () => {};

  const show = (next: Connection) => {
    connection = next;
    topics.publish(new Set(["connection"]));
  };

  async function open(): Promise<void> {
    cancelTimer();
    attempt += 1;
    const mine = attempt;
    if (connection.state === "waiting") show({ state: "waiting", retryAtMs: nowMs() });
    const info = await fetchLiveInfo(AbortSignal.timeout(SILENCE_MS_MAX));
    if (mine !== attempt) return;
    if (!info.ok) return waitAndRetry();

    const line = new WebSocket(feedAddress(info.value));
    socket = line;
    listenForSilence();
    line.onmessage = ({ data }) => {
      if (socket !== line) return;
      listenForSilence();
      const message = parseMessage(data);
      if (message === undefined) return line.close();
      failures = 0;
      apply(message);
      if (connection.state !== "live") show({ state: "live" });
    };
    line.onclose = () => {
      if (socket === line) waitAndRetry();
    };
  }

  function listenForSilence() {
    cancelTimer();
    cancelTimer = after(SILENCE_MS_MAX, () => {
      socket?.close();
      waitAndRetry();
    });
  }

  function waitAndRetry(): void {
    socket = undefined;
    cancelTimer();
    const delayMs = jittered(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures));
    failures = Math.min(failures + 1, 10);
    show({ state: "waiting", retryAtMs: nowMs() + delayMs });
    cancelTimer = after(delayMs, () => void open());
  }

  function retryNow(): void {
    if (connection.state === "waiting") void open();
  }

  return {
    subscribe: (listener: () => void) => topics.subscribe("connection", listener),
    connection: () => connection,
    start(): void {
      void open();
      // A laptop that wakes, or a network that returns, need not sit out the wait.
      addEventListener("online", retryNow);
      document.addEventListener("visibilitychange", () => !document.hidden && retryNow());
    },
    retryNow,
  };
}

function feedAddress({ path, port }: LiveInfo): string {
  // Behind a reverse proxy the page may have a path of its own, and the feed lies beside it.
  const address = new URL(port === null ? `.${path}` : path, document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (port !== null) address.port = String(port);
  address.hash = "";
  return address.href;
}

function parseMessage(data: unknown): FeedMessage | undefined {
  try {
    const message = JSON.parse(String(data)) as FeedMessage;
    return message.type === "Snapshot" || message.type === "Changes" ? message : undefined;
  } catch {
    return undefined;
  }
}
