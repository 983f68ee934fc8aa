/** The inside of a side process: what it was started with, and how it hears and answers. */
import { invariant } from "../invariant.ts";

export const sideData = <Data>(): Data => JSON.parse(process.argv[2] ?? "null") as Data;

export function listenAside<In, Out>(onMessage: (message: In) => void): (message: Out) => void {
  invariant(process.send !== undefined, "this module is the entry of a side process");
  // Ctrl-C goes to all processes of a terminal: the node ends this one when it has drained.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit());
  process.on("message", (message) => onMessage(message as In));
  return (message) => void process.send?.(message);
}
