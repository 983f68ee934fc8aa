/**
 * What a cycle's context holds of reasons, and whose its texts are:
 *
 *   situations, events, reports, operator's note ──▶ warrants · trusted texts · untrusted texts ──▶ guard
 *
 * Made from the records themselves, before any text is written for the model: what a text claims to be does not
 * matter here.
 */
import { channelCode } from "../../../transports/frame/names.ts";
import type { Task } from "../../task/messages.ts";
import type { EventKind, OfficeEvent, ZoneSituation } from "../../zone/messages.ts";
import { rangesFor, sideOf } from "../comfort.ts";
import { PROVENANCES, type Provenance } from "../messages.ts";
import type { ContextOf, UntrustedText, Warrant } from "./guard-types.ts";

/** Raised by a zone's rules on what was measured; `task_report` is a message of the bus and none of these. */
const MEASURED: ReadonlySet<EventKind> = new Set([
  "person_entered",
  "person_exited",
  "co2_threshold_exceeded",
  "high_temperature",
  "temp_spike",
  "sedentary_alert",
  "sensor_tamper",
  "door_opened",
  "door_closed",
] satisfies EventKind[]);

export const contextOf: ContextOf = (seen) => {
  const warrants: Warrant[] = [];
  const trusted: string[] = [];
  const untrusted: UntrustedText[] = [];

  if (seen.note !== undefined && seen.note.trim() !== "") {
    const causeId = seen.cycleId;
    warrants.push({ kind: "operatorNote", provenance: "operator", zone: null, causeId });
    trusted.push(seen.note);
  }
  for (const event of seen.events) {
    const { id: causeId, zone = null } = event;
    const provenance = provenanceOf(event);
    if (isTrusted(provenance)) trusted.push(event.message);
    else untrusted.push({ provenance, zone, text: event.message });
    if (MEASURED.has(event.kind)) warrants.push({ kind: "event", provenance, zone, causeId });
  }
  for (const situation of seen.situations) {
    warrants.push(...discomforts(situation));
    const { zone } = situation;
    if (isStrangers(situation)) untrusted.push({ provenance: "stranger", zone, text: zone });
    const text = namesGiven(situation).join(" ");
    if (text !== "") untrusted.push({ provenance: "stranger", zone, text });
  }
  for (const task of new Set([...seen.tasks, ...seen.reports])) untrusted.push(...heardTask(task));
  for (const { id, zone, reportStatus } of seen.reports) {
    if (reportStatus !== "needs_followup" && reportStatus !== "cannot_resolve") continue;
    warrants.push({ kind: "taskReport", provenance: "person", zone, causeId: `task:${id}` });
  }
  const zones = new Set(seen.situations.map(({ zone }) => zone));
  return { nowMs: seen.nowMs, warrants, trusted, untrusted, zones };
};

/** Whose figures an event tells; one that does not say where it comes from is a stranger's. */
export function provenanceOf(event: OfficeEvent): Provenance {
  const origin = event.data["origin"];
  const provenance = PROVENANCES.find((each) => each === origin) ?? "stranger";
  // Title and note are of whoever filled in the form, also where the device that sends them is known.
  return event.kind === "task_report" && isTrusted(provenance) ? "person" : provenance;
}

/** A task's words as others wrote them: its note always a person's, its title of who created it. */
export function heardTask(task: Task): readonly UntrustedText[] {
  const { zone, createdBy } = task;
  const heard: UntrustedText[] = [{ provenance: "person", zone, text: task.completionNote }];
  if (!isTrusted(createdBy) && createdBy !== "model") {
    for (const text of [task.title, task.description, task.location ?? ""])
      heard.push({ provenance: createdBy, zone, text });
  }
  return heard.filter(({ text }) => text !== "");
}

/** A zone comes into being by its name in a topic: 64 letters of whoever writes there. */
export const isStrangers = ({ readings }: ZoneSituation): boolean =>
  Object.values(readings).every(
    ({ byOrigin }) =>
      byOrigin !== undefined && byOrigin.sensor === undefined && byOrigin.device === undefined,
  );

/** Channels that no leaf has are named by whoever writes to the bus, in as many letters as a sentence has. */
const namesGiven = ({ readings }: ZoneSituation): readonly string[] =>
  Object.entries(readings).flatMap(([channel, { byOrigin }]) =>
    byOrigin !== undefined && byOrigin.sensor === undefined && channelCode(channel) === undefined
      ? [channel]
      : [],
  );

const isTrusted = (provenance: Provenance): boolean =>
  provenance === "operator" || provenance === "sensor";

/** By the value of each origin's own sources, so that a stranger's cannot speak for a leaf's. */
function discomforts(situation: ZoneSituation): Warrant[] {
  const { zone, readings } = situation;
  const warrants: Warrant[] = [];
  for (const { channel } of rangesFor(situation)) {
    const fused = readings[channel];
    if (fused === undefined) continue;
    for (const [origin, value] of Object.entries(fused.byOrigin ?? { sensor: fused.value })) {
      if (sideOf(channel, value) === undefined) continue;
      const provenance = origin as Provenance;
      warrants.push({ kind: "outOfRange", provenance, zone, causeId: `${zone}/${channel}` });
    }
  }
  return warrants;
}
