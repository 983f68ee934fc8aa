/**
 * An hour of 500 leaves that report once a second, on the whole tree of a node over three threads: every
 * frame is applied and every reading is stored.
 */

import { ROOT_SUPERVISION } from "../../../actors/guardian.ts";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import fc from "../../support/fc.ts";
import { CHANNEL, openNode, sharedOf } from "../office-node.ts";
import { Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const SHAPE = { hubs: 2, leavesPerHub: 250, everyMs: 1_000, order: "fifo" } as const;
const THREADS = 3;
const SECONDS = 3_600;
/** As many small messages as a ring holds. */
const WAY_LETTERS_MAX = 2_900;
/** By then the log is sealed into blocks, which are quick to look through. */
const SEAL_MS = 400_000;
/** A look into each of 500 cells and more costs about as much as a second of work. */
const CHECK_EVERY_S = 60;
/** How often the leaves look whether they are due. */
const TICK_MS = 100;

export const hour: World = {
  name: "hour",
  about: "an hour of 500 leaves at 1 Hz on a whole node: every frame applied, every reading stored",
  steps: SECONDS,
  faultsMax: 0,
  seedsInTest: 0,
  faults: fc.constant({ fault: "none" }),
  async open(seed): Promise<Course> {
    const shared = sharedOf(SHAPE);
    const supervision = ROOT_SUPERVISION;
    const stage = new Stage({
      seed,
      threads: THREADS,
      fine: false,
      wayLettersMax: WAY_LETTERS_MAX,
      supervision,
      shared,
    });
    const { sim } = stage;
    const node = await openNode(sim, shared, SHAPE, seed);
    let seconds = 0;
    const tick = async (): Promise<void> => {
      for (const leaf of node.leaves) leaf.tick(sim.clock.nowMs());
      sim.advance(TICK_MS);
      await sim.promises();
    };
    return {
      sim,
      inflict() {},
      async step() {
        for (let ms = 0; ms < 1_000; ms += TICK_MS) await tick();
      },
      check() {
        seconds += 1;
        if (seconds % CHECK_EVERY_S === 0) stage.check();
        hold(stage.letters.length === 0, "no dead letter", () => JSON.stringify(stage.letters[0]));
      },
      async heal() {
        sim.advance(SEAL_MS);
        await stage.heal();
      },
      checkQuiet() {
        const applied = node.counters.reduce((sum, counters) => sum + counters.read().applied, 0);
        const sent = node.framesSent();
        const refused = () =>
          JSON.stringify([...node.counters, ...node.totals].map((each) => each.read().refused));
        hold(
          applied === sent,
          "every frame is applied",
          () => `${applied} of ${sent}: ${refused()}`,
        );
        for (const { hub, leafId, sentMs } of node.leaves) {
          const series = { hubNo: hub, leafId, channel: CHANNELS[CHANNEL].code };
          const range = { ...series, fromMs: 0, toMs: 1e15, limit: sentMs.length + 1 };
          const rows = queryHistory(node.disk.store, range);
          const isWhole =
            rows.length === sentMs.length && rows.every((row, i) => row.value === i + 1);
          const what = () => `${rows.length} of ${sentMs.length} of leaf ${leafId} at hub ${hub}`;
          hold(isWhole, "every reading is stored, once and in order", what);
        }
      },
    };
  },
};
