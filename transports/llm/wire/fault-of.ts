/**
 * What an SDK threw, as a fault of the port: our own refusal from the fetch under it (watched-fetch.ts), an error
 * that the stream told (both SDKs keep it in `error`), or a connection that failed.
 */
import type { ModelFault } from "../model-port.ts";
import { redact } from "./redact.ts";
import { AnswerTooLong, RefusedByServer } from "./watched-fetch.ts";

/** Of a server's sentence, which may be a page of HTML. */
const MESSAGE_CHARACTERS_MAX = 300;

export interface FaultSource {
  /** The model's name, at the beginning of the sentence. */
  readonly name: string;
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

const TOO_LONG =
  /context.{0,20}(length|window|size|limit)|maximum context|(prompt|request|input) is too (long|large)|too many (input )?tokens|exceed\w* the (maximum|available|model)/i;

export function faultOf(thrown: unknown, source: FaultSource): ModelFault {
  const chain = causes(thrown);
  const fault = (code: ModelFault["code"], text: string): ModelFault => ({
    code,
    message: `${source.name}: ${text}`,
  });
  const refusal = chain.find((it) => it instanceof RefusedByServer);
  if (refusal !== undefined) {
    const { status, headers, body } = refusal;
    const told = sentence(toldBy(refusal), source.secrets);
    const waitMs = retryAfterMs(headers, source);
    return {
      ...fault(
        codeOf(status, told, inner(parsed(body))),
        `the server answered ${status}${told === "" ? "" : `: ${told}`}.`,
      ),
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    };
  }
  if (chain.some((it) => it instanceof AnswerTooLong)) {
    return fault("badAnswer", "the answer was longer than any answer may be.");
  }
  const bad = chain.find((it) => it instanceof BadAnswer);
  if (bad !== undefined) return fault("badAnswer", `${bad.message}.`);
  if (chain.some((it) => it.name === "AbortError" || it.name === "APIUserAbortError")) {
    return fault("aborted", "the call was ended early.");
  }
  if (thrown instanceof SyntaxError) return fault("badAnswer", "the answer is no JSON.");
  // What the SDKs and `BrokenOff` keep of the event that told it.
  const body = (thrown as { error?: unknown } | null | undefined)?.error;
  const type = typeOf(body);
  // An event in the stream instead of a status: Anthropic's `overloaded_error`, OpenRouter's `code: 429`.
  if (type !== undefined) {
    const told = sentence(bodyText(body) ?? type, source.secrets);
    return fault(codeOfType(type, told), `the server broke off: ${told}.`);
  }
  return fault("unreachable", `${connectionText(chain, source.secrets)}.`);
}

/** What came is no answer in the server's own terms. */
export class BadAnswer extends Error {}

/** An error where an answer should be, below a status that promised one: OpenRouter's, with 200. */
export class BrokenOff extends Error {
  readonly error: unknown;

  constructor(error: unknown) {
    super("The server told an error instead of an answer.");
    this.error = error;
  }
}

function toldBy({ status, headers, body }: RefusedByServer): string {
  const to = headers.get("location");
  return status < 400 && to !== null
    ? `it lives elsewhere, at ${to}; baseUrl is to say so`
    : (bodyText(parsed(body)) ?? "");
}

function codeOf(
  status: number,
  told: string,
  body?: Readonly<Record<string, unknown>>,
): ModelFault["code"] {
  // OpenAI's 429 for an account without money: no waiting will help.
  if (status === 429)
    return body?.["code"] === "insufficient_quota" ? "unauthorized" : "rateLimited";
  // 402: no money, at OpenRouter and DeepSeek.
  if (status === 401 || status === 402 || status === 403) return "unauthorized";
  if (status === 413 || ((status === 400 || status === 422) && TOO_LONG.test(told))) {
    return "contextTooLong";
  }
  if (status === 408 || status === 409 || status >= 500) return "serverError";
  return status >= 400 ? "badRequest" : "badAnswer";
}

function codeOfType(type: string, told: string): ModelFault["code"] {
  if (/^\d{3}$/.test(type)) return codeOf(Number(type), told);
  if (/rate_limit/.test(type)) return "rateLimited";
  if (/auth|permission/.test(type)) return "unauthorized";
  if (/context|too_large/.test(type) || (/invalid_request/.test(type) && TOO_LONG.test(told))) {
    return "contextTooLong";
  }
  return /invalid_request|not_found/.test(type) ? "badRequest" : "serverError";
}

/** Anthropic nests the error in `error` once more, OpenRouter gives a number in `code`. */
function inner(error: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const fields = error as Readonly<Record<string, unknown>>;
  const nested = fields["error"];
  return typeof nested === "object" && nested !== null
    ? (nested as Readonly<Record<string, unknown>>)
    : fields;
}

function bodyText(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  const message = inner(error)?.["message"] ?? inner(error)?.["detail"];
  if (message !== undefined) return typeof message === "string" ? message : JSON.stringify(message);
  return error === undefined || error === null ? undefined : JSON.stringify(error);
}

function typeOf(error: unknown): string | undefined {
  const fields = inner(error);
  const type = fields?.["type"] ?? fields?.["code"];
  return fields === undefined ? undefined : String(type ?? "error");
}

/** fetch says "fetch failed" and keeps the reason in `cause`. */
function connectionText(chain: readonly Error[], secrets: readonly string[]): string {
  const code = chain
    .map((it) => (it as { code?: unknown }).code)
    .find((it) => typeof it === "string");
  if (code === "ECONNREFUSED") return "nobody listens there (ECONNREFUSED)";
  const text = sentence(chain.at(-1)?.message ?? "", secrets);
  return `the connection failed${text === "" ? "" : `: ${text}`}`;
}

/** Deeper than any chain of causes that was seen. */
const CAUSES_MAX = 6;

function causes(thrown: unknown): readonly Error[] {
  const all: Error[] = [];
  for (let it = thrown; it instanceof Error && all.length < CAUSES_MAX; it = it.cause) all.push(it);
  return all;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One line without control characters and secrets, its last full stop taken off. */
const sentence = (text: string, secrets: readonly string[]): string =>
  redact(text, secrets)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u001f\u007f\s]+/g, " ")
    .trim()
    .slice(0, MESSAGE_CHARACTERS_MAX)
    .replace(/\.$/, "");

/** RFC 9110 §10.2.3: seconds or a date of §5.6.7, always GMT. `retry-after-ms` is OpenAI's own, and exact. */
function retryAfterMs(headers: Headers, { nowMs }: FaultSource): number | undefined {
  const exact = headers.get("retry-after-ms")?.trim() ?? "";
  if (NUMBER.test(exact)) return Math.max(0, Number(exact));
  const text = headers.get("retry-after")?.trim() ?? "";
  if (NUMBER.test(text)) return Math.max(0, Number(text) * 1_000);
  if (!DATE.test(text)) return undefined;
  // The oldest of its three forms names no zone, and would be read as local time.
  const atMs = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isFinite(atMs) ? Math.max(0, atMs - nowMs) : undefined;
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
/** By its day's name: Date.parse takes a year out of almost anything else. */
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;
