/**
 * A leaf as deployed ones behave: REGISTER first, a SENSOR_REPORT every interval, a HEARTBEAT every
 * minute, an ACK for each command it has carried out. What it does not know it ignores.
 *
 *   body.sense ──▶ SENSOR_REPORT ──▶ send        COMMAND ──▶ accept ──▶ body, ACK ──▶ send
 */
import {
  checkFrame,
  commandArg,
  commandId,
  frameLeafId,
  frameType,
} from "../../transports/frame/decode.ts";
import {
  writeAck,
  writeHeartbeat,
  writeRegister,
  writeReport,
} from "../../transports/frame/encode.ts";
import {
  ACTUATORS,
  type ActuatorName,
  CHANNELS,
  type ChannelName,
  COMMANDS,
  FRAME,
  HARDWARE,
  type HardwareName,
  MESSAGE_TYPES,
} from "../wire/frame-types.ts";
import { Battery } from "./battery.ts";
import type { Chance } from "./chance.ts";

/** What a leaf is made of: its sensors and actuators. */
export interface LeafBody {
  readonly hardware: HardwareName;
  readonly channels: readonly ChannelName[];
  readonly actuators: readonly ActuatorName[];
  readonly onBattery: boolean;
  /** Writes a value for each channel, in their order; NaN for one that cannot be told now. */
  sense(values: Float64Array): void;
  /** Called for a body with a relay. */
  switchRelay(on: boolean): void;
}

/** Takes `bytes[0, length)`, which is valid until it returns; false when there is no room. */
export type SendFrame = (bytes: Uint8Array, length: number) => boolean;

export interface LeafOptions {
  readonly leafId: number;
  readonly body: LeafBody;
  /** Between two reports; `Infinity` for a leaf that reports when told to. */
  readonly everyMs: number;
  /** When it is switched on, in the clock that `tick` is told. */
  readonly startMs: number;
  readonly chance: Chance;
}

/** `repeated`: answered as before, and not run again (wire v2 alone can tell). */
export type CommandOutcome = "acknowledged" | "ignored" | "repeated";

const HEARTBEAT_MS = 60_000;

/** One for all leaves: a frame is written and handed over before the next is begun. */
const frame = new Uint8Array(FRAME.bytesMax);
const codes = new Uint8Array(FRAME.readingsMax);
const finite = new Float64Array(FRAME.readingsMax);

export class EmulatedLeaf {
  readonly leafId: number;
  readonly #body: LeafBody;
  readonly #chance: Chance;
  readonly #defaultEveryMs: number;
  readonly #values: Float64Array;
  #everyMs: number;
  #registered = false;
  #startedMs: number;
  #reportDueMs: number;
  #heartbeatDueMs: number;
  readonly #battery: Battery;

  constructor({ leafId, body, everyMs, startMs, chance }: LeafOptions) {
    this.leafId = leafId;
    this.#body = body;
    this.#chance = chance;
    this.#defaultEveryMs = everyMs;
    this.#everyMs = everyMs;
    this.#values = new Float64Array(body.channels.length);
    this.#startedMs = startMs;
    this.#reportDueMs = Number.isFinite(everyMs) ? startMs : Number.POSITIVE_INFINITY;
    this.#heartbeatDueMs = startMs;
    this.#battery = new Battery(body.onBattery, chance);
  }

  get batteryMv(): number {
    return this.#battery.mv;
  }

