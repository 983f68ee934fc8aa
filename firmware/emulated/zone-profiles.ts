/** What kinds of rooms the emulated office has, and when people are in them. */

export interface ZoneProfile {
  readonly rhythm: Rhythm;
  readonly volumeM3: number;
  readonly peopleMax: number;
  /** How long one stays on average. */
  readonly stayMinutes: number;
  /** How much of the daylight comes in, against a room with a whole wall of glass. */
  readonly windowShare: number;
  /** How often one person moves enough for a motion sensor to see it. */
  readonly movesPerHour: number;
  /** Doors that leaves may watch; people take them in turn. */
  readonly doors: number;
}

export type Rhythm = "desks" | "meetings" | "kitchen" | "passage";

const PROFILES: Readonly<Record<Rhythm, ZoneProfile>> = {
  desks: {
    rhythm: "desks",
    volumeM3: 320,
    peopleMax: 14,
    stayMinutes: 50,
    windowShare: 0.8,
    movesPerHour: 40,
    doors: 2,
  },
  meetings: {
    rhythm: "meetings",
    volumeM3: 75,
    peopleMax: 8,
    stayMinutes: 35,
    windowShare: 0.5,
    movesPerHour: 60,
    doors: 1,
  },
  kitchen: {
    rhythm: "kitchen",
    volumeM3: 60,
    peopleMax: 6,
    stayMinutes: 8,
    windowShare: 0.4,
    movesPerHour: 300,
    doors: 1,
  },
  passage: {
    rhythm: "passage",
    volumeM3: 140,
    peopleMax: 5,
    stayMinutes: 2,
    windowShare: 0.3,
    movesPerHour: 500,
    doors: 2,
  },
};

/** By what a zone's name speaks of; a room with any other name has desks. */
export function profileOf(zoneName: string): ZoneProfile {
  if (/meet|conference|board|call/i.test(zoneName)) return PROFILES.meetings;
  if (/kitchen|cafe|coffee|canteen|lounge|break/i.test(zoneName)) return PROFILES.kitchen;
  if (/entrance|lobby|hall|corridor|reception|stairs/i.test(zoneName)) return PROFILES.passage;
  return PROFILES.desks;
}

/**
 * Share of `peopleMax` expected at each full hour, 0 h first; between them it changes evenly. At
 * night a guard makes his rounds, cleaners come at five and at eight in the evening.
 */
const ATTENDANCE: Readonly<Record<Rhythm, readonly number[]>> = {
  desks: hours("02 02 02 02 03 10 08 25 55 85 90 85 45 70 90 85 80 70 40 20 15 08 04 03"),
  meetings: hours("01 01 01 01 01 08 03 10 40 85 90 80 15 60 95 90 75 40 12 05 12 03 01 01"),
  kitchen: hours("02 02 02 02 02 12 10 30 55 40 45 60 95 60 30 50 35 25 15 10 15 05 03 02"),
  passage: hours("05 05 05 05 05 20 15 45 90 50 35 45 90 75 35 40 45 80 60 35 25 12 08 06"),
};

/** `hour` is 0 ≤ hour < 24. */
export function attendance(rhythm: Rhythm, hour: number): number {
  const byHour = ATTENDANCE[rhythm];
  const before = byHour[Math.floor(hour)] ?? 0;
  const after = byHour[(Math.floor(hour) + 1) % 24] ?? 0;
  return before + (after - before) * (hour % 1);
}

function hours(percent: string): readonly number[] {
  return percent.split(" ").map((share) => Number(share) / 100);
}
