/**
 * Every refusal of the API: its code, status and sentence. A refusal named by an actor that is not
 * listed here is a conflict with the state of the node.
 */
import type { FastifyError } from "fastify";
import { MycelError } from "../../runtime/errors.ts";
import type { Problem } from "./contract.ts";

const PROBLEMS = {
  badRequest: [400, "The request is malformed."],
  badJson: [400, "The body is not valid JSON."],
  badName: [400, "A name is 1 to 64 letters, digits, '-' or '_'."],
  badSetting: [400, "A v2 leaf has no such setting, or the value does not fit it."],
  badCommand: [400, "There is no such command, or its arguments do not fit."],
  unauthorized: [401, "User and password are needed."],
  hostRefused: [403, "The node is not known by this host name; see the setting http.allowedHosts."],
  originRefused: [403, "The node answers only its own pages."],
  notFound: [404, "There is nothing here; GET /api/openapi.json lists what there is."],
  hubUnknown: [404, "There is no such hub."],
  leafUnknown: [404, "There is no such leaf."],
  actorUnknown: [404, "There is no such actor."],
  channelUnknown: [404, "The leaf never reported such a channel."],
  commandUnknown: [404, "The leaf has no such command, or it was long ago."],
  nameTaken: [409, "Another leaf of this hub has this name."],
  leafExists: [409, "The hub has a leaf with this id."],
  notDisputed: [409, "No other hardware asked for this leaf's id."],
  hubFull: [409, "The hub has as many leaves as it can have."],
  noFleetSecret: [409, "The hub has no fleet secret: name the device's install code."],
  notPaired: [409, "The leaf has no key: pair it first."],
  idTaken: [409, "Another command of this leaf had this id; give each its own."],
  commandEnded: [409, "The command has ended already."],
  outboxFull: [409, "As many commands of this leaf wait as may; wait, or cancel some."],
  tooLarge: [413, "The body is too large."],
  badMediaType: [415, "The body must be application/json."],
  busy: [429, "Too many requests at once; try again."],
  tracersFull: [429, "As many actors are traced as can be; end another trace."],
  internal: [500, "The node failed at this; its log says why."],
  storeUnavailable: [503, "The store takes no writes at present."],
  timeout: [503, "The node did not answer in time."],
  closing: [503, "The node is shutting down."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Refused {
  readonly status: number;
  readonly problem: Problem;
}

/** `message` replaces the table's sentence where more is known. */
export function problem(code: string, message?: string): Refused {
  const [status, sentence] = Object.hasOwn(PROBLEMS, code)
    ? PROBLEMS[code as ProblemCode]
    : ([409, `Refused: ${code}.`] as const);
  return { status, problem: { error: code, message: message ?? sentence } };
}

const BY_FASTIFY_CODE: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "tooLarge",
  FST_ERR_CTP_EMPTY_JSON_BODY: "badJson",
  FST_ERR_CTP_INVALID_JSON_BODY: "badJson",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "badMediaType",
  FST_ERR_HANDLER_TIMEOUT: "timeout",
  FST_ERR_REOPENED_CLOSE_SERVER: "closing",
};

/** What a thrown error tells the asker: never a stack, and no message that was not meant for them. */
export function problemOf(error: FastifyError | MycelError | Error): Refused {
  if (error instanceof MycelError) {
    const status = error.code === "E_INPUT" ? 400 : 503;
    return { status, problem: { error: error.code, message: error.message } };
  }
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : BY_FASTIFY_CODE[code];
  if (known !== undefined) return problem(known);
  if (code === undefined && error instanceof SyntaxError) return problem("badJson");
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? problem("badRequest", error.message.slice(0, 200))
    : problem("internal");
}
