/**
 * `mycel leaf`: emulated leaves as a process of their own, so that what reaches a hub has crossed a
 * real socket.
 *
 *   office or recording ──▶ leaves ──frames──▶ one socket ──▶ hubs      commands ──▶ leaves ──ACK──▶
 *
 * Ends on SIGINT, SIGTERM, after --for, with its recording, or with the process that forked it; the
 * last line on standard output says in JSON what was sent.
 */
import { Command, Option } from "commander";
import { Chance } from "../../firmware/emulated/chance.ts";
import { openRecording } from "../../firmware/emulated/csv-rows.ts";
import { EmulatedLeaf } from "../../firmware/emulated/emulated-leaf.ts";
import { inMemory, LeafMemoryFile } from "../../firmware/emulated/leaf-memory.ts";
import { OfficeModel } from "../../firmware/emulated/office-model.ts";
import { pause } from "../../firmware/emulated/pause.ts";
import { REPLAY_FRAMES_PER_MS, RecordedBody, replay } from "../../firmware/emulated/replay.ts";
import { countCommand, counted, emptyCounts, Swarm } from "../../firmware/emulated/swarm.ts";
import { systemClock as clock } from "../../runtime/clock.ts";
import { invariant } from "../../runtime/invariant.ts";
import { openGateway } from "./gateway-uplink.ts";
import {
  contradiction,
  durationFlag,
  firstIdOf,
  flagsOf,
  fleetSecretFlag,
  hubCount,
  hubFlag,
  type LeafFlags,
  speedFlag,
  startFlag,
  type WrittenFlags,
  wholeFlag,
  wireFlag,
  zonesFlag,
} from "./leaf-options.ts";
import { leafProgress } from "./leaf-progress.ts";
import { type HubReceiver, type LinkTotals, openUplink, type Uplink } from "./leaf-uplink.ts";

/** Fine enough that leaves spread over a second stay spread, coarse enough to cost nothing. */
const TICK_MS = 10;
const USAGE_STATUS = 2;
const ONE_WAY =
  "name one way to the hubs: --hub ADDRESS, or --gateway ADDRESS with --hubs and --first-hub";
/** Half past eight: people arrive, and whoever looks at night sees an office at work. */
const MORNING_MS = 8.5 * 3_600_000;
const ZONES: readonly string[] = ["main", "meeting", "kitchen", "lab"];
const SPEED_TEXT = `how many times faster the office's day or the recording runs; "max" sends a recording \
without pauses, but no more than ${REPLAY_FRAMES_PER_MS} frames a millisecond and while a hub on this machine has less than \
64 KiB unread, since UDP tells nobody what it lost`;

export function leafCommand(): Command {
  const command = new Command("leaf").description(
    "emulated leaves that send to hubs, by UDP, TCP or a serial line",
  );
  const add = <T>(
    flags: string,
    text: string,
    read: (text: string) => T,
    byDefault?: { readonly value: T; readonly written: string },
  ): void => {
    const option = new Option(flags, text).argParser(read);
    if (byDefault !== undefined) option.default(byDefault.value, byDefault.written);
    command.addOption(option);
  };
  add(
    "--hub <address>",
    "udp://HOST:PORT, a range udp://HOST:5701..5704, the same with tcp, or serial:///dev/NAME?baud=115200",
    hubFlag,
  );
  add("--gateway <address>", "instead of --hub: be the gateway of several hubs, here", hubFlag);
  add("--hubs <n>", "hubs behind the gateway (default: 1)", wholeFlag(1, 1_024));
  add("--first-hub <n>", "the first one's number there (default: 1)", wholeFlag(0, 65_535));
  add(
    "--count <n>",
    "leaves, dealt evenly over the hubs, of wire 1 at most 256 to each (default: 1)",
    wholeFlag(1, 65_535),
  );
  add("--every <time>", "between two reports of a leaf", durationFlag, {
    value: 1000,
    written: "1s",
  });
  add("--first-id <n>", "id of each hub's first leaf (default: 1)", wholeFlag(0, 255));
  add("--seed <n>", "the same seed gives the same office", wholeFlag(0, 0xffff_ffff), {
    value: 1,
    written: "1",
  });
  add("--zones <names>", "rooms that the hubs stand in, in turn", zonesFlag, {
    value: ZONES,
    written: ZONES.join(),
  });
  add("--start <time>", "time of day in the office at the start, or now", startFlag, {
    value: MORNING_MS,
    written: "08:30",
  });
  add("--speed <x>", SPEED_TEXT, speedFlag, { value: 1, written: "1" });
  add("--for <time>", "end after this time", durationFlag);
  add("--wire <version>", "1, or 2 for sealed frames: the hub's pairing has to be open", wireFlag, {
    value: 1,
    written: "1",
  });
  add("--fleet-secret <hex>", "what the install codes of wire 2 are made from", fleetSecretFlag);
  return command
    .option("--state <file>", "keeps keys and epochs of wire 2 over the end of this process")
    .option("--replay <file>", "send the rows of a CSV file as one leaf, then end")
    .option("--json", "progress as lines of JSON on standard output")
    .action(async (written: WrittenFlags) => {
      const flags = flagsOf(written);
      if (flags === undefined)
        return command.error(`error: ${ONE_WAY}`, { exitCode: USAGE_STATUS });
      const wrong = contradiction(flags);
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: USAGE_STATUS });
      await run(flags);
    });
}

