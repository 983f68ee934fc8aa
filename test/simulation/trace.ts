/** What actors tell each other, as lines: of a run that is repeated to be looked at. */
import { ActorCell } from "../../runtime/cell/actor-cell.ts";
import type { Moment } from "./world.ts";

/** Lines until the returned function is called; only the last ones are kept. */
export function traceActors(moment: Moment, keep: number): { readonly stop: () => string[] } {
  const lines: string[] = [];
  const say = (cell: ActorCell<unknown>, text: string): void => {
    const { dispatcher, thread, clock } = cell.system;
    const by = nameOf(dispatcher.running?.path);
    const at = `step ${moment.step}, ${Math.round(clock.monotonicMs())} ms, thread ${thread}`;
    lines.push(`${at}: ${by} ──▶ ${nameOf(cell.path)}: ${text}`);
    if (lines.length > 4 * keep) lines.splice(0, lines.length - keep);
  };
  const { tell, tellBytes, signal, arrive, putControl } = ActorCell.prototype;
  Object.assign(ActorCell.prototype, {
    tell(this: ActorCell<unknown>, message: unknown) {
      say(this, told(message));
      return tell.call(this, message);
    },
    tellBytes(this: ActorCell<unknown>, ...args: Parameters<typeof tellBytes>) {
      say(this, `${args[2] - args[1]} bytes`);
      return tellBytes.apply(this, args);
    },
    signal(this: ActorCell<unknown>, message: Parameters<typeof signal>[0]) {
      say(this, `signal ${message.type}`);
      signal.call(this, message);
    },
    arrive(this: ActorCell<unknown>, message: unknown) {
      say(this, `from another thread ${told(message)}`);
      return arrive.call(this, message);
    },
    putControl(this: ActorCell<unknown>, item: Parameters<typeof putControl>[0]) {
      say(this, item.constructor.name);
      return putControl.call(this, item);
    },
  });
  return {
    stop() {
      Object.assign(ActorCell.prototype, { tell, tellBytes, signal, arrive, putControl });
      return lines.slice(-keep);
    },
  };
}

const TEXT_MAX = 120;

const told = (message: unknown): string => {
  const text = JSON.stringify(message) ?? String(message);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)} …` : text;
};

const nameOf = (path: string | undefined): string =>
  path?.replace(/^mycel:\/\/[^/]+\/(user\/)?/, "") ?? "outside";
