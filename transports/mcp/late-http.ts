/**
 * `/mcp` before anybody has come: the sessions, and with them the SDK's 250 modules, are loaded by the first
 * client, since most nodes never have one.
 */
import type { McpHttp } from "./http-sessions.ts";
import { noSessionRefusals } from "./session-refusals.ts";

export function lateMcpHttp(open: () => Promise<McpHttp>): McpHttp {
  let opening: Promise<McpHttp> | undefined;
  let opened: McpHttp | undefined;
  return {
    async handle(request, response, body) {
      opening ??= open();
      opened = await opening;
      await opened.handle(request, response, body);
    },
    stats: () => opened?.stats() ?? { sessions: 0, refused: noSessionRefusals() },
    async close() {
      await opening?.then((it) => it.close());
    },
  };
}
