/**
 * The dashboard's built files. Vite puts a hash of its content into the name of every file under
 * `assets/`, so those are kept for good and the page itself is asked for again each time.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Answers a request that no route took; false when it is not for a page. */
export type PageFallback = (request: FastifyRequest, reply: FastifyReply) => boolean;

const NOT_BUILT = `The dashboard is not built.

Run "npm start", which builds it, or "npm run build" in web/, then start the node again.
The API answers all the same: /api/state, /api/openapi.json, /metrics.
`;

export async function serveDashboard(
  app: FastifyInstance,
  webDir: string | undefined,
): Promise<PageFallback> {
  if (webDir === undefined || !existsSync(join(webDir, "index.html"))) {
    return (request, reply) => {
      if (!asksForPage(request)) return false;
      reply.code(404).type("text/plain; charset=utf-8").send(NOT_BUILT);
      return true;
    };
  }
  await app.register(fastifyStatic, {
    root: resolve(webDir),
    cacheControl: false, // set below, by kind of file
    dotfiles: "ignore",
    setHeaders: (reply, path) => {
      const hashed = path.includes("/assets/");
      reply.header("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return (request, reply) => {
    if (!asksForPage(request)) return false;
    // The page's own router reads the path.
    reply.sendFile("index.html");
    return true;
  };
}

/** A person opening an address, and not a script missing a file. */
const asksForPage = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === "GET" || method === "HEAD") &&
  !url.startsWith("/api") &&
  (url === "/" || (headers.accept ?? "").includes("text/html"));
