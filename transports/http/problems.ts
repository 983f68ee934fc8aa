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
  badTask: [400, "The task does not fit; docs/tasks.md has the bounds."],
  badCommand: [400, "There is no such command, or its arguments do not fit."],
  badOrder: [400, "A transfer, a device or a name in it is malformed."],
  badAmount: [400, "An amount is a positive number of thousandths, and not too large."],
  unbalanced: [400, "The legs of a transfer add up to zero."],
  deviceInactive: [400, "The device is not active: it earns nothing."],
  personMissing: [400, "Name the person: from_user_id."],
  badPerson: [400, "A name is 1-64 of a-z 0-9 _ -; the one shown 1-64 letters on a line."],
  unauthorized: [401, "Log in first: POST /api/login, or HTTP Basic."],
  loginRefused: [401, "The name or the password is wrong."],
  hostRefused: [403, "The node is not known by this host name; see the setting http.allowedHosts."],
  originRefused: [403, "The node answers only its own pages."],
  csrfRefused: [403, "A write with a session's cookie needs the header X-Mycel."],
  forbidden: [403, "Your role does not allow this."],
  notFound: [404, "There is nothing here; GET /api/openapi.json lists what there is."],
  hubUnknown: [404, "There is no such hub."],
  leafUnknown: [404, "There is no such leaf."],
  actorUnknown: [404, "There is no such actor."],
  channelUnknown: [404, "The leaf never reported such a channel."],
  idUnknown: [404, "Nothing is known of this id, or its records have been dropped."],
  commandUnknown: [404, "The leaf has no such command, or it was long ago."],
  personUnknown: [404, "There is no such person."],
  cycleUnknown: [404, "There is no such cycle, or it was long ago."],
  taskUnknown: [404, "There is no such task, or it was long ago."],
  deviceUnknown: [404, "There is no such device."],
  deviceTypeUnknown: [404, "There is no rate for this type of device."],
  transferUnknown: [404, "There is no such transfer."],
  agentOff: [409, "The agent is switched off: set office.agent.enabled."],
  nameTaken: [409, "Another leaf of this hub has this name."],
  leafExists: [409, "The hub has a leaf with this id."],
  notDisputed: [409, "No other hardware asked for this leaf's id."],
  hubFull: [409, "The hub has as many leaves as it can have."],
  noFleetSecret: [409, "The hub has no fleet secret: name the device's install code."],
  notPaired: [409, "The leaf has no key: pair it first."],
  idTaken: [409, "Something else had this id; give each its own."],
  commandEnded: [409, "The command has ended already."],
  stillQueued: [409, "The task waits to be sent out; nobody is asked for it yet."],
  alreadyAccepted: [409, "Somebody has accepted the task."],
  alreadyCompleted: [409, "The task is done already."],
  notAccepted: [409, "Nobody has accepted the task yet."],
  notYours: [403, "It is another person's, or you named another person."],
  taskEnded: [409, "The task has expired or was withdrawn."],
  boardFull: [409, "As many tasks are open as may be; finish or cancel some."],
  requestTaken: [409, "Another task came with this request_id; give each its own."],
  outboxFull: [409, "As many commands of this leaf wait as may; wait, or cancel some."],
  personNameTaken: [409, "Another person has this name."],
  tooManyPeople: [409, "The office has as many people as it can have."],
  lastOperator: [409, "Nobody would be left who may give roles."],
  insufficientFunds: [409, "The wallet does not have as much."],
  belowMinimum: [409, "It is less than the least that may be sent; see transfer-fee."],
  sameWallet: [409, "Sender and receiver are the same."],
  deviceExists: [409, "There is a device with this id."],
  tooManyDevices: [409, "The register has as many devices as it can have."],
  holdUnknown: [409, "Nothing is held for this task."],
  holdEnded: [409, "The task's bounty was paid or released already."],
  loginOff: [409, "Nobody need log in here: whoever reaches the node is its operator."],
  notAPerson: [409, "This account is the settings'; its password is http.password there."],
  tooLarge: [413, "The body is too large."],
  badMediaType: [415, "The body must be application/json."],
  busy: [429, "Too many requests at once; try again."],
  tooManyLogins: [429, "Too many wrong passwords; Retry-After says when to try again."],
  tooManyRequests: [429, "You write faster than one caller may; Retry-After says when to go on."],
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
