/**
 * An hour of mixed load under the real scheduler, with failing actors, threads that end by an error and
 * actors that move, at a modest share of a core. Each minute the sources rest until all is quiet; then
 * every message must be accounted for, and what is in memory is measured.
 *
 *   npm run soak -- --minutes 60
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { HELD_MS_MAX } from "../../runtime/limits.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../runtime/persistence/journal-keeper.ts";
import type { JournalCommand } from "../../runtime/persistence/journal-messages.ts";
import { seededRandom } from "../../runtime/random.ts";
import { MemoryStore } from "../../runtime/state/memory-store.ts";
import { type ChildSpec, type MailboxSpec, placed } from "../../runtime/supervisor.ts";
import { type NodeThreads, startThreads } from "../../runtime/threads/node-threads.ts";
import { Account, type Minute } from "./account.ts";
import type { AskerOptions, Gauged, GaugeMessage, Item, Place, Question } from "./actors.ts";
import { BOOK, Book } from "./book.ts";
import { trendOf } from "./trend.ts";
import { ROVERS, type Way, waysOf } from "./ways.ts";

export interface SoakOptions {
  readonly minutes: number;
  /** How long a minute is, ms; less for a run that only shows that it works. */
  readonly minuteMs: number;
  readonly workers: number;
  /** Loses a thread each so many minutes. */
  readonly lossEvery: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const ACTORS = new URL("./actors.ts", import.meta.url).href;
const MOVE_EVERY_MS = 5_000;
/** Longer than anything takes to be quiet: an ask 0.5 s, a thread's replacement, 15 s without credit. */
const QUIET_MS_MAX = 30_000;
const QUIET_LOOK_MS = 250;
const QUIET_LOOKS = 4;
/** Longer than a message is held for an actor that may still come, when a thread has been lost. */
const QUIET_LOOKS_AFTER_LOSS = Math.ceil((HELD_MS_MAX + 1_000) / QUIET_LOOK_MS);
const ASK_MS = 20_000;
/** What may be growth of nothing: the collector's moods, and pages that are given back late. */
const HEAP_GROWTH_MB_MAX = 3;
const RSS_GROWTH_MB_MAX = 24;

/** False when something is unaccounted for. */
export async function soak(options: SoakOptions): Promise<boolean> {
  const run = await Soak.start(options);
  try {
    return await run.run();
  } finally {
    await run.stop();
  }
}

class Soak {
  readonly #options: SoakOptions;
  readonly #node: NodeThreads;
  readonly #book: Book;
  readonly #threads: number;
  readonly #account: Account;
  readonly #gauges: ActorRef<GaugeMessage>[] = [];
  readonly #rovers: ActorRef<Item>[] = [];
  /** Threads lost in this minute. */
  readonly #lost = new Set<number>();
  readonly #heaps = new Map<number, number[]>();
  readonly #rss: number[] = [];
  readonly #faults: string[] = [];
  readonly #chance;
  /** Moves that were refused, by reason. */
  readonly #refusals = new Map<string, number>();
  #losses = 0;
  #moves = 0;
  #isOver = false;

  static async start(options: SoakOptions): Promise<Soak> {
    const threads = options.workers + 1;
    const ways = waysOf(threads);
    const book = Book.of(threads, ways.length);
    const lost = (thread: number): void => run?.threadLost(thread);
    let run: Soak | undefined;
    const node = await startThreads({
      node: "soak",
      threads: options.workers,
      shared: { [BOOK]: book.memory },
      supervision: { strategy: "oneForOne", intensity: { restartsMax: 1_000, withinMs: 1_000 } },
      onThreadEvent: (event) => {
        if (event.type === "ThreadFailed") lost(event.thread);
        if (event.type === "ThreadGivenUp") throw new Error(`thread ${event.thread} is given up`);
      },
    });
    run = new Soak(options, node, book, ways);
    run.#people();
    return run;
  }

  private constructor(options: SoakOptions, node: NodeThreads, book: Book, ways: readonly Way[]) {
    this.#options = options;
    this.#node = node;
    this.#book = book;
    this.#threads = options.workers + 1;
    this.#account = new Account(book, ways, this.#threads);
    this.#chance = seededRandom(options.seed);
  }

  threadLost(thread: number): void {
    this.#lost.add(thread);
    this.#losses += 1;
  }

