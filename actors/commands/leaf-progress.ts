/**
 * Shows on standard error that leaves are at work: a line that is rewritten on a terminal, a plain
 * one every ten seconds elsewhere.
 */
import { Presets, SingleBar } from "cli-progress";
import type { SwarmCounts } from "../../firmware/emulated/swarm.ts";
import type { Clock } from "../../runtime/clock.ts";

export interface ProgressOptions {
  readonly clock: Clock;
  /** Lines of JSON on standard output instead. */
  readonly json: boolean;
  readonly counts: SwarmCounts;
  /** Of the file that is replayed; without it there is no end to come nearer to. */
  readonly totalBytes?: number;
}

export interface Progress {
  readonly atByte: (bytesRead: number) => void;
  readonly end: () => void;
}

const TERMINAL_EVERY_MS = 500;
const PLAIN_EVERY_MS = 10_000;

export function leafProgress({ clock, json, counts, totalBytes }: ProgressOptions): Progress {
  const onTerminal = !json && process.stderr.isTTY === true;
  let bytesRead = 0;
  const share = (): number => Math.floor((100 * bytesRead) / (totalBytes ?? 1));
  const bar = onTerminal ? terminalBar(totalBytes, counts) : undefined;

  const show = (): void => {
    if (bar !== undefined) bar.update(bytesRead, figures(counts));
    else if (json) {
      const percent = totalBytes === undefined ? {} : { percent: share() };
      process.stdout.write(`${JSON.stringify({ type: "LeafProgress", ...percent, ...counts })}\n`);
    } else {
      const { frames, commands } = figures(counts);
      const percent = totalBytes === undefined ? "" : `${share()} %, `;
      process.stderr.write(`${percent}${frames} frames sent, ${commands} commands carried out\n`);
    }
  };
  let cancel = (): void => {};
  const again = (): void => {
    cancel = clock.after(onTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS, () => {
      show();
      again();
    });
  };
  again();
  return {
    atByte: (at) => {
      bytesRead = at;
    },
    end: () => {
      cancel();
      if (bar === undefined) return;
      show();
      bar.stop();
    },
  };
}

function terminalBar(totalBytes: number | undefined, counts: SwarmCounts): SingleBar {
  const text = "{frames} frames sent, {commands} commands carried out";
  const format = totalBytes === undefined ? text : `{bar} {percentage} %  ${text}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(totalBytes ?? 1, 0, figures(counts));
  return bar;
}

function figures({ sent, commandsAcknowledged }: SwarmCounts): {
  frames: number;
  commands: number;
} {
  const frames = Object.values(sent).reduce((sum, count) => sum + count, 0);
  return { frames, commands: commandsAcknowledged };
}
