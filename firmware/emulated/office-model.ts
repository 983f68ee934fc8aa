/**
 * An office that lives: day and night, weather, people who come and go, and the air, warmth, light
 * and sound that follow from them. Pure: its time is what `advanceTo` says, its chance a seed.
 *
 *   hour ──▶ people ──▶ doors, motion, CO2, warmth, light, sound        weather ──▶ warmth, light
 */
import { Chance } from "./chance.ts";
import { attendance, profileOf, type ZoneProfile } from "./zone-profiles.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Doors stand open for seconds: a coarser step would miss them. */
const STEP_S = 1;
/** A longer leap forgets what was between: a day of steps costs tens of milliseconds a zone. */
const LEAP_MS_MAX = DAY_MS;
/** Air and warmth settle within this time, so that the office starts in the middle of its day. */
const WARM_UP_MS = 2 * HOUR_MS;

/** ppm above sea level air, Mauna Loa mean of 2024 (NOAA). */
const CO2_OUTDOOR_PPM = 422;
/** What one person at a desk breathes out: 18 l/h (EN 13779, office work). */
const CO2_LITRES_PER_PERSON_HOUR = 18;
/** Somebody opens a window above this, for ten minutes. */
const CO2_STUFFY_PPM = 1250;
const WINDOW_OPEN_MS = 10 * 60_000;
const LAMPS_STAY_ON_MS = 10 * 60_000;

/** What the leaves of a zone can sense; changed by `advanceTo` alone, except for `fans`. */
export interface ZoneState {
  readonly name: string;
  readonly profile: ZoneProfile;
  people: number;
  temperatureC: number;
  humidityPct: number;
  co2Ppm: number;
  illuminanceLx: number;
  soundDb: number;
  /** Counts everyone who passed a door, in or out. */
  crossings: number;
  doorOpenUntilMs: number;
  /** Fans that relays have switched on; each renews the air twice more an hour. */
  fans: number;
}

interface Zone extends ZoneState {
  windowOpenUntilMs: number;
  lampsOnUntilMs: number;
}

export interface Weather {
  temperatureC: number;
  humidityPct: number;
  pressureHpa: number;
  /** On the ground outside: 0 at night, 100 000 lx at a clear noon. */
  daylightLx: number;
  /** 0 clear .. 1 overcast. */
  clouds: number;
}

export interface OfficeOptions {
  readonly seed: number;
  readonly zones: readonly string[];
  /** ms since a midnight: 8.5 h is half past eight in the morning of the first day. */
  readonly startMs: number;
}

export class OfficeModel {
  readonly #chance: Chance;
  readonly #zones: Zone[];
  readonly weather: Weather;
  #nowMs: number;

  constructor({ seed, zones, startMs }: OfficeOptions) {
    this.#chance = new Chance(seed);
    this.#nowMs = startMs - WARM_UP_MS;
    this.weather = {
      temperatureC: 14,
      humidityPct: 60,
      pressureHpa: this.#chance.between(1000, 1025),
      daylightLx: 0,
      clouds: this.#chance.next(),
    };
    this.#zones = zones.map((name) => this.#emptyZone(name));
    this.advanceTo(startMs);
  }

  /** ms since the midnight before the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get zones(): readonly ZoneState[] {
    return this.#zones;
  }

  /** Lets time pass; a step back in time changes nothing. */
  advanceTo(timeMs: number): void {
    if (timeMs - this.#nowMs > LEAP_MS_MAX) this.#nowMs = timeMs - WARM_UP_MS;
    while (this.#nowMs + STEP_S * 1000 <= timeMs) {
      this.#nowMs += STEP_S * 1000;
      this.#changeWeather();
      for (const zone of this.#zones) {
        this.#movePeople(zone);
        this.#changeAir(zone);
        this.#changeWarmth(zone);
        this.#changeLightAndSound(zone);
      }
    }
  }

  #emptyZone(name: string): Zone {
    return {
      name,
      profile: profileOf(name),
      people: 0,
      temperatureC: this.#chance.between(20, 22),
      humidityPct: this.#chance.between(38, 48),
      co2Ppm: CO2_OUTDOOR_PPM + this.#chance.between(20, 120),
      illuminanceLx: 0,
      soundDb: 32,
      crossings: 0,
      doorOpenUntilMs: 0,
      fans: 0,
      windowOpenUntilMs: 0,
      lampsOnUntilMs: 0,
    };
  }

