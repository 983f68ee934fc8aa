/** `/mcp` on the node's server: what passes the same checks as every request is the MCP sessions' to answer. */
import type { FastifyInstance } from "fastify";
import type { McpHttp } from "../mcp/http-sessions.ts";
import type { Role } from "./office/person-contract.ts";

export function addMcpRoute(app: FastifyInstance, mcp: McpHttp): void {
  app.addHook("preClose", () => mcp.close());
  void app.register(async (scope) => {
    // As text: what is no JSON is answered in JSON-RPC's own way.
    scope.removeContentTypeParser("application/json");
    scope.addContentTypeParser(
      "application/json",
      { parseAs: "string" },
      (_request, body, done) => {
        done(null, body);
      },
    );
    scope.route({
      method: ["GET", "POST", "DELETE"],
      url: "/mcp",
      // HEAD would open a stream for nobody.
      exposeHeadRoute: false,
      // Its tools act.
      config: { role: "operator" } satisfies { role: Role },
      handler: async (request, reply) => {
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        const body = typeof request.body === "string" ? request.body : undefined;
        await mcp.handle(request.raw, reply.raw, body);
      },
    });
  });
}
