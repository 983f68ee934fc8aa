/**
 * The one file every worker thread starts from: an actor system on the ways to the other threads, and
 * no actor of its own. What lives here is spawned by parents elsewhere.
 */
import { createActorSystem } from "../actor-system.ts";
import { bindRefs } from "./bind-refs.ts";
import { joinNode } from "./worker-side.ts";

const { start, port, log, ready } = joinNode({
  onPeerLost: (thread) => system.threadLost(thread),
  onPeerReplaced: (thread) => system.threadReady(thread),
  onStop: () => system.shutdown(),
});
const system = createActorSystem({ node: start.node, logger: log, shared: start.shared, port });
bindRefs(port, system);
ready();
