/**
 * What each setting alone cannot show: names used twice, zones that do not exist, halves of a pair.
 * Works on settings that may have other mistakes, so that all of them are reported at once.
 */
import { z } from "zod";
import { gatewayPlace, portlessHost } from "./addresses.ts";

export interface Mistake {
  /** As in `hubs[1].zone`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

const text = z.string().optional().catch(undefined);
const half = z.object({ user: z.unknown(), password: z.unknown() }).partial().catch({});
const list = <T extends z.ZodType>(item: T) => z.array(item).catch([]);

/** The part of the settings that is compared here; whatever has the wrong shape is passed over. */
const outlineSchema = z.object({
  http: half,
  mqtt: z
    .object({
      user: z.unknown(),
      password: z.unknown(),
      users: list(
        z.object({ id: text, passwordHash: z.unknown() }).partial().catch({ id: undefined }),
      ),
      broker: text,
      trustedZones: list(text),
      tls: z.object({ clientCa: z.unknown() }).partial().catch({}),
      cert: z.unknown(),
      key: z.unknown(),
    })
    .partial()
    .catch({}),
  zones: list(z.object({ id: text }).catch({ id: undefined })),
  hubs: list(
    z
      .object({
        id: text,
        zone: text,
        link: text,
        allow: list(z.unknown()),
        leavesMax: z.number().default(256).catch(256),
        leaves: list(
          z.object({
            id: z.number().optional().catch(undefined),
            name: text,
            zone: text,
          }),
        ),
      })
      .catch({
        id: undefined,
        zone: undefined,
        link: undefined,
        allow: [],
        leavesMax: 256,
        leaves: [],
      }),
  ),
  gateways: list(z.object({ id: text, link: text }).catch({ id: undefined, link: undefined })),
  emulate: z.unknown().optional(),
});

export function findContradictions(settings: unknown): readonly Mistake[] {
  const parsed = outlineSchema.safeParse(settings);
  if (!parsed.success) return [];
  const { http, mqtt, zones, hubs, gateways, emulate } = parsed.data;
  const mistakes: Mistake[] = [];
  const zoneIds = new Set(zones.map((zone) => zone.id));

  const refuseRepeats = (values: readonly unknown[], pathOf: (index: number) => string) => {
    const seen = new Set();
    for (const [index, value] of values.entries()) {
      if (value === undefined) continue;
      if (seen.has(value))
        mistakes.push({ path: pathOf(index), message: `${value} is there twice` });
      seen.add(value);
    }
  };
  const refuseUnknownZone = (zone: string | undefined, path: string) => {
    if (zone !== undefined && !zoneIds.has(zone))
      mistakes.push({ path, message: `no zone ${zone}; there are: ${[...zoneIds].join(", ")}` });
  };

  refuseRepeats(
    zones.map((zone) => zone.id),
    (index) => `zones[${index}].id`,
  );
  refuseRepeats(
    hubs.map((hub) => hub.id),
    (index) => `hubs[${index}].id`,
  );
  refuseRepeats(
    // Without a port each hub gets one of its own.
    hubs.map(({ link }) => (portlessHost(link ?? "") === undefined ? link : undefined)),
    (index) => `hubs[${index}].link`,
  );
  refuseRepeats(
    gateways.map((gateway) => gateway.id),
    (index) => `gateways[${index}].id`,
  );
  refuseRepeats(
    gateways.map((gateway) => gateway.link),
    (index) => `gateways[${index}].link`,
  );
  for (const [index, { link }] of gateways.entries()) {
    if (link !== undefined && hubs.some((hub) => hub.link === link))
      mistakes.push({ path: `gateways[${index}].link`, message: "a hub has this link" });
  }
  const gatewayIds = new Set(gateways.map((gateway) => gateway.id));
  for (const [hubIndex, hub] of hubs.entries()) {
    const path = `hubs[${hubIndex}]`;
    const place = gatewayPlace(hub.link ?? "");
    if (place !== undefined && !gatewayIds.has(place.gateway))
      mistakes.push({ path: `${path}.link`, message: `no gateway ${place.gateway} in gateways` });
    if (place !== undefined && hub.allow.length > 0)
      mistakes.push({
        path: `${path}.allow`,
        message: "belongs to the gateway, which hears the senders",
      });
    refuseUnknownZone(hub.zone, `${path}.zone`);
    refuseRepeats(
      hub.leaves.map((leaf) => leaf.id),
      (index) => `${path}.leaves[${index}].id`,
    );
    refuseRepeats(
      hub.leaves.map(
        (leaf) => leaf.name ?? (leaf.id === undefined ? undefined : `leaf_${leaf.id}`),
      ),
      (index) => `${path}.leaves[${index}].name`,
    );
    for (const [leafIndex, leaf] of hub.leaves.entries()) {
      refuseUnknownZone(leaf.zone, `${path}.leaves[${leafIndex}].zone`);
      if (leaf.id !== undefined && leaf.id >= hub.leavesMax)
        mistakes.push({
          path: `${path}.leaves[${leafIndex}].id`,
          message: `the hub takes ids below ${hub.leavesMax}: raise its leavesMax`,
        });
    }
    if (emulate !== undefined && hub.link !== undefined && !hub.link.startsWith("udp:"))
      mistakes.push({
        path: `${path}.link`,
        message: "emulated leaves need a udp:// link: change it, or leave emulate out",
      });
  }
  refuseRepeats(
    [mqtt.user ?? "mycel", ...(mqtt.users ?? []).map((user) => user.id)],
    (index) => `mqtt.users[${index - 1}].id`,
  );
  for (const [index, zone] of (mqtt.trustedZones ?? []).entries())
    refuseUnknownZone(zone, `mqtt.trustedZones[${index}]`);
  for (const [index, { passwordHash }] of (mqtt.users ?? []).entries()) {
    // Another's broker knows its users by itself.
    if (passwordHash !== undefined || (mqtt.broker ?? "embedded") !== "embedded") continue;
    if (mqtt.tls?.clientCa === undefined)
      mistakes.push({
        path: `mqtt.users[${index}].passwordHash`,
        message: "must be given, unless mqtt.tls.clientCa asks for certificates",
      });
  }
  if ((mqtt.cert === undefined) !== (mqtt.key === undefined))
    mistakes.push({ path: "mqtt", message: "cert and key belong together: give both or neither" });
  if (mqtt.cert !== undefined && !mqtt.broker?.startsWith("mqtts:"))
    mistakes.push({ path: "mqtt.cert", message: "is shown to an mqtts:// broker alone" });
  for (const [path, pair] of Object.entries({ http, mqtt })) {
    if ((pair.user === undefined) !== (pair.password === undefined))
      mistakes.push({ path, message: "user and password belong together: give both or neither" });
  }
  return mistakes;
}
