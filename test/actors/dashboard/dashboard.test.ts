import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../../actors/dashboard/board.ts";
import { dashboard } from "../../../actors/dashboard/dashboard.ts";
import type { HistorianStatus } from "../../../actors/historian/messages.ts";
import { createLeafTable, openLeafTable } from "../../../actors/leaf/leaf-table.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { NodeInfo } from "../../../transports/http/contract.ts";

const status: HistorianStatus = {
  type: "HistorianStatus",
  storeHealth: "full",
  readingsReceived: 3,
  readingsStored: 1,
  readingsWaiting: 2,
  dropped: {},
  commits: 1,
};

test("dashboard asks the historian how the store is, one question at a time, and says failed without an answer", async () => {
  const sim = simulate();
  const board = new Board(openLeafTable(createLeafTable({ rowsMax: 1 })));
  const asked: PromiseWithResolvers<HistorianStatus>[] = [];
  sim.system.spawn({
    id: "dashboard",
    start: () =>
      dashboard({
        board,
        hubs: () => [],
        node: () => ({}) as NodeInfo,
        tree: async () => [],
        historian: () => {
          const question = Promise.withResolvers<HistorianStatus>();
          asked.push(question);
          return question.promise;
        },
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const advance = async (ms: number) => {
    sim.advance(ms);
    await sim.settle();
  };
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