  async run(): Promise<boolean> {
    const { minutes, minuteMs, lossEvery, say } = this.#options;
    const beganCpu = process.cpuUsage();
    const beganMs = performance.now();
    say(HEAD);
    const moving = this.#keepMoving();
    for (let minute = 1; minute <= minutes; minute += 1) {
      this.#book.pause(false);
      const endMs = performance.now() + minuteMs;
      if (minute % lossEvery === 0) {
        await sleep(minuteMs * (0.2 + 0.5 * this.#chance.next()));
        const thread = 1 + this.#chance.below(this.#options.workers);
        this.#gauges[thread]?.tell({ type: "Explode" });
      }
      await sleep(Math.max(0, endMs - performance.now()));
      this.#book.pause(true);
      await this.#quiet();
      await this.#look(minute);
    }
    this.#isOver = true;
    await moving;
    const cpu = process.cpuUsage(beganCpu);
    const share = (cpu.user + cpu.system) / 1_000 / (performance.now() - beganMs);
    return this.#conclude(share);
  }

  async stop(): Promise<void> {
    await this.#node.stop();
  }

  /** All actors of the soak, on all threads. */
  #people(): void {
    const threads = this.#threads;
    const { system } = this.#node;
    const store = new MemoryStore();
    const journal = system.spawn<JournalCommand>({
      id: "journal",
      start: () => journalKeeper({ store }),
      restart: "permanent",
      shutdownMs: 5_000,
      mailbox: JOURNAL_MAILBOX,
    });
    const on = <M>(
      thread: number,
      name: string,
      index: number,
      options: object = {},
      mailbox?: MailboxSpec<M>,
    ): ActorRef<M> => {
      const all: Place = { thread: index, threads, ...options };
      const spec: ChildSpec<M> = {
        id: `${name}-${index}`,
        start: placed<M>(ACTORS, options && "as" in options ? String(options.as) : name, all),
        restart: "permanent",
        shutdownMs: 5_000,
        placement: { thread },
        ...(mailbox && { mailbox }),
      };
      return system.spawn(spec);
    };
    const everywhere = <M>(name: string, options: object = {}, mailbox?: MailboxSpec<M>) =>
      Array.from({ length: threads }, (_, thread) => on<M>(thread, name, thread, options, mailbox));

    const rover = (index: number) => on<Item>(1 + (index % this.#options.workers), "rover", index);
    this.#rovers.push(...Array.from({ length: ROVERS }, (_, index) => rover(index)));
    const sinks = {
      plain: everywhere<Item>("plain", { as: "sink" }, { capacity: 64, overflow: "dropOldest" }),
      credit: everywhere<Item>(
        "credit",
        { as: "sink" },
        { capacity: 64, overflow: "backpressure" },
      ),
      saver: everywhere<Item>("saver", { journal }, { capacity: 256, overflow: "backpressure" }),
      rover: this.#rovers,
    };
    this.#gauges.push(...everywhere<GaugeMessage>("gauge"));
    const echoes = everywhere<Question>("echo");
    for (let thread = 0; thread < threads; thread += 1) {
      const echo = echoes[(thread + 1) % threads] as ActorRef<Question>;
      on(thread, "asker", thread, { echo } satisfies Partial<AskerOptions>);
      on(thread, "keeper", thread);
      on(thread, "source", thread, { sinks });
    }
  }

  /** Rovers go from worker to worker while messages flow to them. */
  async #keepMoving(): Promise<void> {
    const { system } = this.#node;
    for (let turn = 0; !this.#isOver; turn += 1) {
      await sleep(Math.min(MOVE_EVERY_MS, this.#options.minuteMs / 4));
      const rover = this.#rovers[turn % ROVERS];
      if (rover === undefined || this.#book.isPaused) continue;
      const thread = 1 + this.#chance.below(this.#options.workers);
      const outcome = await system.move(rover.path, thread);
      if (outcome.ok) this.#moves += 1;
      else this.#refusals.set(outcome.error, (this.#refusals.get(outcome.error) ?? 0) + 1);
    }
  }

  /** Resolves when nothing is handled any more. */
  async #quiet(): Promise<void> {
    const ways = waysOf(this.#threads);
    const sum = (): number =>
      ways.reduce((total, { id }) => total + this.#book.look(id).handled, 0) +
      this.#book.total("terminated") +
      this.#book.total("timedOut") +
      this.#book.total("timersFired");
    const endMs = performance.now() + QUIET_MS_MAX;
    const looks = this.#lost.size > 0 ? QUIET_LOOKS_AFTER_LOSS : QUIET_LOOKS;
    let before = -1;
    for (let still = 0; still < looks && performance.now() < endMs; ) {
      await sleep(QUIET_LOOK_MS);
      const now = sum();
      still = now === before ? still + 1 : 0;
      before = now;
    }
  }

  async #look(minute: number): Promise<void> {
    const { system } = this.#node;
    const gauged = await Promise.all(this.#gauges.map((gauge) => this.#gauge(gauge)));
    await system.refreshTree();
    const letters = system
      .threads()
      .flatMap(({ deadLetters }) => Object.values(deadLetters))
      .reduce((total, count) => total + count, 0);
    const lost = new Set(this.#lost);
    this.#lost.clear();
    const touched = ({ from, to }: Way): boolean =>
      lost.size > 0 && (lost.has(from) || to === undefined || lost.has(to));
    const account = this.#account.close(letters, lost, touched);
    const faults = [...account.faults];
    for (const [thread, { heapMb, listed }] of gauged.entries()) {
      const heaps = this.#heaps.get(thread) ?? [];
      this.#heaps.set(thread, heaps);
      heaps.push(heapMb);
      if (listed > 0) faults.push(`thread ${thread} still lists ${listed} that have ended`);
    }
    this.#rss.push(process.memoryUsage().rss / 2 ** 20);
    this.#options.say(this.#line(minute, account, lost, gauged));
    for (const fault of faults) {
      this.#faults.push(`minute ${minute}: ${fault}`);
      this.#options.say(`  NOT ACCOUNTED FOR: ${fault}`);
    }
  }

  #gauge(gauge: ActorRef<GaugeMessage>): Promise<Gauged> {
    return this.#node.system.ask<GaugeMessage, Gauged>(
      gauge,
      (replyTo) => ({ type: "Look", replyTo }),
      ASK_MS,
    );
  }

  #line(
    minute: number,
    account: Minute,
    lost: ReadonlySet<number>,
    gauged: readonly Gauged[],
  ): string {
    const { attempts, refused, handled, letters, lostWithThreads } = account;
    const rss = this.#rss.at(-1) ?? Number.NaN;
    const heaps = gauged.map(({ heapMb }) => heapMb.toFixed(1)).join(" ");
    const figures = [minute, attempts, handled, refused, letters, lostWithThreads, this.#moves];
    const columns = figures.map((figure) => String(figure).padStart(9)).join("");
    const threads = lost.size === 0 ? "" : `   lost thread ${[...lost].join(", ")}`;
    return `${columns}${rss.toFixed(0).padStart(9)}   ${heaps}${threads}`;
  }

  #conclude(share: number): boolean {
    const { say } = this.#options;
    const ways = waysOf(this.#threads);
    const total = (of: "attempts" | "refused" | "handled") =>
      ways.reduce((sum, { id }) => sum + this.#book.look(id)[of], 0);
    say("");
    say(`messages sent            ${total("attempts")}`);
    say(`  handled                ${total("handled")}`);
    say(`  refused to the sender  ${total("refused")}`);
    for (const [reason, count] of this.#letters())
      say(`  dead letter ${reason.padEnd(18)}${count}`);
    say(`actors failed            ${this.#book.total("crashes")}`);
    say(`threads lost             ${this.#losses}`);
    say(`moves                    ${this.#moves}`);
    for (const [reason, count] of this.#refusals) say(`  refused ${reason.padEnd(15)}${count}`);
    say(`asks                     ${this.#book.total("asked")}`);
    say(`  answered               ${this.#book.total("answered")}`);
    say(`  timed out              ${this.#book.total("timedOut")}`);
    say(`spawned and watched      ${this.#book.total("spawned")}`);
    say(`saved and confirmed      ${this.#book.total("saved")}`);
    say(`CPU                      ${(share * 100).toFixed(0)} % of a core`);
    this.#trend("resident memory", this.#rss, RSS_GROWTH_MB_MAX);
    for (const [thread, heaps] of this.#heaps) {
      this.#trend(`heap of thread ${thread}`, heaps, HEAP_GROWTH_MB_MAX);
    }
    say(this.#faults.length === 0 ? "all accounted for" : `${this.#faults.length} faults`);
    return this.#faults.length === 0;
  }

  #letters(): readonly (readonly [reason: string, count: number])[] {
    const counts = new Map<string, number>();
    for (const { deadLetters } of this.#node.system.threads()) {
      for (const [reason, count] of Object.entries(deadLetters)) {
        if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
      }
    }
    return [...counts];
  }

  #trend(what: string, looks: readonly number[], growthMbMax: number): void {
    const { growth, mean } = trendOf(looks);
    const name = what.padEnd(25);
    this.#options.say(
      `${name}${mean.toFixed(1)} MB, ${growth.toFixed(1)} MB more over the last 3/4`,
    );
    // A few looks are no trend.
    if (looks.length >= 12 && growth > growthMbMax) this.#faults.push(`${what} grows`);
  }
}

const HEAD =
  "   minute     sent  handled  refused  letters     lost    moves   RSS MB   heap MB by thread";
