/**
 * Brings what the agent did to the store and to the page.
 *
 *   run ──record──▶ save, saveBefore(call), saveThen ──▶ store        show ──▶ dashboard
 */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import type { AgentContext } from "../agent-notes.ts";
import type { AgentOptions } from "../agent-options.ts";
import type { ReadyCall } from "../cycle/cycle.ts";
import type { Run } from "../cycle/run.ts";
import type { CycleRecord, ToolAnswered, ToolCallRecord } from "../messages.ts";
import { failed } from "../tool-step.ts";

export class RecordKeeper {
  readonly #ctx: AgentContext;
  readonly #options: Pick<AgentOptions, "store" | "dashboard">;

  constructor(ctx: AgentContext, options: Pick<AgentOptions, "store" | "dashboard">) {
    this.#ctx = ctx;
    this.#options = options;
  }

  /** One that the store does not take is logged. */
  save(record: CycleRecord): void {
    this.#ctx.pipeToSelf<void>(
      this.#options.store.save(record),
      () => ({ type: "RecordSaved" }),
      (cause) => ({ type: "RecordLost", runId: record.id, cause }),
    );
  }

  /** `CallRecorded` once it is on disk that the call is made; else the call has failed, and nothing was done. */
  saveBefore(run: Run, call: ReadyCall): void {
    const runId = run.id;
    this.#ctx.pipeToSelf<void>(
      this.#options.store.save(run.record()),
      () => ({ type: "CallRecorded", runId, call }),
      (cause) => {
        this.#ctx.log.error(
          { cycle: runId, err: cause },
          "a call could not be recorded and is not made",
        );
        const error = "The store takes no records; nothing was done.";
        return { type: "ToolEnded", runId, call, outcome: failed("storeUnavailable", error) };
      },
    );
  }

  /** The asker hears of it in any case: it has been done. */
  saveThenTell(record: CycleRecord, call: ToolCallRecord, replyTo: ActorRef<ToolAnswered>): void {
    const saved = this.#options.store.save(record).catch((cause: unknown) => {
      this.#ctx.log.error({ cycle: record.id, err: cause }, "a call was not recorded");
    });
    const tell = (): { readonly type: "RecordSaved" } => {
      replyTo.tell({ type: "ToolAnswered", call });
      return { type: "RecordSaved" };
    };
    this.#ctx.pipeToSelf<void>(saved, tell, tell);
  }

  show(record: CycleRecord): void {
    const change = { section: "cycle", key: record.id, value: record } as const;
    this.#options.dashboard.tell({ type: "OfficeChanged", changes: [change] });
  }
}
