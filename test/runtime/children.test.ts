import assert from "node:assert/strict";
import { test } from "node:test";
import { Children } from "../../runtime/children.ts";
import type { Child } from "../../runtime/supervision.ts";
import fc from "../support/fc.ts";

const childOf = (id: string): Child => ({ id, place: -1 }) as Child;

/** Ids that count up, ids in no order, and what finds a child by its id and so makes the index. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: "count" } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), id: fc.nat(60) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("remove" as const), nth: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replace" as const), nth: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("get" as const), id: fc.nat(60) }) },
);

test("Children does what a map by id does, in the order of starting, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.nat(30), fc.array(step, { maxLength: 300, size: "max" }), (first, script) => {
      const children = new Children();
      const model = new Map<string, Child>();
      let serial = 0;
      const add = (id: string): void => {
        assert.equal(children.isFree(id), !model.has(id), id);
        if (model.has(id)) return;
        const child = childOf(id);
        children.add(child);
        model.set(id, child);
      };
      // So that ids that were counted meet others before there is an index.
      while (serial < first) add(`${serial++}`);
      for (const each of script) {
        const [...held] = model.values();
        const chosen = "nth" in each ? held[each.nth % Math.max(held.length, 1)] : undefined;
        if (each.do === "count") add(`${serial++}`);
        else if (each.do === "add") add(`${each.id}`);
        else if (each.do === "get") {
          assert.equal(children.get(`${each.id}`), model.get(`${each.id}`));
        } else if (chosen !== undefined && each.do === "remove") {
          assert.ok(children.holds(chosen));
          children.remove(chosen);
          model.delete(chosen.id);
          assert.ok(!children.holds(chosen));
        } else if (chosen !== undefined) {
          const other = childOf(chosen.id);
          children.replace(other);
          model.set(chosen.id, other);
          assert.ok(children.holds(other) && !children.holds(chosen));
        }
        assert.equal(children.count, model.size);
        assert.deepEqual(children.all(), [...model.values()]);
      }
    }),
  );
});
