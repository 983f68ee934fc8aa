/** Foreign MCP servers as whoever calls their tools sees them. */
export interface McpServers {
  has(serverName: string): boolean;
  list(): readonly { readonly serverName: string; readonly tools: readonly string[] }[];
  /**
   * What the tool answered. Rejects with a `code`: JSON-RPC's where the server refused or did not answer in
   * time, `lost` where it went before it answered. Without one nothing was sent.
   */
  call(
    serverName: string,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<unknown>;
}
