import assert from "node:assert/strict";
import { test } from "node:test";
import {
  errorText,
  notificationText,
  RPC_BYTES_MAX,
  readRpc,
  requestText,
  resultText,
} from "../../../../transports/mcp/frames/json-rpc.ts";
import fc from "../../../support/fc.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

const TAKEN: readonly (readonly [frame: string, message: object])[] = [
  [
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    { kind: "request", id: 1, method: "ping", params: {} },
  ],
  [
    '{"id":"a","method":"call_tool","params":{"name":"x"}}',
    { kind: "request", id: "a", method: "call_tool", params: { name: "x" } },
  ],
  [
    '{"jsonrpc":"2.0","id":null,"method":"notifications/initialized"}',
    { kind: "notification", method: "notifications/initialized", params: {} },
  ],
  ['{"jsonrpc":"2.0","id":7,"result":null}', { kind: "result", id: 7, result: null }],
  ['{"id":7,"result":{"a":1},"error":null}', { kind: "result", id: 7, result: { a: 1 } }],
  ['{"result":3}', { kind: "result", id: undefined, result: 3 }],
  ['{"id":7,"error":"no"}', { kind: "error", id: 7, error: { code: undefined, message: "no" } }],
  [
    '{"id":7,"error":{"code":-32601,"message":"no"}}',
    { kind: "error", id: 7, error: { code: -32_601, message: "no" } },
  ],
];
for (const [frame, message] of TAKEN) {
  test(`readRpc() takes ${frame}`, () => {
    assert.deepEqual(readRpc(bytes(frame)), { ok: true, value: message });
  });
}

const REFUSED: readonly (readonly [name: string, frame: Uint8Array, fault: string])[] = [
  ["nothing", bytes(""), "badJson"],
  ["half a message", bytes('{"jsonrpc":"2.0"'), "badJson"],
  ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "badJson"],
  ["a text", bytes('"ping"'), "badMessage"],
  ["a batch", bytes('[{"jsonrpc":"2.0","id":1,"method":"ping"}]'), "badMessage"],
  ["another version", bytes('{"jsonrpc":"1.0","id":1,"method":"ping"}'), "badMessage"],
  ["neither method nor answer", bytes('{"jsonrpc":"2.0","id":1}'), "badMessage"],
  ["a method that is no text", bytes('{"id":1,"method":{}}'), "badMessage"],
  ["an empty method", bytes('{"id":1,"method":""}'), "badMessage"],
  ["a long method", bytes(JSON.stringify({ id: 1, method: "m".repeat(129) })), "badMessage"],
  ["params by place", bytes('{"id":1,"method":"ping","params":[1]}'), "badMessage"],
  ["an id that is an object", bytes('{"id":{},"method":"ping"}'), "badMessage"],
  ["an id beyond all numbers", bytes('{"id":1e999,"method":"ping"}'), "badMessage"],
  ["a long id", bytes(JSON.stringify({ id: "i".repeat(129), method: "ping" })), "badMessage"],
  ["33 levels", bytes(nested(33)), "tooDeep"],
  ["30,000 levels", bytes(nested(30_000)), "tooDeep"],
  ["one byte too many", new Uint8Array(RPC_BYTES_MAX + 1).fill(0x20), "tooLarge"],
];
for (const [name, frame, fault] of REFUSED) {
  test(`readRpc() refuses ${name}: ${fault}`, () => {
    assert.deepEqual(readRpc(frame), { ok: false, error: fault });
  });
}

test("readRpc() reads what our own texts say, and never throws, whatever the bytes", () => {
  const id = fc.oneof(fc.integer(), fc.string({ maxLength: 128 }));
  const method = fc.string({ minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(id, method, fc.jsonValue({ maxDepth: 5 }), (of, name, json) => {
      const value = JSON.parse(JSON.stringify(json));
      const request = readRpc(bytes(requestText(of, name, { value })));
      assert.deepEqual(request, {
        ok: true,
        value: { kind: "request", id: of, method: name, params: { value } },
      });
      assert.deepEqual(readRpc(bytes(resultText(of, value))), {
        ok: true,
        value: { kind: "result", id: of, result: value },
      });
      assert.equal(readRpc(bytes(notificationText(name))).ok, true);
      assert.equal(readRpc(bytes(errorText(of, -32_600, "no"))).ok, true);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void readRpc(any)));
});