  #changeWeather(): void {
    const { weather } = this;
    const hour = hourOf(this.#nowMs);
    // Coldest at five in the morning, warmest at five in the afternoon.
    const season = 14 - 6 * Math.cos(((hour - 5) / 24) * 2 * Math.PI);
    weather.clouds = clamp(weather.clouds + this.#chance.noise() * 0.004, 0, 1);
    weather.temperatureC = season - 2 * weather.clouds;
    weather.humidityPct = clamp(
      78 - 1.8 * (weather.temperatureC - 8) + 10 * weather.clouds,
      25,
      98,
    );
    weather.pressureHpa = clamp(weather.pressureHpa + this.#chance.noise() * 0.005, 985, 1035);
    const sun = Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI));
    weather.daylightLx = 100_000 * sun * (1 - 0.8 * weather.clouds);
  }

  #movePeople(zone: Zone): void {
    const { profile } = zone;
    const expected = profile.peopleMax * attendance(profile.rhythm, hourOf(this.#nowMs));
    const perHourOfOne = 60 / profile.stayMinutes;
    if (this.#chance.comes(expected * perHourOfOne, STEP_S) && zone.people < profile.peopleMax) {
      zone.people += 1;
      this.#passDoor(zone);
    }
    if (this.#chance.comes(zone.people * perHourOfOne, STEP_S)) {
      zone.people -= 1;
      this.#passDoor(zone);
    }
    if (zone.people > 0) zone.lampsOnUntilMs = this.#nowMs + LAMPS_STAY_ON_MS;
  }

  #passDoor(zone: Zone): void {
    zone.crossings += 1;
    zone.doorOpenUntilMs = this.#nowMs + this.#chance.between(3, 9) * 1000;
  }

  /** Mass balance of one well-mixed room: what people add, less what the air exchange takes away. */
  #changeAir(zone: Zone): void {
    const { profile } = zone;
    if (zone.people > 0 && zone.co2Ppm > CO2_STUFFY_PPM && this.#chance.comes(12, STEP_S)) {
      zone.windowOpenUntilMs = this.#nowMs + WINDOW_OPEN_MS;
    }
    const addedPpmPerHour = (zone.people * CO2_LITRES_PER_PERSON_HOUR * 1000) / profile.volumeM3;
    const removedPpmPerHour = this.#airChangesPerHour(zone) * (zone.co2Ppm - CO2_OUTDOOR_PPM);
    zone.co2Ppm += ((addedPpmPerHour - removedPpmPerHour) * STEP_S) / 3600;

    // Indoors the same water is relatively less: air at 21 °C holds more than outside.
    const fromOutdoors = this.weather.humidityPct * 0.62;
    const target = clamp(fromOutdoors + 60 * (zone.people / profile.volumeM3) * 5, 22, 75);
    zone.humidityPct += ((target - zone.humidityPct) * STEP_S) / 2400;
  }

  #airChangesPerHour(zone: Zone): number {
    const hour = hourOf(this.#nowMs);
    const ventilation = hour >= 6.5 && hour < 20 ? 1.6 : 0.5;
    const window = this.#nowMs < zone.windowOpenUntilMs ? 6 : 0;
    const door = this.#nowMs < zone.doorOpenUntilMs ? 3 : 0;
    return ventilation + window + door + 2 * zone.fans;
  }

  #changeWarmth(zone: Zone): void {
    const { profile } = zone;
    const hour = hourOf(this.#nowMs);
    const [heatBelowC, coolAboveC] = hour >= 6 && hour < 20 ? [21, 24.5] : [17.5, 27];
    // °C an hour: through walls, with the exchanged air, from people (75 W each), sun and heating.
    const outdoors = this.weather.temperatureC - zone.temperatureC;
    const drift =
      outdoors * (0.02 + 0.015 * this.#airChangesPerHour(zone)) +
      (zone.people * 25) / profile.volumeM3 +
      this.weather.daylightLx * profile.windowShare * 0.000_05 +
      clamp(heatBelowC - zone.temperatureC, 0, 2) * 3 -
      clamp(zone.temperatureC - coolAboveC, 0, 2) * 4;
    zone.temperatureC += (drift * STEP_S) / 3600;
  }

  #changeLightAndSound(zone: Zone): void {
    const lamps = this.#nowMs < zone.lampsOnUntilMs ? 380 : 2;
    zone.illuminanceLx = this.weather.daylightLx * 0.01 * zone.profile.windowShare + lamps;
    const talk = zone.people > 0 ? 42 + 10 * Math.log10(zone.people) : 0;
    const quiet = hourOf(this.#nowMs) >= 6.5 && hourOf(this.#nowMs) < 20 ? 37 : 31;
    const target = Math.max(quiet, talk) + this.#chance.noise() * 3;
    zone.soundDb += (target - zone.soundDb) * 0.2;
  }
}

/** 0 ≤ hour < 24 of a time in ms since a midnight. */
const hourOf = (timeMs: number): number => (((timeMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));
