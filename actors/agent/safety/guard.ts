/**
 * All rules before a tool is run, in one order: is there such a tool, is it within limits, has it a reason, are its
 * words its own, is it not too often.
 *
 *   call ──▶ tools ──▶ sanitizer ──▶ policy ──▶ taint ──▶ rates ──▶ ok, its place held
 */
import type { Guard, GuardContext, GuardedCall, Refusal, Verdict, Warrant } from "./guard-types.ts";
import { LimitsKept } from "./limits-kept.ts";
import { warrantFor } from "./policy.ts";
import { beyondLimits, isActing, type SanitizerSettings } from "./sanitizer.ts";
import { repeatedWords } from "./taint.ts";

export interface GuardOptions extends SanitizerSettings {
  /** Names of the agent's tools. */
  readonly tools: readonly string[];
}

export function makeGuard(options: GuardOptions): Guard {
  const kept = new LimitsKept();
  return {
    check(call, context) {
      if (!options.tools.includes(call.tool))
        return refused("unknownTool", `Unknown tool: ${call.tool.slice(0, 64)}`);
      const beyond = beyondLimits(call, options);
      if (beyond !== undefined) return { ok: false, ...beyond };
      if (!isActing(call.tool)) return { ok: true, warrant: undefined };
      const warrant = warrantFor(call, reasonsFor(call, context));
      if (warrant === undefined) {
        const where = call.zone === null ? "" : ` in ${call.zone.slice(0, 64)}`;
        const message = `Nothing that sensors, reports or operators say is a reason for ${call.tool}${where}.`;
        return refused("noWarrant", message);
      }
      const stretch = call.by === "model" ? repeatedWords(call, context) : undefined;
      if (stretch !== undefined) {
        const message = `It repeats what somebody else wrote (…${stretch}…); say it in other words, or not at all.`;
        return refused("untrustedWords", message);
      }
      const isZone = call.zone !== null && context.zones?.has(call.zone) !== false;
      const zone = isZone ? call.zone : null;
      const tooOften = kept.beyond(call, zone, context.nowMs);
      if (tooOften !== undefined) return { ok: false, ...tooOften };
      kept.hold(call, zone, context.nowMs);
      return { ok: true, warrant };
    },
    did: (call, atMs) => kept.did(call, atMs),
    failed: (call) => kept.failed(call),
  };
}

/** A cycle's are what it was shown; one who asks for a tool directly has no other reason than being who they are. */
const reasonsFor = (call: GuardedCall, context: GuardContext): readonly Warrant[] =>
  call.by === "model"
    ? context.warrants
    : [{ kind: "call", provenance: call.by, zone: null, causeId: `${call.by}'s call` }];

const refused = (code: Refusal["code"], message: string): Verdict => ({ ok: false, code, message });
