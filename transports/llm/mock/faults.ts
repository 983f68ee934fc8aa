/** What a mock server does wrong on demand, so that a caller's care can be watched: `429:2` is twice a 429. */
import { err, ok, type Result } from "../../../runtime/result.ts";

export const MOCK_FAULTS = [
  /** Accepts the request and says nothing. */
  "hang",
  /** Begins to answer and says no more. */
  "stall",
  /** Begins to answer and drops the connection. */
  "cut",
  /** Ends the stream in good order, but before the answer's end. */
  "short",
  "badJson",
  "badEvents",
  "noChoices",
  /** Calls a tool with arguments that are no JSON. */
  "badArguments",
  "filter",
  "contextTooLong",
  /** Tells an error in the stream, after it began with 200. */
  "brokenStream",
] as const;

export interface MockFault {
  readonly kind: (typeof MOCK_FAULTS)[number] | number;
  /** How many requests it meets. */
  readonly times: number;
  /** Of an HTTP status: told in `Retry-After`. */
  readonly retryAfterS?: number;
  /** Instead of the usual sentence. */
  readonly message?: string;
}

export const MOCK_FAULT_HELP = `STATUS[:TIMES[:RETRY_AFTER_S]] or ${MOCK_FAULTS.join(", ")} with [:TIMES]`;

export function parseMockFault(text: string): Result<MockFault, string> {
  const [kindText = "", timesText = "1", afterText] = text.split(":");
  const status = Number(kindText);
  const times = Number(timesText);
  const retryAfterS = afterText === undefined ? undefined : Number(afterText);
  const kind = /^[45]\d\d$/.test(kindText) ? status : MOCK_FAULTS.find((name) => name === kindText);
  const isCount = Number.isInteger(times) && times >= 1 && times <= 1_000_000;
  if (kind === undefined || !isCount || Number.isNaN(retryAfterS)) {
    return err(`"${text}" is no fault; allowed: ${MOCK_FAULT_HELP}.`);
  }
  return ok({ kind, times, ...(retryAfterS === undefined ? {} : { retryAfterS }) });
}
