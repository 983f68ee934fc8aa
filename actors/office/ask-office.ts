/** Asks an actor of the office for HTTP; `timeout` where none answers, as while the office starts anew. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { MycelError } from "../../runtime/errors.ts";
import { err, ok, type Result } from "../../runtime/result.ts";

/** A wallet gives up on the ledger after 5 s and on the people after 3 s, and says so. */
const ANSWER_MS_MAX = 9_000;

export type AskOffice = <Q, A>(
  child: string,
  request: (replyTo: ActorRef<A>) => Q,
  timeoutMs?: number,
) => Promise<Result<A, "timeout">>;

export const askOffice =
  (system: ActorSystem): AskOffice =>
  async <Q, A>(
    child: string,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs = ANSWER_MS_MAX,
  ): Promise<Result<A, "timeout">> => {
    // Looked up at each ask: the view is made before the tree, which may start the office anew.
    const ref = system.refAt<Q>(`mycel://${system.node}/user/office/${child}`);
    try {
      return ok(await system.ask<Q, A>(ref, request, timeoutMs));
    } catch (error) {
      const code = error instanceof MycelError ? error.code : undefined;
      if (code === "E_ASK_TIMEOUT" || code === "E_ASK_REFUSED") return err("timeout");
      throw error;
    }
  };
