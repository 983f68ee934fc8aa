/** What the route of explain-routes.ts needs of a node. */
import type { Result } from "../../../runtime/result.ts";
import type { Explanation } from "./explain-contract.ts";

export interface ExplainView {
  /** `mycel explain`: by id of an event, cycle, call, task, transfer or spoken sentence. */
  explain(id: string): Promise<Result<Explanation, "idUnknown" | "timeout">>;
}
