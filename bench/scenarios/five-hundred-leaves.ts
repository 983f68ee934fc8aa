/**
 * 500 leaves on two hubs at 1 Hz for a minute, sent by processes of their own over UDP to a node
 * process. Fails when a frame is unaccounted for:
 *
 *   sent = applied + refused by reason + lost in the kernel's socket buffer
 */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../test/support/until.ts";
import type { Hub, State } from "../../transports/http/contract.ts";
import type { Bench, Harness } from "../harness.ts";
import { type LeafSummary, type Office, openOffice } from "./office.ts";
import { type ProcessUse, readProcessUse } from "./process-use.ts";

const HUBS = 2;
const FULL = { leaves: 500, everyMs: 1_000, forMs: 60_000, lookEveryMs: 5_000 } as const;
/** Seconds in `npm test`; the cadence makes it 600 frames. */
const SMOKE = { leaves: 60, everyMs: 250, forMs: 2_500, lookEveryMs: 1_000 } as const;

/** What the last frame may take from a socket to its count, on a machine that is busy. */
const SETTLE_MS_MAX = 15_000;

interface Look extends ProcessUse {
  readonly atS: number;
}

interface Account {
  readonly sent: number;
  readonly applied: number;
  readonly lostByKernel: number;
  readonly refused: Readonly<Record<string, number>>;
}

export const fiveHundredLeaves: Bench = {
  name: "leaves-500",
  question: "What do 500 leaves at 1 Hz cost a node, and is every frame accounted for?",
  run: async (harness) => {
    const length = harness.smoke ? SMOKE : FULL;
    const office = await openOffice(HUBS);
    try {
      const leaves = office.sendLeaves(length);
      const looks = await watch(office, length, harness);
      const summaries = await Promise.all(leaves.map((leaf) => leaf.summary));
      const account = await settled(office, summaries);
      sayAccount(account, harness);
      report(account, looks, harness);
    } finally {
      await office.close();
    }
  },
};

async function watch(
  { node }: Office,
  { forMs, lookEveryMs }: { readonly forMs: number; readonly lookEveryMs: number },
  { say }: Harness,
): Promise<readonly Look[]> {
  const { pid } = node.file;
  const startedAt = performance.now();
  const looks: Look[] = [];
  say("       s   CPU s   CPU %   RSS MB   anonymous MB");
  for (;;) {
    const atS = (performance.now() - startedAt) / 1_000;
    const look = { atS, ...readProcessUse(pid) };
    const before = looks.at(-1);
    const share = before && (100 * (look.cpuS - before.cpuS)) / (atS - before.atS);
    looks.push(look);
    say(
      [
        atS.toFixed(1).padStart(8),
        look.cpuS.toFixed(2).padStart(7),
        (share?.toFixed(1) ?? "").padStart(7),
        look.residentMb.toFixed(0).padStart(8),
        look.anonymousMb.toFixed(0).padStart(14),
      ].join(" "),
    );
    if (atS * 1_000 >= forMs) return looks;
    await sleep(Math.min(lookEveryMs, forMs - atS * 1_000 + 1));
  }
}

/** The account once nothing moves between socket and row any more; unbalanced when that never comes. */
async function settled({ node }: Office, summaries: readonly LeafSummary[]): Promise<Account> {
  const sent = summaries.reduce((sum, { link }) => sum + link.framesSent, 0);
  let account: Account | undefined;
  await until(
    async () => {
      const { hubs } = await node.json<State>("/api/state");
      account = accountOf(sent, hubs);
      return unaccounted(account) === 0;
    },
    {
      withinMs: SETTLE_MS_MAX,
      everyMs: 200,
      what: () => `every frame is accounted for, but: ${JSON.stringify(account)}`,
    },
  );
  return account as Account;
}

function accountOf(sent: number, hubs: readonly Hub[]): Account {
  const refused: Record<string, number> = {};
  let applied = 0;
  let lostByKernel = 0;
  for (const hub of hubs) {
    applied += hub.framesApplied;
    lostByKernel += hub.lostByKernel ?? 0;
    for (const [reason, count] of Object.entries(hub.refused)) {
      refused[reason] = (refused[reason] ?? 0) + count;
    }
  }
  return { sent, applied, lostByKernel, refused };
}

const refusedOf = ({ refused }: Account): number =>
  Object.values(refused).reduce((sum, count) => sum + count, 0);

const unaccounted = (account: Account): number =>
  account.sent - account.applied - account.lostByKernel - refusedOf(account);

function sayAccount(account: Account, { say }: Harness): void {
  const { sent, applied, lostByKernel, refused } = account;
  const reasons = Object.entries(refused).map(([reason, count]) => `${reason} ${count}`);
  say(
    `  sent ${sent} = applied ${applied} + refused ${refusedOf(account)}${
      reasons.length > 0 ? ` (${reasons.join(", ")})` : ""
    } + lost by kernel ${lostByKernel}`,
  );
}

function report(account: Account, looks: readonly Look[], harness: Harness): void {
  const first = looks[0] as Look;
  const last = looks.at(-1) as Look;
  const seconds = last.atS - first.atS;
  const shares = looks.slice(1).map((look, index) => {
    const before = looks[index] as Look;
    return (100 * (look.cpuS - before.cpuS)) / (look.atS - before.atS);
  });
  const spread = (values: readonly number[]) => ({
    min: Math.min(...values),
    max: Math.max(...values),
  });
  const residentMb = looks.map((look) => look.residentMb);
  harness.report("frames sent", "frame/s", account.sent / seconds);
  harness.report("frames applied", "frame", account.applied);
  harness.report("frames refused", "frame", refusedOf(account));
  harness.report("frames lost by kernel", "frame", account.lostByKernel);
  harness.report("frames unaccounted for", "frame", unaccounted(account));
  harness.report("CPU of the node", "% of a core", (100 * (last.cpuS - first.cpuS)) / seconds, {
    ...spread(shares),
  });
  harness.report("RSS of the node", "MB", last.residentMb, spread(residentMb));
}
