import assert from "node:assert/strict";
import { endianness } from "node:os";
import { describe, test } from "node:test";
import { findSocket, readKernelSocket } from "../../../transports/udp/socket-table.ts";

const HEAD =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
const TABLE = `${HEAD}\
  345: 0200007F:1645 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 11 2 0000000000000000 99\n\
  345: 0100007F:1645 00000000:0000 07 00000000:00034B00 00:00000000 00000000     0        0 12 2 0000000000000000 4711\n`;
const TABLE6 = `${HEAD}\
  345: 00000000000000000000000001000000:1645 00000000000000000000000000000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 13 2 0000000000000000 12\n\
  346: B80D0120000000000000000067452301:1645 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 14 2 0000000000000000 13\n`;

describe("findSocket()", {
  skip: endianness() === "BE" && "the samples are from a little-endian machine",
}, () => {
  test("finds waiting bytes and drops by address and port", () => {
    assert.deepEqual(findSocket(TABLE, "127.0.0.1", 5701), {
      waitingBytes: 0x34b00,
      dropped: 4711,
    });
    assert.deepEqual(findSocket(TABLE, "127.0.0.2", 5701), { waitingBytes: 0, dropped: 99 });
  });

  test("finds IPv6 sockets however the address is written", () => {
    assert.deepEqual(findSocket(TABLE6, "::1", 5701), { waitingBytes: 0x300, dropped: 12 });
    assert.deepEqual(findSocket(TABLE6, "0:0:0:0:0:0:0:1", 5701), {
      waitingBytes: 0x300,
      dropped: 12,
    });
    assert.equal(findSocket(TABLE6, "2001:db8::123:4567", 5701)?.dropped, 13);
  });

  test("answers undefined for a socket that is not there and for a table it cannot read", () => {
    assert.equal(findSocket(TABLE, "127.0.0.1", 5702), undefined);
    assert.equal(findSocket("", "127.0.0.1", 5701), undefined);
    assert.equal(findSocket("0: 0100007F:1645 nonsense", "127.0.0.1", 5701), undefined);
  });
});

test("readKernelSocket() answers undefined where nobody listens", () => {
  // Port 0 is never a socket's own.
  assert.equal(readKernelSocket("127.0.0.1", 0), undefined);
});
