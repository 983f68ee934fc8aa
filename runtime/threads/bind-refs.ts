/** Lets refs cross: tells the codec what a ref is, and the port's system how one is data. */
import { type ActorSystem, REF_CLASSES } from "../actor-system.ts";
import { registerRefClass } from "./record-codec.ts";
import type { RingPort } from "./ring-port.ts";

export function bindRefs(port: RingPort, system: ActorSystem): void {
  for (const refClass of REF_CLASSES) registerRefClass(refClass);
  port.bindRefs(system);
}
