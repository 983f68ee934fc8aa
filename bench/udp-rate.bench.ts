/**
 * 10,000 leaves at 10 Hz, one frame a datagram, sent by a C program to a whole node: 40 hubs at a port
 * each, one worker thread. The leaves never registered, so that a frame's way ends in its row.
 *
 *   leaf_sender ──datagram──▶ socket ──▶ hub ──▶ leaf ──▶ row ──▶ a thread that reads it
 *
 * Fails when a frame is unaccounted for:  sent = applied + refused by reason + lost in the socket's buffer
 */
import { until } from "../test/support/until.ts";
import type { Bench, Harness } from "./harness.ts";
import { NO_CC } from "./peers/c-program.ts";
import { type BenchNode, startBenchNode } from "./rates/bench-node.ts";
import { runLeafSender } from "./rates/leaf-sender.ts";
import { accountedFor, type FrameAccount, sumOf } from "./scenarios/frame-account.ts";
import { readProcessUse } from "./scenarios/process-use.ts";

const FULL = { hubs: 40, leaves: 250, framesPerSecond: 100_000, seconds: 60 } as const;
const SMOKE = { hubs: 2, leaves: 50, framesPerSecond: 1_000, seconds: 1 } as const;
/** Before what counts: code is compiled and each leaf has its actor. */
const WARM_UP_SHARE = 1 / 12;
/** What the last frame may take to its count, on a machine that is busy. */
const SETTLE_MS_MAX = 30_000;
/** Rows that are looked at each millisecond: a few percent of a core. */
const ROWS_LOOKED_AT = 100;
/** Ids have a byte: a hub's rows lie that far apart. */
const ROWS_A_HUB = 256;

export const udpRate: Bench = {
  name: "udp-rate",
  question: "Does a node carry 100,000 frames/s, a datagram each, and how soon can they be read?",
  run: async (harness) => {
    if (NO_CC !== false) return harness.say(NO_CC);
    const load = harness.smoke ? SMOKE : FULL;
    const every = Math.ceil((load.hubs * load.leaves) / ROWS_LOOKED_AT);
    const rows = Array.from({ length: load.hubs * load.leaves }, (_, n) => n)
      .filter((n) => n % every === 0)
      .map((n) => Math.floor(n / load.leaves) * ROWS_A_HUB + (n % load.leaves));
    const hubs = Array.from({ length: load.hubs }, (_, n) => ({ id: `hub_${n}`, zone: "main" }));
    const node = await startBenchNode({ zones: [{ id: "main" }], hubs }, rows);
    try {
      await measure(node, load, harness);
    } finally {
      await node.stop();
    }
  },
};

async function measure(
  node: BenchNode,
  { leaves, framesPerSecond, seconds }: typeof FULL | typeof SMOKE,
  harness: Harness,
): Promise<void> {
  const ports = Object.values(node.hubs).map((address) => new URL(address).port);
  const send = (s: number) => runLeafSender("udp", ports.join(), leaves, framesPerSecond, s);
  const warmUp = await send(seconds * WARM_UP_SHARE);
  await settled(node, warmUp.sent);
  const before = await node.account();
  await node.latency();
  const cpuBefore = readProcessUse(node.pid).cpuS;
  const { sent, cpuS, seconds: took } = await send(seconds);
  const { cpuS: cpuAfter } = readProcessUse(node.pid);
  const latency = await node.latency();
  const account = await settled(node, warmUp.sent + sent);

  const applied = account.applied - before.applied;
  const refused = sumOf(account.refused) - sumOf(before.refused);
  const lost = account.lostByKernel - before.lostByKernel;
  const reasons = Object.entries(account.refused).map(([reason, count]) => `, ${reason} ${count}`);
  harness.say(`  sent ${sent} = applied ${applied} + refused ${refused}${reasons} + lost ${lost}`);
  harness.say(`  CPU: sender ${((100 * cpuS) / took).toFixed(0)} % of a core`);
  harness.report("frames applied", "frame/s", applied / took, { aims: [{ atLeast: 99_000 }] });
  harness.report("frames refused", "frame", refused);
  harness.report("frames lost by kernel", "frame", lost);
  harness.report("frames unaccounted for", "frame", sent - applied - refused - lost);
  harness.report("send to readable row, p50", "ms", latency.p50Us / 1_000);
  harness.report("send to readable row, p99", "ms", latency.p99Us / 1_000, {
    aims: [{ atMost: 20 }],
  });
  harness.report("send to readable row, p99.9", "ms", latency.p999Us / 1_000);
  harness.report("CPU of the node", "% of a core", (100 * (cpuAfter - cpuBefore)) / took);
}

/** The account once nothing moves between socket and row any more. */
async function settled(node: BenchNode, sent: number): Promise<FrameAccount> {
  let account: FrameAccount | undefined;
  await until(
    async () => {
      account = await node.account();
      return accountedFor(account) === sent;
    },
    {
      withinMs: SETTLE_MS_MAX,
      everyMs: 200,
      what: () => `all ${sent} frames are accounted for, but: ${JSON.stringify(account)}`,
    },
  );
  return account as FrameAccount;
}
