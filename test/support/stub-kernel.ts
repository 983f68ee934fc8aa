/** The stub office's supervision tree and threads, with figures as a busy node tells them. */
import type { Actor, Hub, Kernel, Leaf, Percentiles } from "../../transports/http/contract.ts";
import { chance, OFFICE_ZONES } from "./office-model.ts";

export const timesOf = (key: string, messages: number): NonNullable<Actor["times"]> => {
  const samples = Math.ceil(messages / 128);
  const around = (kind: string, ms: number): Percentiles => {
    const p50Ms = Number((ms * (0.6 + chance(key, kind))).toPrecision(4));
    const times = (by: number): number => Number((p50Ms * by).toPrecision(4));
    return { samples, p50Ms, p99Ms: times(6), p999Ms: times(14), maxMs: times(21) };
  };
  return { wait: around("wait", 0.03), handler: around("handler", 0.008) };
};

/** What each kind of actor hears, for the times of message types. */
export const typesHeard = (path: string): readonly string[] => {
  if (/\/leaf_\d+$/.test(path)) return ["Bytes", "Heartbeat"];
  if (path.includes("/hubs/")) return ["Bytes", "Flush", "LeafChanged"];
  if (path.includes("/zones/")) return ["AcceptReadings", "Tell"];
  return ["PublishReadings", "Refresh"];
};

export function makeKernel(tree: readonly Actor[], beats: number, nowMs: number): Kernel {
  const threads = [0, 1, 2].map((thread) => {
    const own = tree.filter((actor) => actor.thread === thread);
    const rate = Math.round(own.reduce((sum, actor) => sum + (actor.rate ?? 0), 0));
    return {
      thread,
      actors: own.length,
      rate,
      busyShare: Math.min(1, 0.02 + rate / 9_000 + 0.02 * chance(thread, beats)),
      heapBytes: Math.round(21e6 + 6e6 * chance(thread, beats >> 3)),
      sent: beats * 410 + thread,
      received: beats * 404 + thread,
      full: 0,
    };
  });
  const hub = tree.find(({ path }) => path.includes("/hubs/swarm"))?.path ?? "/user";
  const letter = { path: `${hub}/leaf_12`, type: "Bytes", reason: "stopped", thread: 1 };
  const last = [
    { ...letter, atMs: nowMs - 3_700_000 },
    {
      ...letter,
      path: "/user/bus",
      type: "PublishReadings",
      reason: "droppedOldest",
      atMs: nowMs - 41_000,
    },
  ];
  return { threads, deadLetters: { byReason: { stopped: 3, droppedOldest: 17 }, last } };
}

export function makeTree(
  hubs: readonly Hub[],
  leaves: readonly Leaf[],
  beats: number,
  sinceMs: number,
  nowMs: number,
): Actor[] {
  const seconds = (nowMs - sinceMs) / 1_000;
  const actor = (
    path: string,
    thread: number,
    perSecond: number,
    more: Partial<Actor> = {},
  ): Actor => ({
    path,
    parent: path === "/user" ? null : path.slice(0, path.lastIndexOf("/")),
    thread,
    mailboxDepth: chance(path, beats) < 0.15 ? Math.floor(chance(path, beats, "d") * perSecond) : 0,
    mailboxCapacity: 1_024,
    processed: Math.floor(seconds * perSecond),
    failures: 0,
    restarts: 0,
    rate: Number((perSecond * (0.9 + 0.2 * chance(path, beats, "r"))).toPrecision(3)),
    times: perSecond < 0.5 ? null : timesOf(path, seconds * perSecond),
    ...more,
  });
  const perHub = leaves.length / hubs.length;
  return [
    actor("/user", 0, 0.1, { mailboxDepth: 0 }),
    actor("/user/bus", 0, leaves.length * 2.6, {
      mailboxCapacity: 8_192,
      failures: 1,
      restarts: 1,
    }),
    actor("/user/dashboard", 0, leaves.length * 0.4, { mailboxCapacity: 4_096 }),
    actor("/user/historian", 1, leaves.length * 3.1, { mailboxCapacity: 16_384 }),
    actor("/user/hubs", 0, 0.2),
    actor("/user/zones", 0, 0.2),
    ...OFFICE_ZONES.map(({ zone }, index) =>
      actor(`/user/zones/${zone}`, 1 + (index % 2), leaves.length / 4, { mailboxCapacity: 2_048 }),
    ),
    ...hubs.map(({ hub }, index) =>
      actor(`/user/hubs/${hub}`, 1 + (index % 2), perHub * 1.02, {
        mailboxCapacity: 4_096,
        mailboxDepth: Math.floor(perHub * chance(hub, beats)),
      }),
    ),
    ...leaves.map((leaf, index) =>
      actor(
        `/user/hubs/${leaf.hub}/leaf_${leaf.leafId}`,
        1 + (hubs.findIndex((hub) => hub.hub === leaf.hub) % 2),
        1,
        {
          mailboxCapacity: 64,
          restarts: index === 12 ? 1 : 0,
          failures: index === 12 ? 1 : 0,
        },
      ),
    ),
  ];
}
