/** A worker without actors that does what the test's messages say. */
import { joinNode } from "../../../runtime/threads/worker-side.ts";
import { runPortLoop } from "./port-loop.ts";
import { fillRecord, recordFault } from "./record-stream.ts";
import { GATE, SCRIPT, type Script, STREAM, type Told } from "./scripted-messages.ts";

const side = joinNode({ onPeerLost() {}, onPeerReplaced() {}, async onStop() {} });
const { port } = side;
const tell = (message: Told): void => loop.push(() => port.send(0, 2, SCRIPT, message));

const heard = new Map<number, { count: number; fault: string | undefined }>();
const hear = (from: number, check: (sequence: number) => string | undefined): void => {
  const stream = heard.get(from) ?? { count: 0, fault: undefined };
  stream.fault ??= check(stream.count);
  stream.count += 1;
  heard.set(from, stream);
};

const loop = runPortLoop(port, {
  onBytes(from, target, bytes, start, end, tag, atMs) {
    if (target === STREAM) {
      hear(from, (sequence) =>
        tag !== sequence || atMs !== sequence / 2
          ? `record ${sequence}: arrived as ${tag}`
          : recordFault(sequence, bytes, start, end),
      );
    } else {
      const copy = bytes.slice(start, end);
      loop.push(() => port.sendBytes(from, target, copy, 0, copy.length, tag, atMs));
    }
  },
  onDamaged(_from, _target, cause) {
    throw cause;
  },
  onMessage(from, _lane, target, message) {
    if (target === STREAM) {
      const { sequence, end } = message as { sequence: number; end: boolean };
      if (end) {
        const { count, fault } = heard.get(from) ?? { count: 0, fault: undefined };
        tell({ told: "streamEnd", from, count, fault });
      } else {
        hear(from, (expected) =>
          sequence === expected ? undefined : `object ${expected}: ${sequence}`,
        );
      }
    } else {
      act(message as Script);
    }
  },
});

function act(script: Script): void {
  switch (script.do) {
    case "echo":
      tell({ told: "echo", value: script.value, epoch: side.start.epoch });
      return;
    case "log":
      for (let i = 0; i < script.count; i += 1) side.log.info({ i }, "line");
      return;
    case "stream":
      stream(script.to, script.count);
      return;
    case "block": {
      const gate = new Int32Array(side.start.shared[GATE] as SharedArrayBuffer);
      Atomics.add(gate, 1, 1);
      Atomics.wait(gate, 0, 0);
      return;
    }
    case "throw":
      throw new Error("thrown outside any actor");
    case "reject":
      void Promise.reject(new Error("rejected outside any actor"));
      return;
    case "exit":
      process.exit(3);
      return;
    case "outOfMemory": {
      // Not an array: growing one, Node mostly ends the whole process instead of the worker.
      let kept: unknown;
      for (let i = 0; ; i += 1) kept = { i, text: `kept ${i}`, kept };
    }
    case "hang":
      for (;;);
  }
}

function stream(to: number, count: number): void {
  const record = new Uint8Array(20_000);
  let sequence = 0;
  // Runs until the ring is full, then is called again when there is room.
  const run = (): boolean => {
    for (; sequence < count; sequence += 1) {
      const sent =
        sequence % 10 === 9
          ? port.send(to, 2, STREAM, { sequence, end: false })
          : port.sendBytes(
              to,
              STREAM,
              record,
              0,
              fillRecord(sequence, record),
              sequence,
              sequence / 2,
            );
      if (!sent) return false;
    }
    return port.send(to, 2, STREAM, { sequence, end: true });
  };
  loop.push(run);
}

side.ready();
