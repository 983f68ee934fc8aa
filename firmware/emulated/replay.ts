/**
 * Sends a recording as one leaf: a row is a report.
 *
 *   recording ──row──▶ wait until due ──▶ body ──▶ SENSOR_REPORT ──▶ send
 */
import type { Clock } from "../../runtime/clock.ts";
import type { ActuatorName, ChannelName } from "../wire/frame-types.ts";
import type { Recording } from "./csv-rows.ts";
import type { EmulatedLeaf, LeafBody, SendFrame } from "./emulated-leaf.ts";
import { pause } from "./pause.ts";

/**
 * For a speed of `max`. UDP says nothing of a receiver that falls behind, so the rate is bounded:
 * 2 frames/ms leave a hub whose thread pauses (garbage, a commit) a quarter of a second before the
 * 500 frames of a usual receive buffer are full.
 */
export const REPLAY_FRAMES_PER_MS = 2;
/** After a pause of our own, no more than this at once. */
const BURST_FRAMES_MAX = 32;
/** The receiver's buffer may hold this much before we wait: 85 frames as the kernel books them. */
const WAITING_BYTES_MAX = 64 * 1024;

/** Shows what the row that was last given to it says. */
export class RecordedBody implements LeafBody {
  readonly hardware = "esp32";
  readonly channels: readonly ChannelName[];
  readonly actuators: readonly ActuatorName[] = [];
  readonly onBattery = false;
  values: Float64Array;

  constructor(channels: readonly ChannelName[]) {
    this.channels = channels;
    this.values = new Float64Array(channels.length).fill(Number.NaN);
  }

  sense(values: Float64Array): void {
    values.set(this.values);
  }

  switchRelay(): void {}
}

export interface ReplayOptions {
  readonly recording: Recording;
  readonly body: RecordedBody;
  readonly leaf: EmulatedLeaf;
  readonly send: SendFrame;
  readonly clock: Clock;
  /** How many times faster than recorded, or as fast as the link takes it. */
  readonly speed: number | "max";
  /** Between rows that tell no time. */
  readonly everyMs: number;
  /** Bytes that wait unread at the receiver, where that can be known. */
  readonly waitingBytes: () => number | undefined;
  readonly onRow: (bytesRead: number) => void;
  /** Ends the replay after the row under way. */
  readonly signal: AbortSignal;
}

/** Resolves with the number of rows sent. */
export async function replay(options: ReplayOptions): Promise<number> {
  const { recording, body, leaf, send, clock, speed, signal, onRow } = options;
  const pauseMs: Pause = (delayMs) => pause(clock, delayMs, signal);
  const wait =
    speed === "max" ? unrecordedPace(options, pauseMs) : recordedPace(options, speed, pauseMs);
  let rows = 0;
  for await (const row of recording.rows()) {
    await wait(row.atMs);
    if (signal.aborted) break;
    body.values = row.values;
    leaf.tick(clock.monotonicMs(), send);
    while (!leaf.report(send) && !signal.aborted) await pauseMs(1);
    rows += 1;
    onRow(row.bytesRead);
  }
  return rows;
}

type Pause = (delayMs: number) => Promise<void>;
type Pace = (rowAtMs: number | undefined) => Promise<void>;

/** Rows keep their distance in time; one that lies before its predecessor follows at once. */
function recordedPace({ everyMs, clock }: ReplayOptions, speed: number, pauseMs: Pause): Pace {
  let dueMs = clock.monotonicMs();
  let before: number | undefined;
  let first = true;
  return async (rowAtMs) => {
    const gapMs =
      rowAtMs === undefined || before === undefined ? everyMs : Math.max(0, rowAtMs - before);
    if (!first) dueMs += gapMs / speed;
    first = false;
    before = rowAtMs;
    await pauseMs(dueMs - clock.monotonicMs());
  };
}

function unrecordedPace({ clock, waitingBytes }: ReplayOptions, pauseMs: Pause): Pace {
  let grantedMs = clock.monotonicMs();
  let left = 0;
  return async () => {
    while (left < 1) {
      await pauseMs(1);
      // Reading how much waits costs microseconds, so once a batch.
      if ((waitingBytes() ?? 0) > WAITING_BYTES_MAX) continue;
      const nowMs = clock.monotonicMs();
      left = Math.min((nowMs - grantedMs) * REPLAY_FRAMES_PER_MS, BURST_FRAMES_MAX);
      grantedMs = nowMs;
    }
    left -= 1;
  };
}
