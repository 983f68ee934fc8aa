/**
 * The high temperature protocol, chapter 11 of the first system's paper:
 *
 *   leaf process ──30.5 °C──▶ zone ──high_temperature──▶ agent ──create_task──▶ board ──▶ page
 *   ledger ◀──bounty── board ◀──accept, complete── person
 *
 * Everything is the product itself, over its own doors: a node, `mycel leaf` in a process of its own, the
 * API, and at the end `mycel ledger verify` and `mycel explain`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { validateConfig } from "../../../config/parse.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { MycelError } from "../../../runtime/errors.ts";
import type { Event } from "../../../transports/http/contract.ts";
import type { CycleItem } from "../../../transports/http/office/agent-contract.ts";
import type { TaskItem } from "../../../transports/http/office/task-contract.ts";
import { type RunningNode, startNode } from "../../node.ts";
import { type NodeClient, nodeClient } from "../node-client.ts";

export interface HeatOptions {
  readonly dir: string;
  readonly language: "ja" | "en";
  readonly modelUrl?: string;
  readonly byHand?: true;
}

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const ZONE = "main";
const HUB = "swarm_hub_01";
const ROOM_C = 30.5;
const LOOK_MS = 100;
/** 128 and the number of SIGINT. */
const INTERRUPTED_STATUS = 130;
/** Cycles are 25 s apart, and a model of one's own may think for a minute. */
const STEP_MS_MAX = 120_000;
/** Whoever does it by hand has to read first. */
const PERSON_MS_MAX = 1_800_000;

export async function heat(options: HeatOptions): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const say = (who: string, what: string): void => {
    const seconds = ((systemClock.monotonicMs() - startedMs) / 1_000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${who.padEnd(8)} ${what}\n`);
  };
  const stopAsked = new Promise<"stopped">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => resolve("stopped"));
    }
  });
  const node = await startOffice(options);
  let leaf: ChildProcess | undefined;
  const story = async (): Promise<"told"> => {
    const api = nodeClient({ data: options.dir, url: node.file.url });
    say("node", `is up; its page is ${node.file.url}`);
    const person = await somebody(api);
    say("person", `${person.displayName} has wallet person:${person.id} with 0 points`);

    leaf = startLeaf(options.dir, node.file.hubs[HUB] ?? "");
    say("leaf", `a process of its own reports ${ROOM_C} °C and motion in ${ZONE}`);
    const event = await hotEvent(api);
    say("zone", `${event.message} (${event.id})`);
    const cycle = await cycleOf(api, event.id);
    for (const { tool, outcome, argumentsText } of cycle.calls) {
      say("agent", `${tool} ${argumentsText} → ${outcome}`);
    }
    const task = await taskOf(api, cycle);
    say(
      "board",
      `task ${task.id} "${task.title}", ${task.bounty} points, urgency ${task.urgency}: ${task.dispatchReason}`,
    );
    say("voice", task.announcement?.text ?? "says nothing");

    if (options.byHand) {
      say("page", `accept and complete it at ${node.file.url}/#/tasks`);
    } else {
      await api.put(`/api/tasks/${task.id}/accept`, { user_id: person.id });
      say("person", "accepts it and opens a window");
      const report = { user_id: person.id, report_status: "resolved" };
      await api.put(`/api/tasks/${task.id}/complete`, report);
    }
    const paid = await completed(api, task.id);
    say("person", `has completed it: "${paid.completion?.text ?? ""}"`);
    const balance = await balanceOf(api, paid.assignedTo ?? person.id);
    say("wallet", `person:${paid.assignedTo} has ${balance / 1_000} points`);
    for (const words of [
      ["ledger", "verify"],
      ["explain", event.id],
    ]) {
      say("mycel", words.join(" "));
      await run([...words, "--data", options.dir]);
    }
    if (options.byHand) {
      say("node", "goes on; Ctrl-C ends it");
      await stopAsked;
    }
    return "told";
  };
  try {
    const end = await Promise.race([story(), stopAsked]);
    // What a shell says of a program that Ctrl-C ended; by hand it is how the story ends.
    if (end === "stopped" && !options.byHand) process.exitCode = INTERRUPTED_STATUS;
  } finally {
    await node.stop();
    // After it: until then the story may still begin it.
    leaf?.kill("SIGTERM");
  }
}

