/** The kinds of leaves an emulated office has, and what their sensors make of its rooms. */
import type { ActuatorName, ChannelName, HardwareName } from "../wire/frame-types.ts";
import type { Chance } from "./chance.ts";
import type { LeafBody } from "./emulated-leaf.ts";
import type { OfficeModel, ZoneState } from "./office-model.ts";

export interface LeafKind {
  readonly name: string;
  readonly hardware: HardwareName;
  readonly channels: readonly ChannelName[];
  readonly actuators: readonly ActuatorName[];
  readonly onBattery: boolean;
}

const KINDS = {
  env: {
    name: "env",
    hardware: "esp32",
    channels: ["temperature", "humidity", "co2", "illuminance", "pressure"],
    actuators: [],
    onBattery: false,
  },
  pir: {
    name: "pir",
    hardware: "attiny",
    channels: ["motion", "illuminance"],
    actuators: [],
    onBattery: true,
  },
  door: { name: "door", hardware: "nrf54", channels: ["door"], actuators: [], onBattery: true },
  desk: {
    name: "desk",
    hardware: "pico",
    channels: ["temperature", "sound_level"],
    actuators: [],
    onBattery: true,
  },
  /** Its relay switches a fan on. */
  fan: {
    name: "fan",
    hardware: "esp32",
    channels: ["temperature", "co2"],
    actuators: ["relay"],
    onBattery: false,
  },
} as const satisfies Readonly<Record<string, LeafKind>>;

/** A room is furnished in this order, again and again. */
const FURNISHING: readonly LeafKind[] = [
  KINDS.env,
  KINDS.pir,
  KINDS.door,
  KINDS.desk,
  KINDS.fan,
  KINDS.desk,
  KINDS.pir,
  KINDS.desk,
];

export const kindOf = (indexInZone: number): LeafKind =>
  FURNISHING[indexInZone % FURNISHING.length] ?? KINDS.env;

/** How long a motion sensor holds its output after it saw something (HC-SR501, as delivered). */
const MOTION_HOLD_MS = 8000;
/** Of what moves in a room one sensor sees this share. */
const MOTION_COVERAGE = 0.6;

export class OfficeBody implements LeafBody {
  readonly hardware: HardwareName;
  readonly channels: readonly ChannelName[];
  readonly actuators: readonly ActuatorName[];
  readonly onBattery: boolean;
  readonly #office: OfficeModel;
  readonly #zone: ZoneState;
  readonly #chance: Chance;
  /** Which of the room's doors it watches. */
  readonly #door: number;
  /** No two sensors agree: this one's errors, for as long as it lives. */
  readonly #error: Readonly<{
    temperatureC: number;
    humidityPct: number;
    co2Ppm: number;
    light: number;
  }>;
  #motionUntilMs = Number.NEGATIVE_INFINITY;
  #lookedMs: number;
  #fanOn = false;

  constructor(kind: LeafKind, office: OfficeModel, zone: ZoneState, place: number, chance: Chance) {
    this.hardware = kind.hardware;
    this.channels = kind.channels;
    this.actuators = kind.actuators;
    this.onBattery = kind.onBattery;
    this.#office = office;
    this.#zone = zone;
    this.#chance = chance;
    this.#door = place % zone.profile.doors;
    this.#lookedMs = office.nowMs;
    this.#error = {
      temperatureC: chance.noise() * 0.25,
      humidityPct: chance.noise() * 1.2,
      co2Ppm: chance.noise() * 15,
      light: chance.between(0.75, 1.2),
    };
  }

  sense(values: Float64Array): void {
    for (const [at, channel] of this.channels.entries()) values[at] = this.#read(channel);
  }

  switchRelay(on: boolean): void {
    if (on === this.#fanOn) return;
    this.#fanOn = on;
    this.#zone.fans += on ? 1 : -1;
  }

  /** With noise, and in the steps of common sensors (SHT31, SCD30, BH1750, BMP280). */
  #read(channel: ChannelName): number {
    const { temperatureC, humidityPct, co2Ppm, illuminanceLx, soundDb } = this.#zone;
    const noise = this.#chance.noise();
    switch (channel) {
      case "temperature":
        return round(temperatureC + this.#error.temperatureC + noise * 0.03, 100);
      case "humidity":
        return round(humidityPct + this.#error.humidityPct + noise * 0.1, 10);
      case "co2":
        return round(co2Ppm + this.#error.co2Ppm + noise * 4, 1);
      case "illuminance":
        return round(Math.max(0, illuminanceLx * this.#error.light * (1 + noise * 0.01)), 1);
      case "pressure":
        return round(this.#office.weather.pressureHpa + noise * 0.02, 100);
      case "sound_level":
        return round(soundDb + noise, 10);
      case "motion":
        return this.#seesMotion() ? 1 : 0;
      case "door":
        return this.#doorOpen() ? 1 : 0;
      default:
        return Number.NaN;
    }
  }

  #seesMotion(): boolean {
    const { nowMs } = this.#office;
    const { people, profile } = this.#zone;
    const sinceS = (nowMs - this.#lookedMs) / 1000;
    this.#lookedMs = nowMs;
    if (this.#chance.comes(people * profile.movesPerHour * MOTION_COVERAGE, sinceS)) {
      this.#motionUntilMs = nowMs + MOTION_HOLD_MS;
    }
    return nowMs < this.#motionUntilMs;
  }

  #doorOpen(): boolean {
    const { crossings, doorOpenUntilMs, profile } = this.#zone;
    return this.#office.nowMs < doorOpenUntilMs && crossings % profile.doors === this.#door;
  }
}

const round = (value: number, steps: number): number => Math.round(value * steps) / steps;
