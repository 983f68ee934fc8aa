/** Speaks to a running node over its API, found by its data folder or its address. */
import { MycelError } from "../../runtime/errors.ts";
import { readNodeFile } from "../node-file.ts";

export interface NodeAccess {
  readonly data: string;
  /** `http://127.0.0.1:8420`, with `user:password@` where the node asks for them. */
  readonly url?: string;
}

export interface NodeClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
}

/** A backup of a large store takes minutes; the node bounds the rest by itself. */
const ANSWER_MS_MAX = 330_000;

export function nodeClient({ data, url }: NodeAccess): NodeClient {
  const base = new URL(url ?? readNodeFile(data).url);
  const authorization =
    base.username === ""
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString("base64")}`;

  const request = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, base.origin), {
      method: body === undefined ? "GET" : "POST",
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    }).catch((cause) => {
      throw new MycelError(
        "E_NODE_UNREACHABLE",
        `No node answers on ${base.origin}: start one, or name its folder with --data or its address with --url.`,
        { url: base.origin },
        cause,
      );
    });
    const answer = (await response.json().catch(() => undefined)) as
      | { message?: string }
      | undefined;
    if (response.ok) return answer;
    throw new MycelError(
      "E_INPUT",
      answer?.message ?? `The node answered ${path} with status ${response.status}.`,
      { path, status: response.status },
    );
  };
  return { get: (path) => request(path), post: request };
}
