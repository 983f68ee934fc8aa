import assert from "node:assert/strict";
import { test } from "node:test";
import { hrefOf, parseRoute, VIEWS } from "../../web/src/route.ts";
import fc from "../support/fc.ts";

test("parseRoute() reads back what hrefOf() wrote, whatever the names hold", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...VIEWS),
      fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 3 }),
      fc.string({ unit: "grapheme" }),
      (view, rest, q) => {
        const route = parseRoute(hrefOf(view, rest, { q }));
        assert.deepEqual([route.view, route.rest, route.query.get("q")], [view, rest, q]);
      },
    ),
  );
});

test("parseRoute() shows the floor for an address that is none of ours, and never throws", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#main", "#/%E0%A4%A", "#/?q=%"]) {
    assert.equal(parseRoute(hash).view, "floor", hash);
  }
});
