/** What is said of an id of which nothing is known: what it looks like, and why it may be gone. */
export function unknownId(id: string): string {
  const shown = id.replaceAll(/[\s\p{C}]+/gu, " ").slice(0, 80);
  const [, task] = /^(?:task:|#)?(\d{1,15})$/.exec(id) ?? [];
  if (task !== undefined)
    return `There is no task ${task}, or it ended so long ago that it is kept no more.`;
  const [, kind, time] = /^(cycle-|voice:)?([0-9a-z]{9})[0-9a-z]{4}-[^.]*/.exec(id) ?? [];
  if (time !== undefined) {
    const what = KINDS[kind ?? ""] ?? "event";
    const at = new Date(Number.parseInt(time, 36));
    const when = Number.isNaN(at.getTime()) ? "" : ` of ${at.toISOString()}`;
    return `The ${what} ${shown}${when} is kept no more, or there never was one.`;
  }
  if (id.startsWith("command:"))
    return `No command ${shown} is kept: of each leaf the last ones are, as command:HUB/LEAF NUMBER/ID.`;
  return `Nothing is known of ${shown}: ask by the id of an event, a cycle (cycle-…), one of its calls (cycle-….2), a task (17), a transfer (task:17:pay), something said (voice:…) or a command (command:HUB/LEAF/ID).`;
}

const KINDS: Readonly<Record<string, string>> = {
  "cycle-": "cycle",
  "voice:": "sentence",
};
