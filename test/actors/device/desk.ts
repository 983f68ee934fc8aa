/** The devices actor between a broker in memory, a hub that answers as the test says, and an asker. */

import type { BusCommand } from "../../../actors/bus/messages.ts";
import { createDeviceCounters } from "../../../actors/device/device-counters.ts";
import { DEVICES_MAILBOX, type DevicesOptions, devices } from "../../../actors/device/devices.ts";
import type { DeviceAnswer, DevicesCommand } from "../../../actors/device/messages.ts";
import type { SwarmLeaf } from "../../../actors/device/swarm.ts";
import type { HubCommand } from "../../../actors/hub/messages.ts";
import type { CommandLeaf, CommandRecord } from "../../../actors/hub/outbox/messages.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { memoryBroker } from "../bus/memory-broker.ts";

export const HUB = "swarm_hub_01";

export const LEAVES: readonly SwarmLeaf[] = [
  { leafId: 3, name: "leaf_relay_01", sleeps: false },
  { leafId: 4, name: "leaf_4", sleeps: true },
];

export function startDevices(options: Partial<DevicesOptions> & { readonly seed?: number } = {}) {
  const { seed = 1, ...rest } = options;
  const sim = simulate({ seed });
  const broker = memoryBroker();
  const counters = createDeviceCounters();
  const hub = createProbe<HubCommand>(sim.system, "hub");
  const bus = createProbe<BusCommand>(sim.system, "bus");
  const asker = createProbe<DeviceAnswer>(sim.system, "asker");
  const ref = sim.system.spawn<DevicesCommand>({
    id: "devices",
    start: () =>
      devices({
        node: sim.system.node,
        hubs: [HUB],
        hub: () => hub.ref,
        swarm: {
          leaf: (_hub, leaf) =>
            LEAVES.find(({ leafId, name }) => name === leaf || String(leafId) === leaf),
          leaves: () => [],
        },
        policy: "status",
        connect: broker.connect,
        counters,
        ...rest,
      }),
    restart: "permanent",
    shutdownMs: 100,
    mailbox: DEVICES_MAILBOX,
  });
  sim.run();

  let calls = 0;
  /** Returns the call's id. */
  const call = (agentId: string, tool: string, args: object = {}, id = `c-${++calls}`): string => {
    const fields = { ...{ id, agentId, tool }, args: args as Record<string, unknown> };
    ref.tell({ type: "CallDevice", ...fields, replyTo: asker.ref });
    sim.run();
    return id;
  };
  /** The last request on the bus as its device sees it. */
  const asked = (): { topic: string; id: string; params: { name: string; arguments: object } } => {
    const last = broker.published.at(-1);
    if (last === undefined) throw new Error("nothing was asked");
    return { topic: last.topic, ...JSON.parse(last.payload) };
  };
  const say = (topic: string, payload: unknown, retained = false): void => {
    broker.say(topic, payload, retained);
    sim.run();
  };
  return { sim, broker, counters, hub, bus, asker, ref, call, asked, say };
}

/** What the hub was told to command, last. */
export function commanded({ hub }: ReturnType<typeof startDevices>): CommandLeaf {
  const last = hub.messages.at(-1);
  if (last?.type !== "CommandLeaf") throw new Error("no command reached the hub");
  return last;
}

export const recordOf = ({ leafId, id, order }: CommandLeaf): CommandRecord => ({
  ...order,
  ...{ hub: HUB, leafId, id, commandId: 1, createdAtMs: 0, sentAtMs: undefined },
  ...{ state: "queued", reason: undefined, endedAtMs: undefined },
});
