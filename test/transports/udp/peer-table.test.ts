import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerTable } from "../../../transports/udp/peer-table.ts";
import fc from "../../support/fc.ts";

test("PeerTable behaves like a list of the peers heard last, for any order of senders", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ host: fc.integer({ min: 1, max: 3 }), port: fc.integer({ min: 1, max: 4 }) }),
      ),
      fc.integer({ min: 1, max: 6 }),
      (senders, peersMax) => {
        const table = new PeerTable(peersMax);
        const numbers = new Set<number>();
        /** Oldest first. */
        let model: { key: string; number: number }[] = [];
        for (const { host, port } of senders) {
          const address = `10.0.0.${host}`;
          const key = `${address}:${port}`;
          const known = model.find((entry) => entry.key === key);
          const heard = table.hear(address, port);
          assert.equal(heard?.number, known?.number);
          const peer = heard ?? table.add(address, port);
          if (known === undefined) assert.ok(!numbers.has(peer.number), "a number is given once");
          numbers.add(peer.number);
          model = [...model.filter((entry) => entry.key !== key), { key, number: peer.number }];
          model = model.slice(-peersMax);
          assert.equal(table.size, model.length);
          for (const number of numbers) {
            assert.equal(
              table.find(number) !== undefined,
              model.some((entry) => entry.number === number),
            );
          }
        }
      },
    ),
  );
});
