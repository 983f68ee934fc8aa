/**
 * What every leaf of wire v2 does, whatever language it is written in: one suite, in virtual time, against
 * a hub in the simplest words. A leaf's driver takes a line (`start`, `tick`, `hear`, `fail`) and answers
 * with `send`, `did` and `wait` (firmware/test/sealed_leaf_driver.c).
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chance } from "../../firmware/emulated/chance.ts";
import { fromHex, toHex } from "../../transports/frame/hex.ts";
import fc from "../support/fc.ts";
import { commandOf, HubModel, LEAF_ID } from "./sealed-hub-model.ts";

/** A leaf on a new board; it remembers what it notes as long as its driver lives. */
export interface LeafDriver {
  do(line: string): Promise<readonly string[]>;
  close(): void;
}

const EVERY_MS = 1000;

async function atHub(driver: LeafDriver) {
  const hub = new HubModel();
  let nowMs = 0;
  const office = {
    hub,
    did: [] as string[],
    loses: (_direction: "up" | "down"): boolean => false,
    nowMs: () => nowMs,
    async start(): Promise<void> {
      await office.act(`start ${nowMs} ${EVERY_MS}`);
    },
    async tell(frame: Uint8Array): Promise<void> {
      if (!office.loses("down")) await office.act(`hear ${nowMs} ${toHex(frame)}`);
    },
    async act(line: string): Promise<number> {
      const lines = await driver.do(line);
      let waitMs = Number.NaN;
      const answers: Uint8Array[] = [];
      for (const one of lines) {
        const [what, ...rest] = one.split(" ");
        if (what === "wait") waitMs = Number(rest[0]);
        else if (what === "did") office.did.push(rest.join(" "));
        else {
          const frame = fromHex(rest[0] ?? "");
          assert.ok(frame !== undefined && what === "send", one);
          hub.sealed(frame);
          if (!office.loses("up")) answers.push(...hub.hear(frame, nowMs));
        }
      }
      for (const answer of answers) await office.tell(answer);
      return waitMs;
    },
    async run(seconds: number): Promise<void> {
      const untilMs = nowMs + seconds * 1000;
      while (nowMs < untilMs) {
        const waitMs = await office.act(`tick ${nowMs}`);
        assert.ok(waitMs >= 0, "a leaf says when it wants to be called");
        nowMs = Math.min(untilMs, nowMs + Math.max(1, Math.min(waitMs, 1000)));
      }
    },
  };
  await office.start();
  return office;
}

const outcomes = (hub: HubModel): (string | undefined)[] =>
  hub.of("RESULT").map(({ results }) => results[0]?.outcome);

