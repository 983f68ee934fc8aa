/** An actor that starts, replaces and cancels timers as chance has it, and knows which must come. */
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";

interface Due {
  readonly type: "Due";
  readonly key: string;
  readonly incarnation: number;
  readonly serial: number;
  readonly dueMs: number;
}

class Ledger {
  readonly broken: string[] = [];
  readonly incarnations = new Map<string, number>();
  /** Of the actors' present incarnations: what must come yet, by actor and key. */
  readonly armed = new Map<string, Map<string, Due>>();
  isClosing = false;
}

export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  return ledger;
};

const KEYS = ["a", "b", "c", "d"];
const EVERY_MS = 4;

export const timed = ({ id }: { id: string }): Behavior<Due | "tick"> =>
  setup((ctx) => {
    const incarnation = (ledger.incarnations.get(id) ?? 0) + 1;
    ledger.incarnations.set(id, incarnation);
    const armed = new Map<string, Due>();
    ledger.armed.set(id, armed);
    const startMs = ctx.nowMs();
    let serial = 0;
    let ticks = 0;
    let lastDueMs = 0;

    const arm = (): void => {
      const key = KEYS[Math.floor(ctx.random() * KEYS.length)] as string;
      if (ctx.random() < 0.3) {
        ctx.cancelTimer(key);
        armed.delete(key);
        return;
      }
      const delayMs = Math.floor(ctx.random() * 30);
      serial += 1;
      const dueMs = ctx.nowMs() + delayMs;
      const due: Due = { type: "Due", key, incarnation, serial, dueMs };
      ctx.startTimer(key, due, delayMs);
      armed.set(key, due);
    };

    const accept = (due: Due): void => {
      const what = `${due.key} number ${due.serial} of ${id}`;
      const nowMs = ctx.nowMs();
      if (due.incarnation !== incarnation) ledger.broken.push(`${what} outlived a restart`);
      else if (armed.get(due.key)?.serial !== due.serial) {
        ledger.broken.push(`${what} came though it was cancelled, replaced or had come`);
      } else if (nowMs < due.dueMs)
        ledger.broken.push(`${what} came ${due.dueMs - nowMs} ms early`);
      else if (due.dueMs < lastDueMs) ledger.broken.push(`${what} came after a later one`);
      lastDueMs = due.dueMs;
      armed.delete(due.key);
    };

    ctx.startPeriodicTimer("tick", "tick", EVERY_MS);
    return receive((message) => {
      if (message !== "tick") accept(message);
      else {
        ticks += 1;
        const most = Math.floor((ctx.nowMs() - startMs) / EVERY_MS);
        if (ticks > most) ledger.broken.push(`${ticks} ticks of ${id} where ${most} are due`);
        if (!ledger.isClosing) arm();
      }
      return same;
    });
  });
