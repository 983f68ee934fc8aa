/**
 * A leaf of wire v2: pairs, registers, reports sealed, keeps what its hub did not get, runs each command
 * once. It is `away` until the hub has answered: then it measures, keeps, and only asks.
 *
 *   not paired ──PAIR_REQUEST──▶ paired, away ──REGISTER or HEARTBEAT, answered──▶ reporting
 *                                   ▲                                                  │
 *                                   └───────────── a heartbeat is not answered ────────┘
 */
import {
  ackCounter,
  ackSeenBefore,
  configVersion,
  firstSetting,
  sealedCommandArg,
  sealedCommandCode,
  sealedCommandId,
  sealedKeyNo,
  sealedKind,
  settingBytes,
  settingEnd,
  settingKey,
  settingValueAt,
} from "../../transports/frame/sealed/read.ts";
import {
  writeBeat,
  writeResult,
  writeSealedRegister,
} from "../../transports/frame/sealed/write.ts";
import { ACTUATORS, CHANNELS, COMMANDS, HARDWARE } from "../wire/frame-types.ts";
import { CONFIG_KEYS, OUTCOMES, SEALED, SEALED_TYPES } from "../wire/sealed-types.ts";
import { Battery } from "./battery.ts";
import type { Chance } from "./chance.ts";
import { CommandMemory, type Outcome } from "./command-memory.ts";
import type { CommandOutcome, LeafBody, SendFrame } from "./emulated-leaf.ts";
import { KeptReadings } from "./kept-readings.ts";
import { LeafSession, openedFrame, type SessionOptions, sealedFrame } from "./leaf-session.ts";

export interface SealedLeafOptions extends SessionOptions {
  readonly body: LeafBody;
  readonly everyMs: number;
  readonly startMs: number;
  readonly chance: Chance;
  /** Whether it may ask to be paired now; for swarms that ask a few at a time. */
  readonly mayPair?: (nowMs: number) => boolean;
}

const { REPORT, HEARTBEAT, REGISTER, RESULT, PAIR_ACCEPT, COMMAND, CONFIG, REKEY, ACK, WAKE } =
  SEALED_TYPES;
const ANSWER = SEALED.answerBit;

const FIRMWARE = 1;
/** Minutes of an outage at a report a second; an hour at one a minute. */
const KEPT_MAX = 64;
/** An answer takes milliseconds on a LAN, and a second behind a gateway that batches. */
const ANSWER_MS = 3_000;
/** Reports that one tick sends after an outage: the link's other leaves want to be heard too. */
const CATCH_UP_FRAMES_MAX = 4;

export class SealedLeaf {
  readonly #body: LeafBody;
  readonly #chance: Chance;
  readonly #battery: Battery;
  readonly #session: LeafSession;
  readonly #commands: CommandMemory;
  readonly #values: Float64Array;
  readonly #kept: KeptReadings;
  readonly #mayPair: (nowMs: number) => boolean;
  readonly #defaultEveryMs: number;
  #everyMs: number;
  #startedMs: number;
  #reportDueMs: number;
  #reportsSinceHeartbeat = 0;
  #registered = false;
  #away = true;
  /** Counter of the frame that is to be answered, and until when. */
  #asked = -1;
  #answerDueMs = 0;
  readonly #askFrame = new Uint8Array(SEALED.bytesMax);
  #askBytes = 0;
  /** Counter of the last such frame, answered or not. */
  #lastAsk = 0;

