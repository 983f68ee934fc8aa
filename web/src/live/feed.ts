/**
 * The live feed's line: asks where the feed is, opens it, waits longer after each failure. After a break it goes
 * on where the store's position says, and tells the node what the page looks at, then and whenever that changes.
 */
import type { FeedMessage, LiveInfo, Watch } from "../../../transports/http/contract.ts";
import { fetchLiveInfo } from "../api.ts";
import { after, jittered, nowMs } from "../clock.ts";
import { type FeedPosition, joinQuery } from "./position.ts";
import { createTopics } from "./topics.ts";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "waiting"; readonly retryAtMs: number };

const RETRY_MS_MIN = 500;
/** A page left open over night asks a sleeping node four times a minute. */
const RETRY_MS_MAX = 15_000;
/** Scrolling looks at other leaves all the time: the node hears of them as often as it answers. */
const WATCH_EVERY_MS = 200;
/** The tree comes each second, so a line this silent is dead though nobody has closed it. */
const SILENCE_MS_MAX = 20_000;

/** The store, as its line sees it. */
export interface FeedStore {
  apply(message: FeedMessage): void;
  applyRows(bytes: ArrayBuffer): boolean;
  position(): FeedPosition;
  watch(): Watch;
  subscribe(topic: "watch", listener: () => void): () => void;
}

export function createFeed(store: FeedStore) {
  const topics = createTopics();
  let connection: Connection = { state: "connecting" };
  let failures = 0;
  /** Counts openings, so that an overtaken one gives up. */
  let attempt = 0;
  let socket: WebSocket | undefined;
  let cancelTimer = () => {};
  /** What the node last heard that the page looks at. */
  let told = "";
  let watchTold: (() => void) | undefined;

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

    told = JSON.stringify(store.watch());
    const line = new WebSocket(feedAddress(info.value, joinQuery(store.position(), told)));
    line.binaryType = "arraybuffer";
    socket = line;
    listenForSilence();
    line.onopen = () => {
      tellWatch();
      // Nothing comes of it where nothing has changed since the break.
      if (store.position().run !== "" && connection.state !== "live") show({ state: "live" });
    };
    line.onmessage = ({ data }) => {
      if (socket !== line) return;
      listenForSilence();
      if (!take(data)) return line.close();
      failures = 0;
      if (connection.state !== "live") show({ state: "live" });
    };
    line.onclose = () => {
      if (socket === line) waitAndRetry();
    };
  }

  function take(data: unknown): boolean {
    if (data instanceof ArrayBuffer) return store.applyRows(data);
    const message = parseMessage(data);
    if (message === undefined) return false;
    store.apply(message);
    return true;
  }

  function tellWatch(): void {
    const text = JSON.stringify(store.watch());
    if (text === told || socket?.readyState !== WebSocket.OPEN) return;
    told = text;
    socket.send(text);
  }

  /** What changes within a fifth of a second is told together. */
  function watchChanged(): void {
    if (watchTold) return;
    watchTold = after(WATCH_EVERY_MS, () => {
      watchTold = undefined;
      tellWatch();
    });
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
      store.subscribe("watch", watchChanged);
      // A laptop that wakes, or a network that returns, need not sit out the wait.
      addEventListener("online", retryNow);
      document.addEventListener("visibilitychange", () => !document.hidden && retryNow());
    },
    retryNow,
  };
}

function feedAddress({ path, port }: LiveInfo, query: string): string {
  // Behind a reverse proxy the page may have a path of its own, and the feed lies beside it.
  const address = new URL(port === null ? `.${path}` : path, document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (port !== null) address.port = String(port);
  address.hash = "";
  address.search = query;
  return address.href;
}

const MESSAGES: ReadonlySet<string> = new Set<FeedMessage["type"]>([
  "Snapshot",
  "Changes",
  "Records",
  "Leaves",
]);

function parseMessage(data: unknown): FeedMessage | undefined {
  try {
    const message = JSON.parse(String(data)) as FeedMessage;
    return MESSAGES.has(message.type) ? message : undefined;
  } catch {
    return undefined;
  }
}
