/** Whatever is asked of the server: never a 5xx, never an exception, and it serves on. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { problemSchema } from "../../../transports/http/contract.ts";
import { ROUTES } from "../../../transports/http/routes.ts";
import fc from "../../support/fc.ts";
import { startServer } from "./start-server.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const segment = text.map(encodeURIComponent);
const path = fc.oneof(
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
  fc
    .constantFrom(...ROUTES.map(({ url }) => url))
    .chain((url) =>
      fc
        .tuple(segment, fc.nat(300))
        .map(([hub, leafId]) => url.replace(":hub", hub || "x").replace(":leafId", String(leafId))),
    ),
);
const key = fc.constantFrom(
  "hub",
  "leaf",
  "channel",
  "fromMs",
  "toMs",
  "stepMs",
  "limit",
  "__proto__",
);
const value = fc.oneof(text, fc.double().map(String), fc.constantFrom("", "1e999", "-0", "0x10"));
const query = fc
  .array(fc.tuple(fc.oneof(key, text), value), { maxLength: 5 })
  .map((pairs) =>
    pairs.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join("&"),
  );
const body = fc
  .oneof(
    fc.json(),
    text,
    fc.record({
      act: fc.constantFrom("rename", "move", "adopt", "limit", "agreeHardware", "keepHardware"),
    }),
    fc.record({ act: fc.constant("limit"), framesPerSecondMax: fc.anything() }),
    fc.record({ hub: fc.anything(), leafId: fc.anything(), name: text }),
    fc.record({ dir: text }),
  )
  .map((one) => (typeof one === "string" ? one : (JSON.stringify(one) ?? "")));
const contentType = fc.constantFrom("application/json", "text/plain", "application/xml", "", ";");

test("random paths, methods, queries and bodies are answered with data or a problem", async (t) => {
  const { http } = await startServer(t);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
      path,
      query,
      fc.option(body, { nil: undefined }),
      contentType,
      async (method, at, ask, given, type) => {
        const hasBody = given !== undefined && method !== "GET" && method !== "HEAD";
        const answer = await fetch(`${http.url}${at}?${ask}`, {
          method,
          ...(hasBody && { body: given, headers: { "content-type": type } }),
        });
        const received = await answer.text();
        assert.ok(answer.status < 500, `${method} ${at}?${ask}: ${answer.status} ${received}`);
        const isJson = answer.headers.get("content-type")?.startsWith("application/json");
        if (answer.status >= 400 && method !== "HEAD" && isJson) {
          problemSchema.parse(JSON.parse(received));
        }
      },
    ),
    { numRuns: 1_000 },
  );
  assert.equal((await fetch(`${http.url}/api/leaves`)).status, 200);
});

test("random bytes and random headers on the socket end in a 4xx or a closed connection", async (t) => {
  const { http } = await startServer(t);
  const headerName = fc.constantFrom(
    ...["Host", "Origin", "Authorization", "Content-Length", "Transfer-Encoding", "Upgrade"],
    ...["Connection", "Sec-Fetch-Site", "Expect", "Range", "If-None-Match", "Accept"],
  );
  const request = fc
    .tuple(
      path,
      fc.array(fc.tuple(headerName, fc.string({ maxLength: 30 })), { maxLength: 6 }),
      fc.boolean(),
    )
    .map(([at, headers, whole]) => {
      const lines = headers.map(([name, content]) => `${name}: ${content}\r\n`).join("");
      const start = `GET ${at} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}`;
      return Buffer.from(whole ? `${start}Connection: close\r\n\r\n` : start);
    });
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  await fc.assert(
    fc.asyncProperty(fc.oneof(request, bytes), async (sent) => {
      const answer = await new Promise<string>((resolve) => {
        let received = "";
        connect(http.port, "127.0.0.1")
          .on("data", (chunk) => {
            received += chunk;
          })
          .on("error", () => {})
          .on("close", () => resolve(received))
          .end(sent);
      });
      assert.doesNotMatch(answer, /^HTTP\/1\.1 5/m, sent.toString("latin1"));
    }),
    { numRuns: 500 },
  );
  assert.equal((await fetch(`${http.url}/api/leaves`)).status, 200);
});