export function describeSealedLeaf(
  name: string,
  { skip, runs }: { readonly skip: string | false; readonly runs: number },
  open: () => Promise<LeafDriver>,
): void {
  const withLeaf = async (
    use: (office: Awaited<ReturnType<typeof atHub>>) => Promise<void>,
  ): Promise<void> => {
    const driver = await open();
    try {
      await use(await atHub(driver));
    } finally {
      driver.close();
    }
  };

  describe(`the sealed leaf in ${name}`, { skip }, () => {
    test("pairs, registers, and reports from then on", () =>
      withLeaf(async ({ hub, run }) => {
        await run(5);
        assert.equal(hub.taken.at(-1)?.frame.leafId, LEAF_ID);
        assert.deepEqual(hub.of("REGISTER")[0]?.capabilities, ["temperature", "humidity", "relay"]);
        assert.deepEqual(
          hub.readings("temperature").map(([, value]) => value),
          [1, 2, 3, 4],
        );
        assert.deepEqual(hub.readings("humidity"), [], "what is no number is left out");
      }));

    test("asks again while nobody takes it in", () =>
      withLeaf(async ({ hub, run }) => {
        hub.isOpenForPairing = false;
        await run(5);
        assert.equal(hub.refused, 5);
        hub.isOpenForPairing = true;
        await run(3);
        assert.equal(hub.of("REGISTER").length, 1);
      }));

    test("keeps what it measures while the hub is away, and sends it with its age", () =>
      withLeaf(async (office) => {
        await office.run(5);
        office.loses = () => true;
        await office.run(25);
        office.loses = () => false;
        await office.run(20);
        const readings = office.hub.readings("temperature").sort(([a], [b]) => a - b);
        assert.deepEqual(
          readings.map(([, value]) => value),
          readings.map((_, n) => n + 1),
        );
        assert.ok(readings.length >= 47);
        for (const [index, [atMs]] of readings.entries()) {
          assert.equal(atMs, (readings[0]?.[0] ?? 0) + index * EVERY_MS);
        }
      }));

    test("loses few readings to a link that loses frames, tells how many, and sends none twice (property)", () =>
      fc.assert(
        fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 50 }), (seed, percent) =>
          withLeaf(async (office) => {
            await office.run(3);
            const chance = new Chance(seed);
            office.loses = () => chance.next() * 100 < percent;
            await office.run(60);
            office.loses = () => false;
            await office.run(40);
            const values = office.hub.readings("temperature").map(([, value]) => value);
            assert.equal(new Set(values).size, values.length, "none came twice");
            const missing = Math.max(...values) - values.length;
            const dropped = office.hub.of("HEARTBEAT").at(-1)?.dropped ?? 0;
            assert.ok(missing <= dropped, `${missing} are missing, ${dropped} were dropped`);
            if (percent <= 5) assert.equal(missing, 0);
          }),
        ),
        { numRuns: runs },
      ));

    test("never uses a counter twice, whatever restarts, changes of keys and losses come (property)", () => {
      const step = fc.oneof(
        fc.constant("run"),
        fc.constantFrom("run", "restart", "reset", "rekey", "lose", "heal"),
      );
      return fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
          withLeaf(async (office) => {
            const { hub } = office;
            await office.run(2);
            let commandId = 0;
            for (const one of steps) {
              if (one === "restart") await office.start();
              else if (one === "rekey") await office.tell(hub.rekey());
              else if (one === "lose") office.loses = () => true;
              else if (one === "heal") office.loses = () => false;
              else if (one === "run") await office.run(2);
              else {
                commandId += 1;
                await office.tell(hub.says(commandOf(commandId, "reset")));
              }
            }
            office.loses = () => false;
            await office.run(10);
            const before = hub.readings("temperature").length;
            await office.run(10);
            assert.ok(hub.readings("temperature").length >= before + 9, "it is with its hub again");
          }),
        ),
        { numRuns: runs },
      );
    });

    test("stays silent while it cannot note its epoch", () =>
      withLeaf(async (office) => {
        await office.run(3);
        const before = office.hub.taken.length;
        await office.act("fail 1");
        await office.start();
        await office.run(5);
        assert.equal(office.hub.taken.length, before);
        await office.act("fail 0");
        await office.run(5);
        assert.ok(office.hub.taken.length > before);
        assert.equal(office.hub.taken.at(-1)?.frame.epoch, 2);
      }));

    test("goes on above a counter that its hub names", () =>
      withLeaf(async ({ hub, run, tell }) => {
        await run(3);
        const ack = { ackEpoch: 90, ackSequence: 7, seenBefore: 0xffffffff };
        await tell(hub.says({ type: "ACK", ...ack }));
        await run(3);
        assert.equal(hub.taken.at(-1)?.frame.epoch, 91);
      }));

    test("runs a command once however often it comes, and answers each time alike", () =>
      withLeaf(async (office) => {
        const { hub, tell } = office;
        await office.run(2);
        await tell(hub.says(commandOf(5, "set_state", { on: true })));
        await tell(hub.says(commandOf(5, "set_state", { on: true })));
        await office.start();
        await tell(hub.says(commandOf(5, "set_state", { on: true })));
        await tell(hub.says(commandOf(4, "set_state", { on: false })));
        await tell(hub.says(commandOf(6, "set_interval", { intervalS: 0 })));
        await tell(hub.says(commandOf(7, "set_pwm", { duty: 1 })));
        await tell(hub.says({ ...commandOf(8, "reset"), command: 99, argsHex: "c0ffee" }));
        assert.deepEqual(office.did, ["set_state 1"]);
        assert.deepEqual(outcomes(hub), [
          ...["applied", "applied", "applied", "stale"],
          ...["bad_argument", "not_able", "unknown_command"],
        ]);
      }));

    test("runs no command twice, in any order, repeated at will and over restarts (property)", () => {
      const order = fc.array(
        fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant("restart" as const)),
        { maxLength: 60 },
      );
      return fc.assert(
        fc.asyncProperty(order, (steps) =>
          withLeaf(async (office) => {
            await office.run(2);
            for (const step of steps) {
              if (step === "restart") await office.start();
              else await office.tell(office.hub.says(commandOf(step, "set_state", { on: true })));
            }
            const applied = new Set(
              office.hub
                .of("RESULT")
                .filter(({ results }) => results[0]?.outcome === "applied")
                .map(({ results }) => results[0]?.commandId),
            );
            assert.equal(office.did.length, applied.size);
          }),
        ),
        { numRuns: runs },
      );
    });

    test("sleeps and resets after it has answered", () =>
      withLeaf(async (office) => {
        const { hub, tell } = office;
        await office.run(2);
        await tell(hub.says(commandOf(1, "deep_sleep", { sleepMs: 5000 })));
        const before = hub.taken.length;
        await office.run(4);
        assert.equal(hub.taken.length, before);
        await office.run(3);
        assert.equal(hub.of("WAKE_NOTIFY").length, 1);
        await tell(hub.says(commandOf(2, "reset")));
        await office.run(2);
        assert.deepEqual(outcomes(hub), ["applied", "applied"]);
        assert.equal(hub.of("REGISTER").length, 2);
      }));

    test("changes its key when it is told, keeps to it over a restart, and takes the same key again", () =>
      withLeaf(async (office) => {
        const { hub, tell } = office;
        await office.run(2);
        office.loses = (direction) => direction === "up";
        await tell(hub.rekey());
        await tell(hub.rekey());
        await office.start();
        office.loses = () => false;
        await office.run(3);
        assert.equal(hub.taken.at(-1)?.frame.keyNo, 2);
        await tell(hub.says(commandOf(1, "set_state", { on: true })));
        assert.deepEqual(office.did, ["set_state 1"]);
      }));

    test("obeys a newer configuration alone, and tells its version", () =>
      withLeaf(async (office) => {
        const { hub, tell } = office;
        await office.run(2);
        const config = (version: number, valueHex: string) =>
          hub.says({ type: "CONFIG", configVersion: version, settings: [{ key: 1, valueHex }] });
        await tell(config(3, "0a00"));
        await tell(config(2, "0100"));
        assert.equal(hub.of("HEARTBEAT").at(-1)?.configVersion, 3);
        await office.start();
        const before = hub.readings("temperature").length;
        await office.run(30);
        assert.equal(hub.readings("temperature").length - before, 3);
      }));

    test("sets its clock, reports when it is woken, and takes each frame of its hub once", () =>
      withLeaf(async (office) => {
        const { hub, tell } = office;
        await office.run(2);
        const older = hub.says(commandOf(1, "set_state", { on: true }));
        const time = hub.says({ type: "TIME_SYNC", unixMs: 1_790_000_000_123 });
        await tell(time);
        await tell(time);
        await tell(older);
        assert.deepEqual(office.did, ["set_clock 1790000000"]);
        const before = hub.readings("temperature").length;
        await tell(hub.says({ type: "WAKE" }));
        await office.act(`tick ${office.nowMs()}`);
        assert.equal(hub.readings("temperature").length, before + 1);
      }));

    test("makes nothing of bytes that are no frame for it (property)", () =>
      withLeaf(async (office) => {
        await office.run(2);
        const sound = office.hub.says(commandOf(1, "set_state", { on: true }));
        const likely = fc.tuple(fc.nat(8 * sound.length - 1)).map(([bit]) => {
          const bytes = sound.slice();
          bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
          return bytes;
        });
        const before = office.hub.taken.length;
        await fc.assert(
          fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 260 }), likely), (bytes) =>
            office.tell(bytes),
          ),
          { numRuns: 10 * runs },
        );
        assert.deepEqual(office.did, []);
        assert.equal(office.hub.taken.length, before);
        await office.tell(sound);
        assert.deepEqual(office.did, ["set_state 1"]);
      }));
  });
}
