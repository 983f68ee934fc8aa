/** The log of a kernel that nact's `start` makes: faults, on stderr. */
import type { Logger } from "../logger.ts";

const withFields = (own: object): Logger => ({
  debug() {},
  info() {},
  // Dead letters: code written for nact takes it that they are silent. They are counted all the same.
  warn() {},
  error: (fields, message) => console.error(message, { ...own, ...fields }),
  child: (fields) => withFields({ ...own, ...fields }),
});

export const consoleLog: Logger = withFields({});