async function run(flags: LeafFlags): Promise<void> {
  const stop = stopSignal(flags.for);
  try {
    await (flags.replay === undefined ? runOffice(flags, stop) : runReplay(flags, stop));
  } finally {
    // Whatever ended it: no timer is left that would keep the process.
    stop.abort();
  }
}

async function runOffice(flags: LeafFlags, stop: AbortController): Promise<void> {
  invariant(flags.speed !== "max", "contradiction() lets max pass for recordings alone");
  const { speed, seed } = flags;
  const count = flags.count ?? 1;
  const dayMs = flags.start === "now" ? localTimeOfDayMs() : flags.start;
  const office = new OfficeModel({ seed, zones: flags.zones, startMs: dayMs });

  const memory = flags.state === undefined ? undefined : new LeafMemoryFile(flags.state);
  const sealed = flags.fleetSecret && {
    fleetSecret: flags.fleetSecret,
    memoryOf: (eui: string) => memory?.of(eui) ?? inMemory(),
  };

  await withUplink(flags, stop, async ({ hubs }, onFrame) => {
    const startMs = clock.monotonicMs();
    const firstId = firstIdOf(flags);
    const swarm = new Swarm({
      ...{ office, hubs, count, firstId, everyMs: flags.every, startMs, seed },
      ...(sealed !== undefined && { sealed }),
    });
    memory?.flush();
    onFrame((hub, bytes, start, end) => {
      swarm.accept(hub, bytes, start, end, clock.monotonicMs());
    });
    const progress = leafProgress({ clock, json: flags.json === true, counts: swarm.counts });
    try {
      while (!stop.signal.aborted) {
        const nowMs = clock.monotonicMs();
        office.advanceTo(dayMs + (nowMs - startMs) * speed);
        swarm.tick(nowMs);
        await pause(clock, TICK_MS, stop.signal);
      }
    } finally {
      progress.end();
    }
    const kept = swarm.sealedCounts();
    return { leaves: count, ...swarm.counts, ...(kept !== undefined && { sealed: kept }) };
  }).finally(() => memory?.close());
}

async function runReplay(flags: LeafFlags, stop: AbortController): Promise<void> {
  const recording = await openRecording(flags.replay ?? "");
  const body = new RecordedBody(recording.channels);
  const counts = emptyCounts();

  await withUplink(flags, stop, async (uplink, onFrame) => {
    const leaf = new EmulatedLeaf({
      leafId: firstIdOf(flags),
      body,
      everyMs: Number.POSITIVE_INFINITY,
      startMs: clock.monotonicMs(),
      chance: new Chance(flags.seed, 1),
    });
    const [first] = uplink.hubs;
    invariant(first !== undefined, "an uplink has at least one hub");
    const send = counted(first, counts);
    onFrame((hub, bytes, start, end) => {
      if (hub !== 0) return;
      countCommand(counts, leaf.accept(bytes, start, end, clock.monotonicMs(), send));
    });
    const json = flags.json === true;
    const progress = leafProgress({ clock, json, counts, totalBytes: recording.bytes });
    const rows = await replay({
      ...{ recording, body, leaf, send, clock },
      speed: flags.speed,
      everyMs: flags.every,
      waitingBytes: () => uplink.waitingBytes(0),
      onRow: progress.atByte,
      signal: stop.signal,
    }).finally(progress.end);
    return { leaves: 1, ...counts, rows, rowsSkipped: recording.skipped };
  });
}

/** Opens the way to the hubs, lets leaves work until they end, and says what came of it. */
async function withUplink(
  { hub }: LeafFlags,
  stop: AbortController,
  work: (uplink: Uplink, onFrame: (receiver: HubReceiver) => void) => Promise<object>,
): Promise<void> {
  const startedMs = clock.monotonicMs();
  let receive: HubReceiver = () => {};
  let fault: unknown;
  const onClosed = (cause: unknown): void => {
    fault = cause;
    stop.abort();
  };
  const accept: HubReceiver = (...frame) => receive(...frame);
  const uplink =
    hub.kind === "gateway"
      ? await openGateway(hub, accept, onClosed)
      : await openUplink(hub, accept, onClosed);
  let done: object = {};
  let link: LinkTotals;
  try {
    done = await work(uplink, (receiver) => {
      receive = receiver;
    });
  } finally {
    link = await uplink.close(clock);
  }
  const seconds = Math.round(clock.monotonicMs() - startedMs) / 1000;
  const summary = { type: "LeafSummary", hubs: hubCount(hub), seconds, ...done, link };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (fault !== undefined) throw fault;
}

/** Aborts when the process is to end; a second signal ends it at once, as the system has it. */
function stopSignal(afterMs: number | undefined): AbortController {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  // Forked by a node that is gone: without it these leaves would report to nobody for ever.
  if (process.connected) process.once("disconnect", stop);
  const cancel = afterMs === undefined ? undefined : clock.after(afterMs, stop);
  controller.signal.addEventListener("abort", () => {
    cancel?.();
    process.off("SIGINT", stop).off("SIGTERM", stop).off("disconnect", stop);
  });
  return controller;
}

function localTimeOfDayMs(): number {
  const now = new Date(clock.nowMs());
  return ((now.getHours() * 60 + now.getMinutes()) * 60 + now.getSeconds()) * 1000;
}
