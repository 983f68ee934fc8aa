/**
 * A server of the official SDK for one client, made of an offer. The low-level `Server`: an offer's
 * schemas are JSON Schema already, and those of the high-level one would have to be zod's.
 */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { ListName, McpOffer } from "./offer.ts";
import type { OfferWatch } from "./offer-watch.ts";

/** Of MCP, for a resource that is not there. */
const RESOURCE_NOT_FOUND = -32_002;
/** A client that shows all zones of a large node. */
const SUBSCRIPTIONS_MAX = 256;
const COMPLETIONS_MAX = 100;

export function offerServer(offer: McpOffer, watch: OfferWatch): Server {
  const { name, version, instructions } = offer;
  const lists = offer.lists?.() ?? {};
  const listed = (list: ListName) => (lists[list] === undefined ? {} : { listChanged: true });
  const server = new Server(
    { name, version },
    {
      capabilities: {
        tools: listed("tools"),
        resources: { subscribe: true, ...listed("resources") },
        prompts: listed("prompts"),
        logging: {},
        completions: {},
      },
      instructions,
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: [...(await offer.tools())],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, asked) => {
    try {
      const result = await offer.callTool(params.name, params.arguments ?? {}, asked);
      if (result !== undefined) return result;
    } catch (error) {
      if (error instanceof McpError) throw error;
      const text = error instanceof Error ? error.message : String(error);
      return { content: [{ type: "text", text }], isError: true };
    }
    throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [...offer.resources()],
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [...offer.templates],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => {
    const contents = offer.read(params.uri);
    if (contents === undefined) throw noResource(params.uri);
    return { contents };
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...offer.prompts()] }));
  server.setRequestHandler(GetPromptRequestSchema, async ({ params }) => {
    const prompt = await offer.prompt(params.name, params.arguments ?? {});
    if (prompt !== undefined) return prompt;
    throw new McpError(ErrorCode.InvalidParams, `There is no such prompt: ${params.name}`);
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params: { ref, argument } }) => {
    const of = ref.type === "ref/prompt" ? ref.name : ref.uri;
    const all = offer.complete(of, argument.name, argument.value);
    const values = all.slice(0, COMPLETIONS_MAX);
    return { completion: { values, total: all.length, hasMore: all.length > values.length } };
  });
  tellChanges(server, watch);
  return server;
}

/** Tells the client of what it subscribed to, and of lists that have changed, until it has gone. */
function tellChanges(server: Server, watch: OfferWatch): void {
  /** By URI: how to end it. At most `SUBSCRIPTIONS_MAX`. */
  const subscriptions = new Map<string, () => void>();
  // Who has gone meanwhile is not told.
  const endLists = watch.onList((list) => {
    server.notification({ method: `notifications/${list}/list_changed` }).catch(() => {});
  });

  server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    if (subscriptions.has(uri)) return {};
    if (subscriptions.size >= SUBSCRIPTIONS_MAX) {
      throw new McpError(ErrorCode.InvalidRequest, "There are as many subscriptions as may be.");
    }
    const end = watch.subscribe(uri, () => {
      server.sendResourceUpdated({ uri }).catch(() => {});
    });
    if (end === undefined) throw noResource(uri);
    subscriptions.set(uri, end);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscriptions.get(uri)?.();
    subscriptions.delete(uri);
    return {};
  });
  server.onclose = () => {
    endLists();
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
  };
}

const noResource = (uri: string): McpError =>
  new McpError(RESOURCE_NOT_FOUND, `There is no such resource: ${uri}`);
