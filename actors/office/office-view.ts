/** The office as HTTP sees it: asks its actors, reads its store. */
import type { ActorSystem } from "../../runtime/actor-system.ts";
import type { ModelHealth } from "../../transports/http/office/agent-contract.ts";
import type { OfficeView } from "../../transports/http/office/office-view.ts";
import { agentView } from "./agent-view.ts";
import { askOffice } from "./ask-office.ts";
import { type ExplainViewParts, explainView } from "./explain-view.ts";
import { personView } from "./person-view.ts";
import { taskView } from "./task-view.ts";
import { voiceView } from "./voice-view.ts";
import { walletView } from "./wallet-view.ts";

export interface OfficeViewParts {
  readonly system: ActorSystem;
  /** Where the voice keeps its sounds. */
  readonly soundsDir: string;
  /** As they last told of themselves. */
  readonly models: () => readonly ModelHealth[];
  readonly history: ExplainViewParts;
}

export const officeView = ({ system, soundsDir, models, history }: OfficeViewParts): OfficeView => {
  const ask = askOffice(system);
  return {
    tasks: taskView(ask),
    wallets: walletView(ask),
    voice: voiceView(ask, soundsDir),
    agent: agentView(ask, models),
    people: personView(ask),
    explain: explainView(ask, history),
  };
};
