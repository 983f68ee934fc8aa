/**
 * The seed's topics: `office/{zone}/{type}/{device}/{channel}`. A hub speaks as the device `{hub}`,
 * each of its leaves as `{hub}.{leaf}`.
 */

export const TOPIC_FILTER = "office/#";

export const readingTopic = (zone: string, hub: string, leaf: string, channel: string): string =>
  `office/${zone}/sensor/${hub}.${leaf}/${channel}`;
export const heartbeatTopic = (zone: string, hub: string): string =>
  `office/${zone}/sensor/${hub}/heartbeat`;
export const statusTopic = (zone: string, hub: string): string =>
  `office/${zone}/sensor/${hub}/status`;
export const taskReportTopic = (zone: string, taskId: string): string =>
  `office/${zone}/task_report/${taskId}`;

/** The hub that sent a sensor topic, if the device is one's hub or a leaf of it. */
export function hubOfTopic(topic: string): string | undefined {
  const [, , type, device] = topic.split("/", 4);
  if (type !== "sensor" || device === undefined) return undefined;
  const dot = device.indexOf(".");
  return dot < 0 ? device : device.slice(0, dot);
}
