/** What the office's routes need of a node; each part is filled in by its own file. */
import type { AgentView } from "./agent-view.ts";
import type { ExplainView } from "./explain-view.ts";
import type { PeopleView } from "./person-view.ts";
import type { TaskView } from "./task-view.ts";
import type { VoiceView } from "./voice-view.ts";
import type { WalletView } from "./wallet-view.ts";

export interface OfficeView {
  readonly tasks: TaskView;
  readonly wallets: WalletView;
  readonly voice: VoiceView;
  readonly agent: AgentView;
  readonly people: PeopleView;
  readonly explain: ExplainView;
}