function startOffice({ dir, language, modelUrl }: HeatOptions): Promise<RunningNode> {
  const model =
    modelUrl === undefined
      ? { provider: "scripted" }
      : { provider: "compatible", model: "demo", baseUrl: modelUrl };
  const config = validateConfig({
    node: "demo",
    storage: { dir },
    zones: [{ id: ZONE }],
    hubs: [{ id: HUB, zone: ZONE, adopt: "always" }],
    office: { agent: { language }, models: [model] },
  });
  if (!config.ok) {
    const [mistake] = config.error;
    throw new MycelError("E_CONFIG_INVALID", `${mistake?.path}: ${mistake?.message}`);
  }
  return startNode({
    config: config.value,
    logger: pino({ level: "warn" }, pino.destination(2)),
    say: () => {},
  });
}

/** A room that is too warm from the first report on, with somebody moving in it, for an hour. */
function startLeaf(dir: string, address: string): ChildProcess {
  const rows = Array.from({ length: 60 }, (_, minute) => {
    const time = `2026-07-01 13:${String(minute).padStart(2, "0")}:00`;
    return `${time},${ROOM_C},48,1`;
  });
  const file = join(dir, "heat.csv");
  writeFileSync(file, `date,Temperature,Humidity,Motion\n${rows.join("\n")}\n`);
  const args = ["leaf", "--hub", address, "--replay", file, "--start", "now", "--speed", "60"];
  return spawn(process.execPath, [MAIN, ...args], { stdio: "ignore" });
}

interface Somebody {
  readonly id: number;
  readonly displayName: string;
}

async function somebody(api: NodeClient): Promise<Somebody> {
  const people = (await api.get("/api/users")) as readonly (Somebody & { readonly name: string })[];
  const found = people.find(({ name }) => name === "aiko");
  return (
    found ?? ((await api.post("/api/users", { name: "aiko", displayName: "Aiko" })) as Somebody)
  );
}

const hotEvent = (api: NodeClient): Promise<Event> =>
  waitFor("the zone's event", STEP_MS_MAX, async () => {
    const { events } = (await api.get("/api/events?kind=high_temperature")) as { events: Event[] };
    return events[0];
  });

const cycleOf = (api: NodeClient, eventId: string): Promise<CycleItem> =>
  waitFor("a cycle of the agent", STEP_MS_MAX, async () => {
    const { cycles } = (await api.get("/api/agent/cycles")) as { cycles: CycleItem[] };
    return cycles.find(
      ({ eventIds, outcome }) => eventIds.includes(eventId) && outcome !== "running",
    );
  });

/** Out on the board, with its words; who is quick has taken it before this looks. */
export const taskOf = (
  api: Pick<NodeClient, "get">,
  cycle: Pick<CycleItem, "id">,
): Promise<TaskItem> =>
  waitFor("a task on the board", STEP_MS_MAX, async () => {
    const tasks = (await api.get("/api/tasks/")) as readonly TaskItem[];
    return tasks.find(
      ({ causeId, state, announcement }) =>
        causeId === cycle.id && state !== "queued" && announcement !== null,
    );
  });

const completed = (api: NodeClient, id: number): Promise<TaskItem> =>
  waitFor("the task's completion", PERSON_MS_MAX, async () => {
    const task = (await api.get(`/api/tasks/${id}`)) as TaskItem;
    return task.state === "completed" ? task : undefined;
  });

async function balanceOf(api: NodeClient, personId: number): Promise<number> {
  const wallet = (await api.get(`/api/wallet/wallets/${personId}`)) as { balanceMilli: number };
  return wallet.balanceMilli;
}

async function waitFor<T>(
  what: string,
  msMax: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const giveUpMs = systemClock.monotonicMs() + msMax;
  while (systemClock.monotonicMs() < giveUpMs) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise<void>((go) => systemClock.after(LOOK_MS, go));
  }
  throw new MycelError("E_INPUT", `The story stops: ${what} did not come in ${msMax / 1_000} s.`);
}

function run(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (status) => {
      if (status === 0) resolve();
      else reject(new MycelError("E_INPUT", `mycel ${args[0]} ended with status ${status}.`));
    });
  });
}
