/** A hub's connection in a process of its own, to be killed: `node presence-process.ts URL`. */
import { systemClock } from "../../../runtime/clock.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { PASSWORD, USER } from "./brokers.ts";

export const presence = { topic: "status/hub", online: "online", offline: "offline" };

if (import.meta.main) {
  createMqttConnections({
    url: process.argv[2] ?? "",
    user: USER,
    password: PASSWORD,
    clock: systemClock,
    random: () => 0,
  }).connect({ clientId: "hub", presence });
}
