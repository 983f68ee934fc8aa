/** Order: when the kernel runs, and which of the runnable actors is next. */

export interface Scheduler {
  /** Runs `box` once, soon, after I/O has had its chance. */
  defer(box: () => void): void;
  /** A bell comes from the event loop by itself: the box may run at once. */
  readonly runsOnBell?: boolean;
  /** Which of `count` runnable actors is next; 0 has waited longest. Absent: always 0. */
  readonly pick?: (count: number) => number;
  /** Turns of a box at most, so that a simulation can part it anywhere. Absent: as many as its time allows. */
  readonly turns?: () => number;
}

/** First come, first served; between boxes Node looks after sockets and timers. */
export const immediateScheduler: Scheduler = {
  defer(box) {
    setImmediate(box);
  },
  runsOnBell: true,
};
