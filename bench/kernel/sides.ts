/** What the kernel's benches share. */
import type { start } from "nact";

export type Nact = ReturnType<typeof start>;

/** Bounded, as every mailbox is, and with the bare loop's 1,024 places. */
export const MAILBOX = { capacity: 1_024, overflow: "backpressure" } as const;
