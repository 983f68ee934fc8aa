/** What `GET /healthz` says of the parts: each by a code, which the page words, and as an English sentence. */
import type {
  HEALTH_CODES,
  Health,
  HealthCheck,
  HealthCode,
  NodeInfo,
} from "../transports/http/contract.ts";
import type { Board } from "./dashboard/board.ts";

export function nodeHealth(board: Board, isOfficeUp: boolean): Health {
  const checks = {
    store: storeCheck(board.node.storeHealth),
    broker: brokerCheck(board.node.broker),
    links: linksCheck(board),
    office: isOfficeUp
      ? said<"office">(true, "started", "started")
      : said<"office">(false, "starting", "starting"),
  } satisfies Record<keyof typeof HEALTH_CODES, HealthCheck>;
  return { ok: Object.values(checks).every((check) => check.ok), checks };
}

const storeCheck = (health: NodeInfo["storeHealth"]): HealthCheck =>
  said<"store">(health === "ok", health === "ok" ? "writing" : health, health);

const brokerCheck = ({ connected, url }: NodeInfo["broker"]): HealthCheck =>
  said<"broker">(connected, connected ? "connected" : "away", url, { url });

function linksCheck(board: Board): HealthCheck {
  const { hubs } = board;
  const closed = hubs.filter((hub) => board.link(hub.hub)?.isOpen !== true);
  if (closed.length === 0) return said<"links">(true, "open", "all open", { count: hubs.length });
  const names = closed.map((hub) => hub.hub).join(", ");
  return said<"links">(false, "closed", `not open: ${names}`, { hubs: names });
}

const said = <Part extends keyof typeof HEALTH_CODES>(
  ok: boolean,
  code: HealthCode<Part>,
  detail: string,
  values: HealthCheck["values"] = {},
): HealthCheck => ({ ok, code, values, detail });