  /** Sends what is due. A frame without room is not sent later, except for the registration. */
  tick(nowMs: number, send: SendFrame): void {
    if (nowMs < this.#reportDueMs && nowMs < this.#heartbeatDueMs) return;
    if (!this.#registered && !this.#register(send)) return;
    if (nowMs >= this.#heartbeatDueMs) this.#heartbeat(nowMs, send);
    if (nowMs >= this.#reportDueMs) {
      this.report(send);
      // On the grid of its start, also after a pause: leaves stay spread over the interval.
      const missed = Math.floor((nowMs - this.#reportDueMs) / this.#everyMs);
      this.#reportDueMs += (missed + 1) * this.#everyMs;
    }
  }

  /** Reads all sensors and sends what they say; false when it did not go out. */
  report(send: SendFrame): boolean {
    this.#body.sense(this.#values);
    let count = 0;
    for (const [at, channel] of this.#body.channels.entries()) {
      const value = this.#values[at] ?? Number.NaN;
      if (!Number.isFinite(Math.fround(value))) continue;
      codes[count] = CHANNELS[channel].code;
      finite[count] = value;
      count += 1;
    }
    this.#battery.spendReport();
    return send(frame, writeReport(frame, this.leafId, codes, finite, count));
  }

  /** A frame from the hub for this leaf; undefined when it holds no command. */
  accept(
    bytes: Uint8Array,
    start: number,
    end: number,
    nowMs: number,
    send: SendFrame,
  ): CommandOutcome | undefined {
    if (checkFrame(bytes, start, end) !== undefined) return undefined;
    if (frameLeafId(bytes, start) !== this.leafId) return undefined;
    if (frameType(bytes, start) !== MESSAGE_TYPES.COMMAND) return undefined;
    // Read before the answer is written: `bytes` are the link's, and may be gone by then.
    const id = commandId(bytes, start);
    const arg = commandArg(bytes, start);
    if (!this.#canCarryOut(id, arg)) return "ignored";
    send(frame, writeAck(frame, this.leafId));
    this.#carryOut(id, arg, nowMs, send);
    return "acknowledged";
  }

  #canCarryOut(id: number, arg: number): boolean {
    switch (id) {
      case COMMANDS.set_state.id:
        return this.#body.actuators.includes("relay");
      case COMMANDS.set_interval.id:
        return arg > 0 && Number.isFinite(this.#everyMs);
      case COMMANDS.read_now.id:
      case COMMANDS.reset.id:
        return true;
      default:
        return false;
    }
  }

  #carryOut(id: number, arg: number, nowMs: number, send: SendFrame): void {
    switch (id) {
      case COMMANDS.set_state.id:
        this.#body.switchRelay(arg !== 0);
        return;
      case COMMANDS.set_interval.id:
        this.#everyMs = arg * 1000;
        this.#reportDueMs = nowMs + this.#everyMs;
        return;
      case COMMANDS.read_now.id:
        this.report(send);
        return;
      case COMMANDS.reset.id:
        this.#restart(nowMs);
        return;
    }
  }

  /** As after power-on: what was set is forgotten, and it registers again. */
  #restart(nowMs: number): void {
    if (this.#body.actuators.includes("relay")) this.#body.switchRelay(false);
    this.#everyMs = this.#defaultEveryMs;
    this.#registered = false;
    this.#startedMs = nowMs;
    if (Number.isFinite(this.#everyMs)) this.#reportDueMs = nowMs;
    this.#heartbeatDueMs = nowMs;
  }

  #register(send: SendFrame): boolean {
    const { hardware, channels, actuators } = this.#body;
    const capabilities = [
      ...channels.map((channel) => CHANNELS[channel].code),
      ...actuators.map((actuator) => ACTUATORS[actuator]),
    ];
    const length = writeRegister(frame, this.leafId, HARDWARE[hardware], capabilities);
    this.#registered = send(frame, length);
    return this.#registered;
  }

  /** The first one follows the registration; later ones are spread, or all leaves' would meet. */
  #heartbeat(nowMs: number, send: SendFrame): void {
    const first = this.#heartbeatDueMs === this.#startedMs;
    const uptimeS = Math.floor((nowMs - this.#startedMs) / 1000);
    send(frame, writeHeartbeat(frame, this.leafId, Math.round(this.#battery.mv), uptimeS));
    const waitMs = first ? this.#chance.between(0.1, 1) * HEARTBEAT_MS : HEARTBEAT_MS;
    this.#heartbeatDueMs = nowMs + waitMs;
  }
}
