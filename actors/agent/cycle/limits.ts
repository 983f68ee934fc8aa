/** Bounds of one cycle; the first five are the seed's, chapter 3.4. */

/** Answers of the model in one cycle; after the fifth its calls are done and nothing more is asked. */
export const ROUNDS_MAX = 5;
export const SPEAKS_MAX = 1;
/** Of the constitution's limits, held here as well. */
export const TASKS_MAX = 2;
/** Tools that failed one after the other. */
export const FAILURES_MAX = 1;
/** Rounds one after the other in which all that was asked was malformed or refused: one try to mend it. */
export const REFUSED_ROUNDS_MAX = 2;
/** Calls of one answer that are looked at: a model that loops asks for thousands. */
export const CALLS_MAX = 16;
/** What of a tool's result goes into the record and back to the model. */
export const RESULT_CHARS_MAX = 2_000;
/** What of a call's arguments goes into the record. */
export const ARGUMENTS_CHARS_MAX = 4_000;
/** What of a round's words goes into the record, and back to the model. */
export const THOUGHT_CHARS_MAX = 4_000;
