/** Opens the models of the settings for the office, and tells the page how they fare. */
import type { OfficeSettings } from "../../config/office.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Random } from "../../runtime/random.ts";
import type { ModelHealth } from "../../transports/http/office/agent-contract.ts";
import type { ModelPort } from "../../transports/llm/model-port.ts";
import { openModels } from "../../transports/llm/open-models.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import { modelKeys } from "./model-keys.ts";

export interface OfficeModelsOptions {
  readonly settings: OfficeSettings["models"];
  readonly dashboard: ActorRef<DashboardCommand>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** A server that does not say within this whether it is there shows as what its first call finds. */
const CHECK_MS = 10_000;

export function officeModels(options: OfficeModelsOptions): ModelPort {
  const { settings, dashboard, clock, random, log } = options;
  const tell = changesTold(log);
  const models = openModels(settings, {
    clock,
    random,
    keys: modelKeys(settings),
    onHealth: (value) => {
      tell(value);
      dashboard.tell({
        type: "OfficeChanged",
        changes: [{ section: "model", key: value.model, value }],
      });
    },
  });
  const late = new AbortController();
  const stop = clock.after(CHECK_MS, () => late.abort());
  void models.check(late.signal).finally(stop);
  return models;
}

/** In the log each change once, so that who starts a node sees at once which model is not there, and why. */
function changesTold(log: Logger): (health: ModelHealth) => void {
  /** At most the models of the settings. */
  const isWell = new Map<string, boolean>();
  return ({ model, state, lastFault }) => {
    const before = isWell.get(model) ?? true;
    const now = state === "ok" || state === "unknown";
    isWell.set(model, now);
    if (before && !now) log.warn({ model, state, fault: lastFault }, "a model does not answer");
    else if (!before && now) log.info({ model }, "the model answers again");
  };
}
