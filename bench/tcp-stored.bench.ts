/**
 * One TCP connection, as fast as the node takes it: a C program sends the reports of 250 leaves to a whole
 * node with one worker thread, whose hub knows all of them.
 *
 *   leaf_sender ──COBS frames──▶ link ──▶ hub ──▶ leaf ──▶ row                    row
 *                                                     └──▶ historian ──▶ LMDB     stored row
 *
 * Frames of leaves that never registered end in their row; those of adopted leaves go all the way, to zone
 * and bus as well.
 *
 * TCP holds the sender back, so every frame has to be applied and every reading stored, or the bench
 * fails. Beside it Mosquitto and its own clients, which keep nothing.
 */
import { until } from "../test/support/until.ts";
import type { Bench, TimedWork } from "./harness.ts";
import { NO_CC } from "./peers/c-program.ts";
import { freeTcpPort, NO_MOSQUITTO, startMosquitto } from "./peers/mosquitto.ts";
import { startBenchNode } from "./rates/bench-node.ts";
import { adoptLeaves, WAIT } from "./rates/known-leaves.ts";
import { runLeafSender } from "./rates/leaf-sender.ts";

const LEAVES = 250;
/** As an office's leaf sends: temperature, humidity, pressure, CO2. */
const READINGS = 4;
/** Twenty of the historian's commits, and far longer than a process needs to start. */
const RUN_MS = 2_000;

export const tcpStored: Bench = {
  name: "tcp-stored",
  question: "How many frames a second go from a TCP stream to their stored row?",
  run: async (harness) => {
    if (NO_CC !== false) return harness.say(NO_CC);
    if (NO_MOSQUITTO !== false) harness.say(NO_MOSQUITTO);
    const mosquitto = NO_MOSQUITTO === false ? await startMosquitto() : undefined;
    const peers: Readonly<Record<string, TimedWork>> =
      mosquitto === undefined ? {} : { Mosquitto: mosquitto.deliver };
    const ports = [await freeTcpPort(), await freeTcpPort()] as const;
    const [strangersPort, port] = ports;
    const node = await startBenchNode({
      zones: [{ id: "main" }],
      // What is measured is the store; a bus that is to carry each reading has a bench of its own load.
      mqtt: { telemetry: { mode: "onChange", minIntervalS: 10 } },
      hubs: ports.map((each, index) => ({
        id: `hub_${index}`,
        zone: "main",
        link: `tcp://127.0.0.1:${each}`,
        adopt: index === 0 ? "registered" : "always",
        framesPerSecondMax: 1_000_000,
      })),
    });
    const contest = { unit: "frame", smoke: 1_000, runMs: RUN_MS, peers };
    let sentByStrangers = 0;
    try {
      await harness.compareTimed({
        ...contest,
        name: `TCP stream to visible row, ${READINGS} readings a frame`,
        ours: async (frames) => {
          const before = await node.frames();
          const startedAt = performance.now();
          await runLeafSender("tcp", strangersPort, LEAVES, READINGS, frames);
          await until(async () => (await node.frames()).frames - before.frames === frames, {
            ...WAIT,
            what: () => "every frame is in its row",
          });
          sentByStrangers += frames;
          return performance.now() - startedAt;
        },
      });
      const leaves = await adoptLeaves(node, port, { leaves: LEAVES, readings: READINGS });
      await harness.compareTimed({
        ...contest,
        name: `TCP stream to stored row, ${READINGS} readings a frame`,
        ours: leaves.store,
        aims: [{ peer: "Mosquitto", atLeast: 5 }],
      });
      const sent = sentByStrangers + leaves.sent;
      await until(async () => (await node.account()).applied === sent, {
        ...WAIT,
        what: () => `all ${sent} frames are applied`,
      });
    } finally {
      await node.stop();
      await mosquitto?.stop();
    }
  },
};
