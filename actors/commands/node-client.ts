/** Speaks to a running node over its API, found by its data folder or its address. */
import { InvalidArgumentError, Option } from "commander";
import { MycelError } from "../../runtime/errors.ts";
import { readNodeFile } from "../node-file.ts";

export interface NodeAccess {
  readonly data: string;
  /** `http://127.0.0.1:8420`, with `user:password@` where the node asks for them. */
  readonly url?: string;
}

/** How a command finds its node: `NodeAccess`. */
export const dataOption = (): Option =>
  new Option("--data <dir>", "data folder of the node").default(".mycel");
export const urlOption = (): Option =>
  new Option("--url <url>", "address of the node's API instead of its data folder").argParser(
    urlFlag,
  );

function urlFlag(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text;
  throw new InvalidArgumentError("Write http://HOST:PORT, with USER:PASSWORD@ where one logs in.");
}

export interface NodeClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  put(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  /** Server-sent events, until the node ends them or `over` says so. */
  events(path: string, over: AbortSignal): AsyncIterable<unknown>;
}

/** A backup of a large store takes minutes; the node bounds the rest by itself. */
const ANSWER_MS_MAX = 330_000;

export function nodeClient({ data, url }: NodeAccess): NodeClient {
  const base = new URL(url ?? readNodeFile(data).url);
  const authorization =
    base.username === ""
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString("base64")}`;

  const ask = async (
    path: string,
    signal: AbortSignal,
    body?: unknown,
    method = body === undefined ? "GET" : "POST",
  ): Promise<Response> => {
    const response = await fetch(new URL(path, base.origin), {
      method,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    }).catch((cause) => {
      const what = isUntrusted(cause)
        ? `Nobody vouches for the certificate of ${base.origin}: name its authority's file in the variable NODE_EXTRA_CA_CERTS.`
        : `No node answers on ${base.origin}: start one, or name its folder with --data or its address with --url.`;
      throw new MycelError("E_NODE_UNREACHABLE", what, { url: base.origin }, cause);
    });
    if (response.ok) return response;
    const answer = (await response.json().catch(() => undefined)) as
      | { message?: string }
      | undefined;
    throw new MycelError(
      "E_INPUT",
      answer?.message ?? `The node answered ${path} with status ${response.status}.`,
      { path, status: response.status },
    );
  };
  const request = async (path: string, body?: unknown, method?: string): Promise<unknown> => {
    const response = await ask(path, AbortSignal.timeout(ANSWER_MS_MAX), body, method);
    return response.json().catch(() => undefined);
  };
  return {
    get: (path) => request(path),
    post: (path, body) => request(path, body),
    put: (path, body) => request(path, body, "PUT"),
    delete: (path) => request(path, undefined, "DELETE"),
    async *events(path, over) {
      try {
        const { body } = await ask(path, over);
        let text = "";
        for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const events = (text + chunk).split("\n\n");
          text = events.pop() ?? "";
          for (const event of events) yield JSON.parse(event.replace(/^data: /, ""));
        }
      } catch (error) {
        // Whoever has seen enough is not told that the stream broke off.
        if (!over.aborted) throw error;
      }
    },
  };
}

/** As OpenSSL names it; fetch keeps it in `cause`. */
const isUntrusted = ({ cause }: { cause?: { code?: string } }): boolean =>
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*(?:ISSUER|SIGNATURE).*)$/.test(
    cause?.code ?? "",
  );
