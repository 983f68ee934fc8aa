/**
 * What an MCP server offers, whatever carries it: tools, resources, prompts. A server is made of it by
 * `offer-server.ts`, for each client one.
 */
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type {
  CallToolResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  ServerNotification,
  ServerRequest,
  Tool,
} from "@modelcontextprotocol/sdk/types.js";

/** Of one request: whom it came from, and ways to tell him something meanwhile. */
export type Asked = RequestHandlerExtra<ServerRequest, ServerNotification>;

export type ListName = "tools" | "resources" | "prompts";

export interface McpOffer {
  readonly name: string;
  readonly version: string;
  /** For the model of the client: what all this is for. */
  readonly instructions: string;
  tools(): readonly Tool[] | Promise<readonly Tool[]>;
  /** Undefined: there is no such tool. What the tool itself cannot do is a result with `isError`. */
  callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asked: Asked,
  ): Promise<CallToolResult | undefined>;
  resources(): readonly Resource[];
  readonly templates: readonly ResourceTemplate[];
  /** Undefined: there is no such resource. */
  read(uri: string): ReadResourceResult["contents"] | undefined;
  /** Changes with the resource, so that those who subscribed are told. */
  stamp(uri: string): string | number | undefined;
  /** A text each that changes with the list's entries; a list that is not named never changes. */
  lists?(): Readonly<Partial<Record<ListName, string>>>;
  prompts(): readonly Prompt[];
  /** Undefined: there is no such prompt. */
  prompt(
    name: string,
    args: Readonly<Record<string, string>>,
  ): GetPromptResult | undefined | Promise<GetPromptResult | undefined>;
  /** Values of an argument of a template or a prompt that begin with what is written so far. */
  complete(of: string, argument: string, begun: string): readonly string[];
}
