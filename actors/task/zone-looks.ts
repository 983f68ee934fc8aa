/** What the board remembers of each zone: as much of its situation as the rules of dispatch look at. */
import type { ZoneSituation } from "../zone/messages.ts";

/** `counted` by a camera; `sensed` by motion or air, that somebody is there; `untold`: nobody says. */
export type Presence = "counted" | "sensed" | "untold";

export interface ZoneLook {
  readonly presence: Presence;
  readonly people: number;
  /** By the activity monitor, as `focused`, `moderate`; undefined: nobody says. */
  readonly activity: string | undefined;
  /** When what it says of people became `untold`; undefined: it is told. */
  readonly untoldAtMs: number | undefined;
}

/** Zones whose situation is kept, as many as there can be. */
const ZONES_MAX = 1_024;

export class ZoneLooks {
  readonly #sinceMs: number;
  /** At most `ZONES_MAX`. */
  readonly #looks = new Map<string, ZoneLook>();

  /** `sinceMs`: when it began to listen. */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  get(zone: string): ZoneLook | undefined {
    return this.#looks.get(zone);
  }

  /** Whether it says something new of people. */
  hear(situation: ZoneSituation, nowMs: number): boolean {
    const { zone } = situation;
    const before = this.#looks.get(zone);
    if (before === undefined && this.#looks.size >= ZONES_MAX) return false;
    const presence = presenceOf(situation);
    const look: ZoneLook = {
      presence,
      people: situation.occupancy,
      activity: situation.activity?.class,
      untoldAtMs: presence === "untold" ? (before?.untoldAtMs ?? nowMs) : undefined,
    };
    this.#looks.set(zone, look);
    return (
      before?.presence !== look.presence ||
      before.people !== look.people ||
      before.activity !== look.activity
    );
  }

  /**
   * For how long nobody has told of people there; 0 where somebody does. `askedMs`: since when it matters. What lies
   * ahead was noted before somebody set the clock back, and is as far off.
   */
  untoldMs(zone: string, askedMs: number, nowMs: number): number {
    const look = this.#looks.get(zone);
    if (look === undefined) return Math.abs(nowMs - Math.max(this.#sinceMs, askedMs));
    return look.untoldAtMs === undefined ? 0 : Math.abs(nowMs - look.untoldAtMs);
  }
}

/**
 * A motion sensor that has long been silent is a witness still: many speak on motion alone, and their silence
 * through a night or a Sunday says that nobody came.
 */
function presenceOf({ witness, readings }: ZoneSituation): Presence {
  if (witness === "camera") return "counted";
  return witness !== undefined || readings["motion"] !== undefined ? "sensed" : "untold";
}
