import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../../actors/dashboard/board.ts";
import { type DashboardOptions, dashboard } from "../../../actors/dashboard/dashboard.ts";
import { NOTHING_READ } from "../../../actors/dashboard/kernel-view.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianStatus } from "../../../actors/historian/messages.ts";
import { createLeafTable, openLeafTable } from "../../../actors/leaf/leaf-table.ts";
import type { OfficeEvent } from "../../../actors/zone/messages.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { Actor, NodeInfo } from "../../../transports/http/contract.ts";

const status: HistorianStatus = {
  type: "HistorianStatus",
  storeHealth: "full",
  readingsReceived: 3,
  readingsStored: 1,
  readingsWaiting: 2,
  dropped: {},
  commits: 1,
};

const actor = (path: string): Actor => ({
  path,
  parent: null,
  thread: 0,
  mailboxDepth: 0,
  mailboxCapacity: 64,
  processed: 0,
  failures: 0,
  restarts: 0,
  rate: null,
  times: null,
});

const start = (options: Partial<DashboardOptions> = {}) => {
  const sim = simulate();
  const board = new Board(openLeafTable(createLeafTable({ rowsMax: 1 })), {
    run: "1",
    nowMs: () => 0,
  });
  const ref = sim.system.spawn<DashboardCommand>({
    id: "dashboard",
    start: () =>
      dashboard({
        board,
        hubs: () => [],
        node: () => ({}) as NodeInfo,
        kernel: async () => NOTHING_READ,
        historian: async () => status,
        say: () => {},
        ...options,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const advance = async (ms: number) => {
    sim.advance(ms);
    await sim.settle();
  };
  return { ref, board, advance };
};

test("dashboard looks at a tree of 3,000 actors each third second", async () => {
  let reads = 0;
  const tree = Array.from({ length: 3_000 }, (_, index) => actor(`/user/${index}`));
  const { advance } = start({
    kernel: async () => {
      reads += 1;
      return { ...NOTHING_READ, actors: tree };
    },
  });
  for (let second = 0; second < 10; second++) await advance(1_000);
  assert.equal(reads, 4);
});

test("dashboard asks the historian how the store is, one question at a time, and says failed without an answer", async () => {
  const asked: PromiseWithResolvers<HistorianStatus>[] = [];
  const { board, advance } = start({
    historian: () => {
      const question = Promise.withResolvers<HistorianStatus>();
      asked.push(question);
      return question.promise;
    },
  });
  await advance(3_000);
  assert.deepEqual([asked.length, board.storeHealth], [1, "ok"]);
  asked[0]?.resolve(status);
  await advance(0);
  assert.deepEqual([board.storeHealth, board.historian], ["full", status]);
  await advance(1_000);
  asked[1]?.reject(new Error("no answer in time"));
  await advance(0);
  assert.deepEqual([board.storeHealth, board.historian], ["failed", status]);
});

test("dashboard says how the node's parts are, and leaves people and leaves to the page", async () => {
  const said: string[] = [];
  const { ref, board, advance } = start({ say: (sentence) => said.push(sentence) });
  const raise = (kind: OfficeEvent["kind"], message: string) =>
    ref.tell({
      type: "EventRaised",
      event: {
        ...{ id: message, atMs: 0, kind, severity: "info", message, data: {} },
        ...{ zone: undefined, hub: undefined, leafId: undefined },
      },
    });
  raise("person_entered", "Someone entered lab.");
  raise("broker_lost", "The MQTT broker is away.");
  raise("leaf_offline", "A leaf is silent.");
  raise("link_failed", "Link of swarm_hub_01 failed.");
  await advance(0);
  assert.deepEqual(said, ["The MQTT broker is away.", "Link of swarm_hub_01 failed."]);
  assert.equal(board.events().length, 4);
});
