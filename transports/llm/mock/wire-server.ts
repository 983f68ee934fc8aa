/**
 * A model server on loopback for any wire: the scripted model answers, a plan of faults spoils it.
 *
 *   POST ──body──▶ wire.read ──ChatRequest──▶ scripted ──▶ wire.events or wire.whole ──▶ answer
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../runtime/clock.ts";
import { MycelError } from "../../../runtime/errors.ts";
import type { ChatRequest } from "../model-port.ts";
import { answerScripted, type ScriptedAnswer } from "../scripted/answer.ts";
import type { Language } from "../scripted/rules.ts";
import type { MockFault } from "./faults.ts";

export interface MockServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Bodies and headers as they came, newest last, at most `SEEN_MAX`. */
  readonly seen: readonly SeenRequest[];
  /** Faults of the next requests, after those that wait. */
  spoil(fault: MockFault): void;
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly atMs: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface MockOptions {
  readonly host?: string;
  readonly port?: number;
  readonly language?: Language | undefined;
  readonly faults?: readonly MockFault[];
  /** Before each answer. */
  readonly delayMs?: number;
  /** Instead of the scripted answer. */
  readonly answer?: (request: ChatRequest) => ScriptedAnswer;
}

/** How a protocol writes what the scripted model says. */
export interface Wire {
  readonly chatPath: string;
  readonly modelsPath: string;
  readonly models: unknown;
  read(body: unknown): { readonly request: ChatRequest; readonly streams: boolean } | undefined;
  whole(answer: WireAnswer): unknown;
  /** Server-sent events as text, each with its blank line. */
  events(answer: WireAnswer): readonly string[];
  error(status: number, message: string, code?: string): unknown;
  /** An event that tells an error in a stream. */
  errorEvent(message: string): string;
}

export interface WireAnswer extends ScriptedAnswer {
  readonly request: ChatRequest;
  readonly isFiltered: boolean;
  readonly hasChoices: boolean;
}

/** Room for the longest prompt of an agent, several times over. */
export const MOCK_BODY_BYTES_MAX = 4_194_304;
/** A test looks at the last few. */
const SEEN_MAX = 1_000;

export async function startWireServer(wire: Wire, options: MockOptions = {}): Promise<MockServer> {
  const { host = "127.0.0.1", faults = [], delayMs = 0 } = options;
  const plan: { readonly fault: MockFault; left: number }[] = [];
  const spoil = (fault: MockFault): void => void plan.push({ fault, left: fault.times });
  const nextFault = (): MockFault | undefined => {
    const next = plan[0];
    if (next !== undefined && --next.left === 0) plan.shift();
    return next?.fault;
  };
  faults.forEach(spoil);
  const seen: SeenRequest[] = [];
  let turn = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?")[0];
    if (request.method === "GET" && path === wire.modelsPath)
      return json(response, 200, wire.models);
    if (request.method !== "POST" || path !== wire.chatPath) {
      return json(response, 404, wire.error(404, `There is nothing at ${path}.`));
    }
    const text = await bodyOf(request);
    if (text === undefined) return json(response, 413, wire.error(413, "The body is too large."));
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return json(response, 400, wire.error(400, "The body is no JSON."));
    }
    const read = wire.read(body);
    if (read === undefined) {
      return json(response, 400, wire.error(400, "The body is no request for a chat completion."));
    }
    seen.push({ atMs: systemClock.monotonicMs(), headers: request.headers, body });
    if (seen.length > SEEN_MAX) seen.shift();
    if (delayMs > 0) await new Promise<void>((done) => void systemClock.after(delayMs, done));

    const { kind: fault, retryAfterS, message } = nextFault() ?? {};
    if (typeof fault === "number") {
      if (retryAfterS !== undefined) response.setHeader("retry-after", String(retryAfterS));
      const said = message ?? "The mock was told to fail.";
      return json(response, fault, wire.error(fault, said));
    }
    if (fault === "hang") return;
    if (fault === "contextTooLong") {
      const said = "This model's maximum context length is 8192 tokens, the prompt is too long.";
      return json(response, 400, wire.error(400, said, "context_length_exceeded"));
    }
    const think = options.answer ?? ((it) => answerScripted(it, turn++, options.language));
    const answer: WireAnswer = {
      ...(fault === "badArguments" ? withBadArguments(read.request) : think(read.request)),
      request: read.request,
      isFiltered: fault === "filter",
      hasChoices: fault !== "noChoices",
    };
    if (fault === "badJson") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"choices": [');
      return;
    }
    if (!read.streams && fault === undefined) return json(response, 200, wire.whole(answer));
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    const events = wire.events(answer);
    if (fault === "badEvents") {
      response.end("event: message_start\ndata: {broken\n\n\u0000\ndata: [1,2\n\n");
      return;
    }
    const isWhole = fault === undefined || ["filter", "noChoices", "badArguments"].includes(fault);
    // A part that holds some of the text: the first events of both wires.
    for (const event of isWhole ? events : events.slice(0, 3)) response.write(event);
    if (fault === "cut") response.socket?.destroySoon();
    else if (fault === "brokenStream")
      response.end(wire.errorEvent("The mock was told to break off."));
    else if (fault !== "stall") response.end();
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done, fail) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "E_PORT_TAKEN" : "E_LINK_OPEN";
      fail(new MycelError(code, `Cannot listen on ${host}:${options.port}.`, { host }, cause));
    });
    server.listen(options.port ?? 0, host, done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    seen,
    spoil,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const withBadArguments = (request: ChatRequest): ScriptedAnswer => ({
  content: "",
  toolCalls: [
    { id: "call_1", name: request.tools[0]?.name ?? "none", argumentsText: '{"title": "cut sh' },
  ],
});

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOCK_BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
