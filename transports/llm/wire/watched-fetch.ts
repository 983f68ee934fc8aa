/**
 * What the SDKs fetch with: tells when bytes of an answer come, bounds the answer, and sends no header that is not needed.
 *
 *   SDK ──fetch──▶ watched ──▶ server          server ──bytes──▶ counted, onAlive() ──▶ SDK
 */

/** An answer of 1,024 tokens streamed is some 300 kB; this is for what is no answer at all. */
export const ANSWER_BYTES_MAX = 4_194_304;

/**
 * The SDKs add what they find in the environment (organization, custom headers) and what machine this is:
 * none of a third server's business.
 */
const HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "content-type",
  "authorization",
  "api-key",
  "x-api-key",
  "anthropic-version",
]);

export const watchedFetch =
  (onAlive: () => void): typeof fetch =>
  async (input, init) => {
    const headers = new Headers(init?.headers);
    for (const name of [...headers.keys()]) if (!HEADERS.has(name)) headers.delete(name);
    headers.set("user-agent", "mycel");
    // A redirect would carry the key to another server: it is told like any other refusal.
    const response = await fetch(input, { ...init, headers, redirect: "manual" });
    const { status, statusText } = response;
    // 204, 304: no answer to a question.
    if (response.body === null) throw new RefusedByServer(status, response.headers, "");
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength;
          if (bytes > ANSWER_BYTES_MAX) controller.error(new AnswerTooLong());
          else {
            if (response.ok) onAlive();
            controller.enqueue(chunk);
          }
        },
      }),
    );
    const watched = new Response(counted, { status, statusText, headers: response.headers });
    if (response.ok) return watched;
    // The SDKs read `error` of the body alone; some servers have their sentence elsewhere.
    throw new RefusedByServer(status, response.headers, await watched.text());
  };

export class AnswerTooLong extends Error {
  constructor() {
    super(`The answer is longer than ${ANSWER_BYTES_MAX} bytes.`);
  }
}

/** The SDK wraps it as a failed connection, with this as the cause. */
export class RefusedByServer extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;

  constructor(status: number, headers: Headers, body: string) {
    super(`The server answered ${status}.`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}
