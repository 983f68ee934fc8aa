import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonStream } from "../../../transports/http/json-stream.ts";

function* leaves(count: number, onRead: (no: number) => void = () => {}): Generator<object> {
  for (let no = 0; no < count; no += 1) {
    onRead(no);
    yield { no, name: `leaf "${no}" 温度` };
  }
}

for (const count of [0, 1, 199, 200, 201, 1_000]) {
  test(`jsonStream() of ${count} entries is the JSON of the whole`, async () => {
    const around = { nodes: [{ a: 1 }], kernel: null, text: "x" };
    const text = (await jsonStream({ ...around, leaves: leaves(count), tree: [] }).toArray()).join(
      "",
    );
    assert.equal(text, JSON.stringify({ ...around, leaves: [...leaves(count)], tree: [] }));
  });
}

test("jsonStream() lets others have their turns between pieces, and reads no further than it is read", async () => {
  let read = 0;
  const stream = jsonStream({ leaves: leaves(10_000, (no) => (read = no + 1)) });
  let turns = 0;
  let isRunning = true;
  const turn = (): void => {
    turns += 1;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  assert.ok(read < 10_000, `${read} entries were read for the first piece`);
  while (!(await iterator.next()).done);
  isRunning = false;
  assert.equal(read, 10_000);
  assert.ok(turns >= 10_000 / 200, `others had ${turns} turns`);
});
