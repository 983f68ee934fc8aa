/**
 * A node process with 500 leaves that go on reporting at 1 Hz, asked by autocannon over ten
 * connections; beside it node:http in a process of its own, answering the same bytes.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { MycelError } from "../runtime/errors.ts";
import { until } from "../test/support/until.ts";
import type { Leaf } from "../transports/http/contract.ts";
import type { Bench } from "./harness.ts";
import type { SameBytes } from "./peers/same-bytes.program.ts";
import { openOffice } from "./scenarios/office.ts";

const PATHS = ["/api/leaves", "/api/state", "/healthz"] as const;
const HUBS = 2;
const LEAVES = { smoke: 20, full: 500 } as const;
/** Outlives the bench; the leaves are ended with the office. */
const LEAVES_FOR_MS = 600_000;
/** A page and its neighbours' pages; more connections only wait for each other on one thread. */
const CONNECTIONS = 10;
const SECONDS = 1;
const SMOKE_REQUESTS = 20;

export const http: Bench = {
  name: "http",
  question: "How many requests a second does a node with 500 leaves answer?",
  run: async (harness) => {
    const office = await openOffice(HUBS);
    const peer = fork(fileURLToPath(new URL("./peers/same-bytes.program.ts", import.meta.url)));
    try {
      const { node } = office;
      const leaves = harness.smoke ? LEAVES.smoke : LEAVES.full;
      office.sendLeaves({ leaves, everyMs: 1_000, forMs: LEAVES_FOR_MS });
      await until(async () => (await node.json<Leaf[]>("/api/leaves")).length === leaves);

      const answers: Record<string, SameBytes[string]> = {};
      for (const path of PATHS) {
        const response = await fetch(`${node.file.url}${path}`);
        const contentType = response.headers.get("content-type") ?? "application/json";
        answers[path] = { contentType, body: await response.text() };
      }
      const listening = once(peer, "message");
      peer.send(answers);
      const [peerPort] = await listening;

      for (const path of PATHS) {
        await harness.compareRates({
          name: path,
          unit: "request",
          ours: () => requestRate(`${node.file.url}${path}`, harness.smoke),
          peers: {
            "bare node:http": () =>
              requestRate(`http://127.0.0.1:${peerPort}${path}`, harness.smoke),
          },
        });
      }
    } finally {
      peer.disconnect();
      await office.close();
    }
  },
};

async function requestRate(url: string, smoke: boolean): Promise<number> {
  const startedAt = performance.now();
  // Autocannon looks once a `sampleInt` ms whether its requests are done.
  const length = smoke ? { amount: SMOKE_REQUESTS, sampleInt: 20 } : { duration: SECONDS };
  const result = await autocannon({ url, connections: CONNECTIONS, ...length });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) {
    throw new MycelError("E_INPUT", `${bad} requests to ${url} were not answered well.`, { url });
  }
  // Of a fixed number of requests autocannon gives the time in whole seconds only.
  const seconds = smoke ? (performance.now() - startedAt) / 1_000 : result.duration;
  return result["2xx"] / seconds;
}
