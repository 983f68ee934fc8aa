/**
 * 500 leaves on two hubs at 1 Hz for a minute, sent by processes of their own over UDP to a node
 * process. Fails when a frame is unaccounted for:
 *
 *   sent = applied + refused by reason + lost in the kernel's socket buffer
 */
import { until } from "../../test/support/until.ts";
import type { State } from "../../transports/http/contract.ts";
import type { Bench, Harness } from "../harness.ts";
import { accountedFor, accountLine, accountOf, type FrameAccount, sumOf } from "./frame-account.ts";
import { type Office, openOffice } from "./office.ts";
import { cpuOf, type Look, spreadOf, watchProcess } from "./watch-process.ts";

const HUBS = 2;
const FULL = { leaves: 500, everyMs: 1_000, forMs: 60_000, lookEveryMs: 5_000 } as const;
/** Seconds in `npm test`; the cadence makes it 600 frames. */
const SMOKE = { leaves: 60, everyMs: 250, forMs: 2_500, lookEveryMs: 1_000 } as const;

/** What the last frame may take from a socket to its count, on a machine that is busy. */
const SETTLE_MS_MAX = 15_000;

export const fiveHundredLeaves: Bench = {
  name: "leaves-500",
  question: "What do 500 leaves at 1 Hz cost a node, and is every frame accounted for?",
  run: async (harness) => {
    const length = harness.smoke ? SMOKE : FULL;
    const office = await openOffice(HUBS);
    try {
      const leaves = office.sendLeaves(length);
      const looks = await watchProcess(office.node.file.pid, length, harness.say);
      const summaries = await Promise.all(leaves.map((leaf) => leaf.summary));
      const sent = summaries.reduce((sum, { link }) => sum + link.framesSent, 0);
      const account = await settled(office, sent);
      harness.say(accountLine(sent, account));
      report(sent, account, looks, harness);
    } finally {
      await office.close();
    }
  },
};

/** The account once nothing moves between socket and row any more; unbalanced when that never comes. */
async function settled({ node }: Office, sent: number): Promise<FrameAccount> {
  let account: FrameAccount | undefined;
  await until(
    async () => {
      account = accountOf((await node.json<State>("/api/state")).hubs);
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

function report(
  sent: number,
  account: FrameAccount,
  looks: readonly Look[],
  harness: Harness,
): void {
  const last = looks.at(-1) as Look;
  const seconds = last.atS - (looks[0] as Look).atS;
  const { share, ...shares } = cpuOf(looks);
  harness.report("frames sent", "frame/s", sent / seconds);
  harness.report("frames applied", "frame", account.applied);
  harness.report("frames refused", "frame", sumOf(account.refused));
  harness.report("frames lost by kernel", "frame", account.lostByKernel);
  harness.report("frames unaccounted for", "frame", sent - accountedFor(account));
  harness.report("CPU of the node", "% of a core", share, shares);
  const residentMb = looks.map((look) => look.residentMb);
  harness.report("RSS of the node", "MB", last.residentMb, spreadOf(residentMb));
}
