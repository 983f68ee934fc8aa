/**
 * Runs the calls that a cycle has let pass.
 *
 *   act ──looks──▶ perform ──▶ answer, or ask ──▶ ToolEnded ──▶ ended: guard, world, cycle
 *    └──changes──▶ record on disk ──CallRecorded──▶ perform
 */
import type { AgentContext, AgentNote } from "../agent-notes.ts";
import type { AgentOptions } from "../agent-options.ts";
import type { World } from "../inbox/world.ts";
import { WORDS } from "../prompt/words.ts";
import { zoneBlock } from "../prompt/zone-text.ts";
import type { RecordKeeper } from "../records/record-keeper.ts";
import type { Guard } from "../safety/guard-types.ts";
import { failed, type ToolOutcome } from "../tool-step.ts";
import type { ToolWorld } from "../tools.ts";
import type { CycleStep, ReadyCall } from "./cycle.ts";
import type { Run } from "./run.ts";

export interface ToolRunnerParts {
  readonly ctx: AgentContext;
  readonly options: Pick<AgentOptions, "tasks" | "devices" | "voice" | "settings">;
  readonly guard: Guard;
  readonly world: World;
  readonly records: RecordKeeper;
}

export class ToolRunner {
  readonly #parts: ToolRunnerParts;

  constructor(parts: ToolRunnerParts) {
    this.#parts = parts;
  }

  /** What changes something waits for its record; what only looks does not. Undefined: a message follows. */
  act(run: Run, call: ReadyCall): ToolOutcome | undefined {
    if (call.row.tells === undefined) return this.perform(run, call);
    this.#parts.records.saveBefore(run, call);
    return undefined;
  }

  /** Undefined: `ToolEnded` follows. */
  perform(run: Run, call: ReadyCall): ToolOutcome | undefined {
    const runId = run.id;
    const step = call.row.run(call.guarded.args, this.#worldOf(run, call));
    if ("answer" in step) return step.answer;
    const { target, request, timeoutMs, read } = step.ask;
    const toolEnded = (outcome: ToolOutcome): AgentNote => ({
      ...{ type: "ToolEnded", runId, call, outcome },
    });
    const silence = `${call.row.name} was not answered in ${timeoutMs} ms.`;
    this.#parts.ctx.ask<never, never>(
      target,
      request,
      timeoutMs,
      (answer) => toolEnded(read(answer)),
      () => toolEnded(failed("timeout", silence)),
    );
    return undefined;
  }

  /** Tells all who have to know how a call ended; the cycle says what comes next. */
  ended(run: Run, call: ReadyCall, outcome: ToolOutcome): CycleStep {
    const { ctx, guard, world } = this.#parts;
    const nowMs = ctx.nowMs();
    // What did not answer in time may have been done: it counts.
    const isDone = outcome.outcome === "done" || outcome.reason === "timeout";
    if (isDone) guard.did(call.guarded, nowMs);
    else guard.failed(call.guarded);
    run.heard(outcome.heard ?? []);
    if (call.guarded.tool === "send_device_command") {
      const text = unescaped(outcome.result);
      run.heard([{ provenance: "device", zone: call.guarded.zone, text }]);
    }
    const step = run.cycle.callEnded(outcome, nowMs);
    const record = run.cycle.calls.find(({ id }) => id === call.record.id);
    if (record !== undefined && call.row.tells !== undefined) {
      world.acted({ cycleId: run.id, call: record });
    }
    return step;
  }

  #worldOf(run: Run, call: ReadyCall): ToolWorld {
    const { options, world } = this.#parts;
    return {
      cycleId: run.id,
      callId: call.record.id,
      by: call.guarded.by,
      tasks: options.tasks,
      devices: options.devices,
      voice: options.voice,
      zoneStatus: (zone) => {
        const situation = world.situations.get(zone);
        return situation && zoneBlock(situation, WORDS[options.settings.language]);
      },
      zones: () => [...world.situations.keys()].sort(),
    };
  }
}

/** JSON's own letters are no words: with them a text broken into lines would be another. */
const unescaped = (json: string): string => json.replaceAll(/\\+(?:u[0-9a-f]{4}|[a-z])?/g, " ");
