/** Who imports whom: the rules of docs/architecture.md. `npm run deps` also fails on zero modules. */
const only = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^(actors|runtime|transports|firmware|config|bench|web|test)/", pathNot: allowed },
});
const owner = (driver, folder) => ({
  name: `${driver}-only-in-${folder}`,
  severity: "error",
  from: { path: "^(actors|runtime|transports|firmware|config|web)/", pathNot: `^${folder}/` },
  to: {
    path: driver === "worker_threads" ? "^(node:)?worker_threads$" : `node_modules/${driver}/`,
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only("runtime-knows-nothing-of-ours", "^runtime/", "^runtime/"),
    only("wire-knows-nothing-of-ours", "^firmware/wire/", "^firmware/wire/"),
    only(
      "emulated-leaves-know-frames",
      "^firmware/emulated/",
      "^(firmware|transports/frame|runtime/(result|random|clock|errors|invariant)\\.ts)",
    ),
    only("transports-know-no-actor", "^transports/", "^(transports|runtime|firmware/wire)/"),
    only("config-knows-results-and-errors", "^config/", "^(config/|runtime/(result|errors)\\.ts)"),
    only(
      "page-knows-the-contract",
      "^web/",
      "^(web/|transports/(http/(contract|office/[a-z]+-contract)|live/rows)\\.ts)",
    ),
    {
      name: "actors-meet-in-messages",
      comment:
        "Behaviors see their own folder, others' messages.ts, frames, ports, shared memory and the kernel, a parent its child (hub: leaf.ts); the wiring files see all.",
      severity: "error",
      from: { path: "^actors/([^/]+)/", pathNot: "^actors/(commands|office)/" },
      to: {
        path: "^(actors|transports|firmware|config|bench|web|test)/",
        pathNot:
          "^actors/$1/|/messages\\.ts$|^transports/(frame/|mcp/(frames/|mcp-servers\\.ts)|link\\.ts|mqtt/bus-port\\.ts|llm/model-port\\.ts|speech/speech-port\\.ts|password\\.ts|http/(contract|node-view|office/[a-z]+-(contract|view))\\.ts|live/rows\\.ts)|^firmware/wire/|^actors/(leaf/leaf-(table|row)|hub/hub-counters)\\.ts|^actors/leaf/leaf\\.ts",
      },
    },
    {
      name: "testing-kit-stays-in-tests",
      severity: "error",
      from: { path: "^(actors|transports|config|firmware)/" },
      to: { path: "^runtime/testing/" },
    },
    owner("worker_threads", "runtime/threads"),
    owner("lmdb", "runtime/state"),
    owner("aedes", "transports/mqtt"),
    owner("mqtt", "transports/mqtt"),
    owner("fastify", "transports/(http|live)"),
    owner("ws", "transports/live"),
    owner("openai", "transports/llm"),
    owner("@anthropic-ai", "transports/llm"),
    owner("node-llama-cpp", "transports/llm/gguf"),
    owner("serialport", "transports/serial"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    includeOnly:
      "^(actors|runtime|transports|firmware|config|bench|web/src)/|^node_modules/|^(node:)?worker_threads$",
    exclude: "node_modules/.*/node_modules|web/dist",
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