  constructor(options: SealedLeafOptions) {
    const { body, everyMs, startMs, chance } = options;
    this.#body = body;
    this.#chance = chance;
    this.#battery = new Battery(body.onBattery, chance);
    this.#session = new LeafSession(options);
    const { lastCommand, intervalS } = this.#session.state;
    this.#commands = new CommandMemory(lastCommand);
    this.#values = new Float64Array(body.channels.length);
    this.#kept = new KeptReadings(
      Uint8Array.from(body.channels, (channel) => CHANNELS[channel].code),
      KEPT_MAX,
    );
    this.#mayPair = options.mayPair ?? (() => true);
    this.#defaultEveryMs = everyMs;
    this.#everyMs = intervalS === undefined ? everyMs : intervalS * 1000;
    this.#startedMs = startMs;
    this.#reportDueMs = startMs;
  }

  /** Undefined until it is paired. */
  get leafId(): number | undefined {
    return this.#session.state.leafId;
  }
  get isPairing(): boolean {
    return this.#session.isPairing;
  }
  get batteryMv(): number {
    return this.#battery.mv;
  }
  /** Measurements that were not sent yet, or are to be sent again. */
  get waiting(): number {
    return this.#kept.unsent;
  }
  /** Measurements of which it does not know that its hub has them: the last so many. */
  get kept(): number {
    return this.#kept.count;
  }
  get dropped(): number {
    return this.#kept.dropped;
  }
  get isAway(): boolean {
    return this.#away;
  }

  tick(nowMs: number, send: SendFrame): void {
    if (nowMs < this.#reportDueMs) return;
    if (!this.#session.isPaired) this.#pair(nowMs, send);
    else this.report(nowMs, send);
    const missed = Math.floor((nowMs - this.#reportDueMs) / this.#everyMs);
    this.#reportDueMs += (missed + 1) * this.#everyMs;
  }

  #pair(nowMs: number, send: SendFrame): void {
    if (this.#mayPair(nowMs)) send(sealedFrame, this.#session.sealPairRequest());
  }

  /** Measures, and sends what the hub has not got. */
  report(nowMs: number, send: SendFrame): void {
    this.#body.sense(this.#values);
    this.#kept.keep(nowMs, this.#values);
    this.#battery.spendReport();
    if (this.#asked >= 0 && nowMs >= this.#answerDueMs) this.#away = true;
    if (this.#away) this.#ask(nowMs, send);
    else this.#sendKept(nowMs, send);
  }

  #sendKept(nowMs: number, send: SendFrame): void {
    for (let n = 0; n < CATCH_UP_FRAMES_MAX && this.#kept.unsent > 0; n++) {
      const { counter, keyNo } = this.#session;
      // What the next answer would not reach back to is not sent before the last one is here.
      if (counter - this.#lastAsk > SEALED.seenFrames) break;
      const length = this.#session.seal(REPORT, (frame, at) =>
        this.#kept.writeReport(frame, at, nowMs, counter, keyNo),
      );
      send(sealedFrame, length);
      this.#reportsSinceHeartbeat += 1;
    }
    if (this.#reportsSinceHeartbeat >= this.#heartbeatEvery || this.#kept.isFilling) {
      this.#ask(nowMs, send);
    }
  }

  get #heartbeatEvery(): number {
    const every = this.#session.state.heartbeatEvery ?? SEALED.heartbeatEveryMax;
    return Math.min(SEALED.heartbeatEveryMax, Math.max(1, every));
  }

  /** A frame that is to be answered; one that was not is sent again, byte for byte. */
  #ask(nowMs: number, send: SendFrame): void {
    if (this.#asked >= 0 && nowMs < this.#answerDueMs) return;
    if (this.#asked < 0) {
      this.#asked = this.#session.counter;
      this.#lastAsk = this.#asked;
      this.#askBytes = this.#registered
        ? this.#sealHeartbeat(nowMs)
        : this.#session.seal(REGISTER | ANSWER, this.#writeRegister);
      this.#askFrame.set(sealedFrame);
    }
    this.#answerDueMs = nowMs + ANSWER_MS;
    send(this.#askFrame, this.#askBytes);
  }

  /** What was asked is not waited for any more: its answer would not help. */
  #askAnew(nowMs: number, send: SendFrame): void {
    this.#asked = -1;
    this.#ask(nowMs, send);
  }

  readonly #writeRegister = (frame: Uint8Array, at: number): number => {
    const { hardware, channels, actuators } = this.#body;
    const capabilities = [
      ...channels.map((channel) => CHANNELS[channel].code),
      ...actuators.map((actuator) => ACTUATORS[actuator]),
    ];
    const { configVersion: version } = this.#session.state;
    return writeSealedRegister(frame, at, HARDWARE[hardware], 0, FIRMWARE, version, capabilities);
  };

  #sealHeartbeat(nowMs: number): number {
    this.#reportsSinceHeartbeat = 0;
    const uptimeS = Math.max(0, Math.floor((nowMs - this.#startedMs) / 1000));
    const { unsent, dropped } = this.#kept;
    const version = this.#session.state.configVersion;
    return this.#session.seal(HEARTBEAT | ANSWER, (frame, at) =>
      writeBeat(frame, at, Math.round(this.#battery.mv), uptimeS, unsent, dropped, version),
    );
  }

  /** A frame from the hub; undefined when it holds no command for this leaf. */
  accept(
    bytes: Uint8Array,
    start: number,
    end: number,
    nowMs: number,
    send: SendFrame,
  ): CommandOutcome | undefined {
    const openedEnd = this.#session.open(bytes, start, end);
    if (openedEnd === 0) return undefined;
    switch (sealedKind(openedFrame, 0)) {
      case PAIR_ACCEPT:
        this.#registered = false;
        this.#askAnew(nowMs, send);
        return undefined;
      case ACK:
        this.#answered(nowMs, send);
        return undefined;
      case COMMAND:
        return this.#obey(nowMs, send);
      case CONFIG:
        this.#configure(openedEnd, nowMs);
        this.#askAnew(nowMs, send);
        return undefined;
      case REKEY:
        // The first frame under the new key tells the hub that it has arrived.
        this.#askAnew(nowMs, send);
        return undefined;
      case WAKE:
        this.report(nowMs, send);
        return undefined;
      default:
        return undefined;
    }
  }

  #answered(nowMs: number, send: SendFrame): void {
    const counter = ackCounter(openedFrame, 0);
    this.#kept.answered(counter, sealedKeyNo(openedFrame, 0), ackSeenBefore(openedFrame, 0));
    if (counter >= this.#session.counter) {
      // The hub refuses all up to there: what it was asked has to be asked again.
      this.#session.goAbove(counter);
      this.#askAnew(nowMs, send);
      return;
    }
    if (counter !== this.#asked) return;
    this.#asked = -1;
    this.#registered = true;
    if (!this.#away) return;
    this.#away = false;
    // So that the next answer reaches back to all that was sent since this question.
    this.#ask(nowMs, send);
    this.#sendKept(nowMs, send);
  }

  #configure(openedEnd: number, nowMs: number): void {
    const version = configVersion(openedFrame, 0);
    // Of 16 bits, as sequence numbers are compared: the half below is older.
    const ahead = (version - this.#session.state.configVersion) & 0xffff;
    if (ahead === 0 || ahead >= 0x8000) return;
    let { intervalS, heartbeatEvery } = this.#session.state;
    for (let at = firstSetting(0); at < openedEnd; at = settingEnd(openedFrame, at)) {
      const value = unsignedAt(settingValueAt(at), settingBytes(openedFrame, at));
      const key = settingKey(openedFrame, at);
      if (key === CONFIG_KEYS.interval_s.key && value > 0) intervalS = value;
      if (key === CONFIG_KEYS.heartbeat_every.key && value > 0) heartbeatEvery = value;
    }
    this.#session.note({
      configVersion: version,
      ...(intervalS !== undefined && { intervalS }),
      ...(heartbeatEvery !== undefined && { heartbeatEvery }),
    });
    if (intervalS !== undefined) this.#setInterval(intervalS, nowMs);
  }

  #obey(nowMs: number, send: SendFrame): CommandOutcome {
    const id = sealedCommandId(openedFrame, 0);
    const code = sealedCommandCode(openedFrame, 0);
    const arg = sealedCommandArg(openedFrame, 0);
    const before = this.#commands.outcomeOf(id);
    const outcome = before ?? this.#judge(code, arg);
    if (before === undefined) {
      this.#commands.remember(id, outcome);
      // Noted before it is run: a leaf that loses its power in between runs it not at all.
      const lastCommand = this.#commands.highest;
      if (lastCommand !== undefined) this.#session.note({ lastCommand });
    }
    send(
      sealedFrame,
      this.#session.seal(RESULT, (frame, at) => writeResult(frame, at, id, outcome)),
    );
    if (before !== undefined) return "repeated";
    if (outcome !== OUTCOMES.applied) return "ignored";
    this.#carryOut(code, arg, nowMs, send);
    return "acknowledged";
  }

  #judge(code: number, arg: number): Outcome {
    switch (code) {
      case COMMANDS.set_state.id:
        return this.#body.actuators.includes("relay") ? OUTCOMES.applied : OUTCOMES.not_able;
      case COMMANDS.set_interval.id:
        return arg > 0 ? OUTCOMES.applied : OUTCOMES.bad_argument;
      case COMMANDS.read_now.id:
      case COMMANDS.reset.id:
        return OUTCOMES.applied;
      case COMMANDS.set_pwm.id:
      case COMMANDS.deep_sleep.id:
        return OUTCOMES.not_able;
      default:
        return OUTCOMES.unknown_command;
    }
  }

  #carryOut(code: number, arg: number, nowMs: number, send: SendFrame): void {
    switch (code) {
      case COMMANDS.set_state.id:
        this.#body.switchRelay(arg !== 0);
        return;
      case COMMANDS.set_interval.id:
        this.#setInterval(arg, nowMs);
        return;
      case COMMANDS.read_now.id:
        this.report(nowMs, send);
        return;
      case COMMANDS.reset.id:
        this.#restart(nowMs);
        return;
    }
  }

  #setInterval(seconds: number, nowMs: number): void {
    this.#everyMs = seconds * 1000;
    this.#reportDueMs = nowMs + this.#everyMs;
  }

  /** As after power-on: what is not in its memory is forgotten, and it registers again. */
  #restart(nowMs: number): void {
    if (this.#body.actuators.includes("relay")) this.#body.switchRelay(false);
    const { intervalS } = this.#session.state;
    this.#everyMs = intervalS === undefined ? this.#defaultEveryMs : intervalS * 1000;
    this.#session.restart();
    this.#registered = false;
    this.#away = true;
    this.#asked = -1;
    this.#startedMs = nowMs;
    // Not all of a hub's leaves at once, when all of them are told.
    this.#reportDueMs = nowMs + this.#chance.between(0, Math.min(this.#everyMs, ANSWER_MS));
  }
}

/** At most four bytes. */
function unsignedAt(at: number, bytes: number): number {
  let value = 0;
  for (let n = Math.min(bytes, 4) - 1; n >= 0; n--) {
    value = value * 256 + (openedFrame[at + n] as number);
  }
  return value;
}
