/**
 * The limit for an HTTP server in this language: node:http that answers the paths it is given with
 * the same bytes each time. Started by the http bench, which sends it the answers.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SameBytes {
  readonly [path: string]: { readonly contentType: string; readonly body: string };
}

process.once("message", (answers: SameBytes) => {
  const ready = new Map(
    Object.entries(answers).map(([path, { contentType, body }]) => [
      path,
      { headers: { "content-type": contentType }, body: Buffer.from(body) },
    ]),
  );
  const server = createServer((request, response) => {
    const answer = ready.get(request.url ?? "");
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, answer.headers).end(answer.body);
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});
process.once("disconnect", () => process.exit());
