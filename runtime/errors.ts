/**
 * Faults: the world failed. Each has a code that `docs/errors.md` explains; the message is one
 * sentence that says what to do.
 */

export const ERROR_CODES = [
  "E_PORT_TAKEN",
  "E_LINK_OPEN",
  "E_LINK_CLOSED",
  "E_STORE_OPEN",
  "E_STORE_DAMAGED",
  "E_STORE_NEWER",
  "E_STORE_FULL",
  "E_STORE_LOCKED",
  "E_STORE_FAILED",
  "E_JOURNAL_FENCED",
  "E_STATE_NEWER",
  "E_STATE_TOO_LARGE",
  "E_DIR_NOT_WRITABLE",
  "E_CONFIG_INVALID",
  "E_EXPOSED_WITHOUT_CREDENTIALS",
  "E_NODE_UNREACHABLE",
  "E_ASK_TIMEOUT",
  "E_ASK_REFUSED",
  "E_THREAD_LOST",
  "E_RESTART_INTENSITY",
  "E_MODULE_LOAD",
  "E_INPUT",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class MycelError extends Error {
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    fields: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = "MycelError";
    this.code = code;
    this.fields = fields;
  }
}
