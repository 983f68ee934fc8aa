/**
 * What the system itself writes as a transfer's memo: a code and what it is about, which pages put into their
 * reader's language and people can still read in an export. A person's own words stay as they are.
 *
 *   systemMemo("uptime", { device: "hub_01", seconds: 3600 })   "uptime device=hub_01 seconds=3600"
 */

/** Each has its words on the page, `memo.CODE`. */
export type MemoCode =
  | "bounty_held"
  | "bounty_paid"
  | "bounty_released"
  | "reward"
  | "uptime"
  | "demurrage";

/** Values are numbers, days and names of devices: none has a blank. */
export const systemMemo = (
  code: MemoCode,
  about: Readonly<Record<string, string | number>>,
): string => [code, ...Object.entries(about).map(([name, value]) => `${name}=${value}`)].join(" ");
