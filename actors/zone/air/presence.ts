/**
 * Whether people are in a room, by its air; and learning how this room's air tells, while a motion
 * sensor or a camera says so too.
 *
 *   each minute: readings ──▶ features ──▶ trained weights ──┐
 *                                      └─▶ room's weights  ──┴─▶ the better of both ──▶ probability, confidence
 *                            teacher ─────────▲ learn
 */
import type { AirEstimate, RoomMemory } from "../messages.ts";
import { AIR_CHANNELS, AirFeatures, type AirReadings } from "./features.ts";
import { LogisticLearner, probability } from "./logistic.ts";
import { AIR_MODEL, AirJudge, type AirModel, channelsKey } from "./model.ts";

/** Trends mean something once there is a past: half an hour, or nothing but light counts. */
const WARM_MS = 1_800_000;
/** Of a room's own weights, before they may speak: an hour of people and an hour of none. */
const TAUGHT_MINUTES_MIN = 60;
/** How far a room's weights may be from the trained ones: as far as those are from nothing. */
const DOUBT = 1;
/** Minutes follow each other and look alike: ten of them are worth one example. */
const MINUTE_TRUST = 0.1;
const DAY_MINUTES = 1_440;
/** Further from the training than this many spreads, and confidence falls with the distance. */
const FAMILIAR_SPREADS = 3;

export class AirPresence {
  readonly #model: AirModel;
  readonly #features = new AirFeatures();
  #judge: AirJudge | undefined;
  #learner: LogisticLearner | undefined;
  #memory: RoomMemory | undefined;
  #estimate: AirEstimate | undefined;

  constructor(memory?: RoomMemory, model: AirModel = AIR_MODEL) {
    this.#memory = memory;
    this.#model = model;
  }

  /** Undefined when the channels heard lately cannot tell. */
  get estimate(): AirEstimate | undefined {
    return this.#estimate;
  }

  /** Undefined before a teacher has taught. */
  get memory(): RoomMemory | undefined {
    return this.#memory;
  }

  /** Once a minute. `teacher`: what a motion sensor or a camera says; undefined without one. */
  observe(nowMs: number, readings: AirReadings, teacher: boolean | undefined): void {
    this.#features.observe(nowMs, readings);
    const judge = this.#judgeFor(readings);
    if (judge === undefined) {
      this.#estimate = undefined;
      return;
    }
    const strangest = judge.look(this.#features);
    const trained = judge.probability();
    const room =
      this.#learner === undefined ? trained : probability(this.#learner.weights, judge.x);
    const warmth = this.#warmth(judge, nowMs);
    const isLearned = this.#isLearned();
    const told = isLearned ? room : trained;
    const familiarity = isLearned ? 1 : Math.min(1, FAMILIAR_SPREADS / strangest);
    this.#estimate = {
      probability: told,
      confidence: Math.abs(2 * told - 1) * warmth * familiarity,
      channels: [...judge.channels],
      taughtMinutes: (this.#memory?.minutesIn ?? 0) + (this.#memory?.minutesOut ?? 0),
      isLearned,
    };
    // A cold start would teach what its trends do not mean.
    if (teacher !== undefined && warmth === 1) this.#learn(judge, teacher, trained, room);
  }

  #judgeFor(readings: AirReadings): AirJudge | undefined {
    const heard = new Set(AIR_CHANNELS.filter((channel) => readings[channel] !== undefined));
    const key = channelsKey(heard);
    if (this.#judge !== undefined && channelsKey(this.#judge.channels) === key) return this.#judge;
    const variant = this.#model.variants.find(
      ({ channels }) => channelsKey(new Set(channels)) === key,
    );
    this.#judge = variant === undefined ? undefined : new AirJudge(variant);
    // What was learned with other channels waits until they are back.
    this.#learner =
      this.#judge !== undefined && this.#memory?.channels === key
        ? new LogisticLearner(Float64Array.from(this.#memory.weights), doubtAfter(this.#memory))
        : undefined;
    return this.#judge;
  }

  #warmth(judge: AirJudge, nowMs: number): number {
    let warmth = 1;
    for (const channel of judge.channels) {
      if (channel === "illuminance") continue;
      warmth = Math.min(warmth, this.#features.pastMs(channel, nowMs) / WARM_MS);
    }
    return warmth;
  }

  #isLearned(): boolean {
    if (this.#learner === undefined || this.#memory === undefined) return false;
    const { minutesIn, minutesOut, agreement } = this.#memory;
    const isTaught = Math.min(minutesIn, minutesOut) >= TAUGHT_MINUTES_MIN;
    return isTaught && agreement.room >= agreement.trained;
  }

  #learn(judge: AirJudge, teacher: boolean, trained: number, room: number): void {
    const channels = channelsKey(judge.channels);
    if (this.#memory?.channels !== channels) {
      // A room that gained or lost a sensor for good begins anew with what it has now.
      this.#memory = emptyMemory(channels, judge.weights);
    }
    this.#learner ??= new LogisticLearner(judge.weights, DOUBT);
    this.#learner.learn(judge.x, teacher, MINUTE_TRUST);
    const { minutesIn, minutesOut, agreement } = this.#memory;
    const share = 1 / Math.min(minutesIn + minutesOut + 1, DAY_MINUTES);
    const follow = (before: number, p: number): number =>
      before + share * ((p >= 0.5 === teacher ? 1 : 0) - before);
    this.#memory = {
      channels,
      weights: [...this.#learner.weights],
      minutesIn: minutesIn + (teacher ? 1 : 0),
      minutesOut: minutesOut + (teacher ? 0 : 1),
      agreement: {
        trained: follow(agreement.trained, trained),
        room: follow(agreement.room, room),
      },
    };
  }
}

const emptyMemory = (channels: string, weights: Float64Array): RoomMemory => ({
  channels,
  weights: [...weights],
  minutesIn: 0,
  minutesOut: 0,
  agreement: { trained: 0, room: 0 },
});

/** As if every example had been worth its share: what is left to learn after a restart. */
const doubtAfter = ({ minutesIn, minutesOut }: RoomMemory): number =>
  DOUBT / (1 + DOUBT * MINUTE_TRUST * CURVATURE_MEAN * (minutesIn + minutesOut));
/** Of p (1 − p), where a model is mostly sure. */
const CURVATURE_MEAN = 0.05;
