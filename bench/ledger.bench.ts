/**
 * Transfers a second through the ledger's actor, each answered when it is on disk, and the same in PostgreSQL on the
 * same disk in the same run.
 *
 *   order ──▶ ledger ──one commit for all that wait──▶ LMDB ──▶ answer
 *   SELECT post(…) on 16 connections ──a commit each, grouped by the server──▶ WAL ──▶ answer
 *
 * One hot account: every transfer takes from the same one, which a database locks row by row. Many: pairs among 1,000.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { LEDGER_MAILBOX, ledger } from "../actors/ledger/ledger.ts";
import type { AccountId, LedgerAnswer, LedgerCommand } from "../actors/ledger/messages.ts";
import { verifyLedger } from "../actors/ledger/verify.ts";
import { createActorSystem } from "../runtime/actor-system.ts";
import { receive, same } from "../runtime/behavior.ts";
import { invariant } from "../runtime/invariant.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import type { Bench, Work } from "./harness.ts";
import { noPostgres } from "./peers/postgres.ts";
import { openPostgresLedger } from "./peers/postgres-ledger.ts";

const ACCOUNTS = 1_000;
/** As many askers as wait at once; a database has as many connections as it makes use of. */
const UNDER_WAY_MAX = 512;
const CONNECTIONS = 16;
const SMOKE = 50;
const PEER = "PostgreSQL";

export const ledgerBench: Bench = {
  name: "ledger",
  question: "How many transfers of points a second are durable before they are answered?",
  run: async (harness) => {
    const without = await noPostgres();
    if (without !== false) harness.say(without);
    const accounts = Array.from({ length: ACCOUNTS }, (_, i): AccountId => `person:${i + 1}`);
    const ours = await openOurs(accounts);
    const peer =
      without === false
        ? await openPostgresLedger(["issuer", ...accounts], CONNECTIONS)
        : undefined;
    const pairs = {
      "one hot account": (n: number) => ["person:1", accounts[1 + (n % (ACCOUNTS - 1))]] as const,
      "many accounts": (n: number) =>
        [accounts[(n * 7) % ACCOUNTS], accounts[(n * 7 + 1 + (n % 500)) % ACCOUNTS]] as const,
    } as const;
    try {
      for (const [name, pairOf] of Object.entries(pairs)) {
        const list = (units: number) =>
          Array.from({ length: units }, (_, n) => pairOf(n) as readonly [AccountId, AccountId]);
        const peers: Record<string, Work> =
          peer === undefined ? {} : { [PEER]: (units) => peer.post(list(units)) };
        await harness.compare({
          name: `transfers, ${name}`,
          unit: "transfer",
          smoke: SMOKE,
          runMs: 1_000,
          ours: (units) => ours.post(list(units), UNDER_WAY_MAX),
          peers,
        });
      }
      await harness.compare({
        name: "transfers, one at a time",
        unit: "transfer",
        smoke: 5,
        ours: (units) =>
          ours.post(
            Array.from({ length: units }, () => ["person:1", "person:2"]),
            1,
          ),
      });
      harness.report("transfers verified anew", "transfer/s", ours.verify());
    } finally {
      await ours.close();
      await peer?.close();
    }
  },
};

async function openOurs(accounts: readonly AccountId[]) {
  const dir = mkdtempSync(join(tmpdir(), "mycel-bench-"));
  const store = openLmdbStore({ dir });
  const system = createActorSystem({ node: "bench" });
  const child = { restart: "permanent", shutdownMs: 1_000 } as const;
  const nobody = system.spawn<unknown>({
    id: "nobody",
    start: () => receive(() => same),
    ...child,
  });
  const ref = system.spawn<LedgerCommand>({
    id: "ledger",
    start: () => ledger({ store, dashboard: nobody }),
    mailbox: LEDGER_MAILBOX,
    ...child,
  });
  let answered = 0;
  const ear = system.spawn<LedgerAnswer>({
    id: "ear",
    start: () =>
      receive((answer) => {
        invariant(answer.type === "TransferPosted" && !answer.repeated, "each is posted once");
        answered += 1;
        return same;
      }),
    mailbox: { capacity: 1_000_000, overflow: "refuse" },
    ...child,
  });
  let last = 0;
  const tell = (from: AccountId, to: AccountId, amountMilli: number): void => {
    const order = {
      id: `order-${last++}`,
      kind: "adjustment" as const,
      legs: [
        { account: from, amountMilli: -amountMilli },
        { account: to, amountMilli },
      ],
      memo: "",
      causeId: null,
    };
    invariant(ref.tell({ type: "PostTransfer", order, replyTo: ear }), "no order is refused");
  };
  const post = async (
    pairs: readonly (readonly [AccountId, AccountId])[],
    underWayMax: number,
    amountMilli = 1,
  ): Promise<void> => {
    const end = answered + pairs.length;
    for (const [n, [from, to]] of pairs.entries()) {
      tell(from, to, amountMilli);
      while (n + 1 - (pairs.length - (end - answered)) >= underWayMax) await turn();
    }
    while (answered < end) await turn();
  };
  await post(
    accounts.map((account) => ["issuer", account] as const),
    UNDER_WAY_MAX,
    1_000_000_000,
  );
  return {
    post,
    /** Transfers worked out anew a second, all of them. */
    verify: (): number => {
      const startedAt = performance.now();
      const { mistake, transfers } = verifyLedger(store);
      invariant(mistake === undefined, `the ledger is sound: ${mistake?.what}`);
      return (transfers * 1_000) / (performance.now() - startedAt);
    },
    close: async () => {
      await system.shutdown();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
