/** Units, so that code reads `2 * minutes`. Times are in ms. */
export type Milliseconds = number;

export const millisecond: Milliseconds = 1;
export const milliseconds: Milliseconds = 1;
export const second: Milliseconds = 1_000;
export const seconds: Milliseconds = 1_000;
export const minute: Milliseconds = 60_000;
export const minutes: Milliseconds = 60_000;
export const hour: Milliseconds = 3_600_000;
export const hours: Milliseconds = 3_600_000;

/** For `snapshotEvery: 10 * messages`. */
export const message = 1;
export const messages = 1;
