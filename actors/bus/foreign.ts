/**
 * What other devices on the bus say, as commands to a zone; or why it is none.
 *
 *   office/{zone}/sensor/{device}/{channel}     {"{channel}": x} or {"value": x}
 *   office/{zone}/occupancy[/…]                 {"person_count": n} or {"occupied": true}
 *   office/{zone}/camera/{device}[/…]           the same
 *   office/{zone}/activity[/…]                  {"person_count", "activity_class", "posture_status", …}
 *   office/{zone}/task_report/{id}              {"task_id", "title", "report_status", "completion_note"}
 */
import { isJsonObject, type JsonObject } from "../../runtime/json-object.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { isName, type ZoneCommand } from "../zone/messages.ts";
import { isPlausible } from "./plausible.ts";

export const FOREIGN_REFUSALS = [
  /** Not of the grammar above, or a name in it that no zone would take. */
  "badTopic",
  /** A type that zones have no use for, such as `light`; or a channel that is no measurement. */
  "otherType",
  /** Kept by the broker from before: of unknown age, so not a reading of now. */
  "retained",
  "tooLarge",
  "badJson",
  /** JSON, but the value is missing or not of its kind. */
  "badValue",
  /** From an unknown device of a trusted zone: a channel that leaves do not have, or a value beyond its range. */
  "implausible",
  "unknownZone",
  /** The zone's mailbox is full. */
  "zoneBusy",
] as const;

export type ForeignRefusal = (typeof FOREIGN_REFUSALS)[number];

export interface ForeignMessage {
  readonly zone: string;
  readonly command: ZoneCommand;
}

/** The seed's largest payload, an activity report, is about 400 bytes. */
export const PAYLOAD_BYTES_MAX = 8 * 1024;
/** The longest topic of the grammar, five names of 64. */
const TOPIC_LENGTH_MAX = 400;
const TEXT_LENGTH_MAX = 500;
/** More people than any room holds: a broken counter. */
const PERSONS_MAX = 10_000;
/** Names of other people's devices and channels; no control characters, blanks or slashes. */
const DEVICE_NAME = /^[\w.:@-]{1,64}$/;
/** Channels by which a foreign hub says how it is. */
const NOT_MEASUREMENTS = new Set(["heartbeat", "status"]);

const NONE: ReadonlySet<string> = new Set();

/** Whose figures on the bus are more than a stranger's. */
export interface Trust {
  /** Ids of devices that are configured: whose password only they have, for these topics alone. */
  readonly devices?: ReadonlySet<string>;
  /** Where a device's name is not asked for: what an unknown one measures there is a device's, if it is plausible. */
  readonly zones?: ReadonlySet<string>;
}

export function readForeign(
  topic: string,
  payload: Uint8Array,
  atMs: number,
  { devices = NONE, zones = NONE }: Trust = {},
): Result<ForeignMessage, ForeignRefusal> {
  if (topic.length > TOPIC_LENGTH_MAX) return err("badTopic");
  const [root, zone = "", type = "", ...rest] = topic.split("/");
  if (root !== "office" || !isName(zone) || type === "") return err("badTopic");
  if (!rest.every((part) => DEVICE_NAME.test(part))) return err("badTopic");
  const [device = type, channel] = rest;
  const isKnown = devices.has(device);
  const isBelieved = !isKnown && zones.has(zone);
  const origin = isKnown || isBelieved ? "device" : "stranger";

  switch (type) {
    case "sensor": {
      if (rest.length !== 2 || channel === undefined) return err("badTopic");
      if (NOT_MEASUREMENTS.has(channel)) return err("otherType");
      return read(payload, (fields) => {
        const value = measurement(fields, channel);
        if (value === undefined) return "badValue";
        if (isBelieved && !isPlausible(channel, value)) return "implausible";
        const readings = [{ channel, value }];
        return {
          zone,
          command: { type: "AcceptReadings", source: device, origin, atMs, readings },
        };
      });
    }
    case "camera":
    case "occupancy":
      return read(payload, (fields) => {
        const personCount = persons(fields, channel);
        if (personCount === undefined) return "badValue";
        return {
          zone,
          command: { type: "AcceptOccupancy", source: device, origin, atMs, personCount },
        };
      });
    case "activity":
      return read(payload, (fields) => {
        const personCount = persons(fields, undefined);
        const postureDurationS = amount(fields["posture_duration_sec"] ?? 0);
        if (personCount === undefined || postureDurationS === undefined) return "badValue";
        if (isBelieved && !isPlausible("posture_duration", postureDurationS)) return "implausible";
        return {
          zone,
          command: {
            type: "AcceptActivity",
            source: device,
            origin,
            atMs,
            personCount,
            activityClass: word(fields["activity_class"]),
            postureStatus: word(fields["posture_status"]),
            postureDurationS,
          },
        };
      });
    case "task_report":
      return read(payload, (fields) => ({
        zone,
        command: {
          type: "AcceptTaskReport",
          source: device,
          // A text, which no place vouches for.
          origin: isKnown ? "device" : "stranger",
          atMs,
          taskId: text(fields["task_id"] ?? rest[0]),
          title: text(fields["title"]),
          reportStatus: text(fields["report_status"]),
          completionNote: text(fields["completion_note"]),
        },
      }));
    default:
      return err("otherType");
  }
}

function read(
  payload: Uint8Array,
  understand: (fields: JsonObject) => ForeignMessage | "badValue" | "implausible",
): Result<ForeignMessage, ForeignRefusal> {
  if (payload.length > PAYLOAD_BYTES_MAX) return err("tooLarge");
  const fields = parse(payload);
  if (fields === undefined) return err("badJson");
  const message = understand(fields);
  return typeof message === "string" ? err(message) : ok(message);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Undefined unless it is one JSON object. */
function parse(payload: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** By the channel's own name, also if that is 0 or false; else `value`. */
function measurement(fields: JsonObject, channel: string): number | undefined {
  const value = Object.hasOwn(fields, channel) ? fields[channel] : fields["value"];
  if (typeof value === "boolean") return value ? 1 : 0;
  // JSON writes numbers that no double holds (1e999).
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** `occupied` alone says that someone is there, not how many. */
function persons(fields: JsonObject, channel: string | undefined): number | undefined {
  const count =
    fields["person_count"] ?? measurement(fields, channel ?? "person_count") ?? fields["occupied"];
  if (typeof count === "boolean") return count ? 1 : 0;
  const whole = amount(count);
  return whole !== undefined && Number.isInteger(whole) && whole <= PERSONS_MAX ? whole : undefined;
}

const amount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number"
    ? String(value).slice(0, TEXT_LENGTH_MAX)
    : "";

/** One of the seed's classes, or another's word; never a sentence, since it stands beside what the zone knows. */
const word = (value: unknown): string =>
  typeof value === "string" && /^[a-z_]{1,24}$/.test(value) ? value : "";
