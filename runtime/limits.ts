/**
 * The kernel's bounds. Numbers for operators are in `config`; these follow from how the kernel works.
 * What happens at each bound is said here, and tested.
 */

/** Messages an actor handles before the next actor has its turn: long enough to pay for the switch. */
export const TURN_MESSAGES_MAX = 64;

/** ms a thread runs actors before it looks after sockets and timers. */
export const BOX_MS_MAX = 2;

/** Messages between two looks at the clock within a box, at most; fewer when handlers are slow. */
export const CLOCK_LOOK_MESSAGES_MAX = 256;

/** Turns of a box whatever the clock says: a virtual clock stands still meanwhile. */
export const BOX_TURNS_MAX = 16_384;

/**
 * Messages in a mailbox whose spec names no other: four seconds of 2,000 messages/s, and 64 KiB of
 * slots when full. Beyond it messages are refused and become dead letters.
 */
export const MAILBOX_CAPACITY_DEFAULT = 8_192;

/** Slots of a mailbox once two messages wait; doubled up to capacity, released when drained. */
export const MAILBOX_SLOTS_MIN = 16;

/**
 * Bytes of one mailbox's byte messages: 8,192 frames of the longest SensorSwarm size, 245 bytes, is
 * just below. Beyond it the overflow policy applies, as if the mailbox had no slot left.
 */
export const BYTE_RING_BYTES_MAX = 2 * 1024 * 1024;

/**
 * The same of a mailbox with `backpressure`, whose senders finish their handlers before they wait: as much
 * again. Beyond it they are refused.
 */
export const BYTES_OVERSHOOT_MAX = 2 * BYTE_RING_BYTES_MAX;

/**
 * The same with what came from other threads on credit: as much again as the mailbox holds, one message more
 * of each thread, and what is skipped at the buffer's end. Beyond it: dead letters.
 */
export const BYTES_ON_CREDIT_MAX = 4 * BYTE_RING_BYTES_MAX;

/**
 * Of `backpressure`: what senders may put beyond capacity before `tell` refuses, at least; and what
 * those of one thread may send to a mailbox on another beyond their credit, which waits with them.
 */
export const OVERSHOOT_MIN = 64;

/**
 * What waits at its senders for the first credit of a mailbox on another thread: the burst of a link
 * whose leaves all register at once, in the time of one round trip.
 */
export const CREDIT_AWAITED_MAX = 1_024;

/**
 * How long senders wait for credit of a mailbox on another thread, ms; then they are refused until it comes.
 * Two that push back on each other over threads would wait for ever. A thread that hangs is replaced
 * after 10 s, which ends the waiting as well.
 */
export const PUSH_BACK_MS_MAX = 15_000;

/** Length of the chain of waiting senders that is looked along for a cycle. */
export const WAIT_CHAIN_MAX = 64;

/**
 * Control messages and settled promises that wait to be handled; beyond it: dead letters. An actor's timers
 * and asks, of which it may have as many each, always find room.
 */
export const CONTROL_LANE_MAX = 16_384;

/** Messages set aside by an actor whose spec says nothing else. */
export const STASH_CAPACITY_DEFAULT = 1_024;

/** Dead letters kept to be looked at; all are counted. */
export const DEAD_LETTERS_KEPT = 128;

/** Setups that may return a setup before it is taken for an endless loop. */
export const SETUP_DEPTH_MAX = 16;

/** One message in this many is timed: two looks at the clock cost as much as handling a small one. */
export const SAMPLE_EVERY = 128;

/** Types of messages whose times an actor keeps apart; the times of more are summed as "other". */
export const MESSAGE_TYPES_MAX = 16;

/** Actors traced at once: a person follows one, a few persons follow a few. */
export const TRACED_ACTORS_MAX = 16;

/** How deep a trace goes and how long, ms: messages that go round in a circle end it. */
export const TRACE_DEPTH_MAX = 32;
export const TRACE_MS_MAX = 10_000;

/** Hops a thread keeps until it is asked for them, some 200 bytes each; beyond it they are missed. */
export const TRACE_HOPS_KEPT = 2_048;

/** How long a thread goes on tracing when it is asked no more, ms: some 20 questions. */
export const TRACE_LEASE_MS_MAX = 2_000;

/** A supervisor's default, OTP's being 1 in 5 s: a flapping link deserves a second and third try. */
export const INTENSITY_DEFAULT = { restartsMax: 3, withinMs: 5_000 } as const;

/** Messages that wait for room on the way to another thread, beyond which `tell` refuses. */
export const OUTBOX_MAX = 1_024;

/** Messages taken in from other threads before the actors here have their turn: as many as they handle. */
export const TAKE_IN_MAX = 256;

/**
 * Messages held for numbers not heard of yet, and how long, ms: a third thread may learn of an actor
 * before the thread that it is to live on. Rings are drained within milliseconds.
 */
export const HELD_MAX = 4_096;
export const HELD_MS_MAX = 2_000;

/** The busiest actors that a thread tells the balancer of: one of them is moved at a time. */
export const LOAD_ACTORS_MAX = 16;

/** How long an actor that the balancer has moved stays where it is, ms: loads are told each second. */
export const MOVE_COOL_DOWN_MS = 30_000;

/** Actors in one report of a thread: some 14 KiB with their times, below what a ring takes in one piece. */
export const REPORT_ACTORS_MAX = 32;

/** Of its last dead letters a thread tells so many: what a person looks through. */
export const LETTERS_TOLD_MAX = 16;

/**
 * How long a persistent actor waits for its journal, ms: a hung thread is replaced after 10 s, and a
 * commit on a slow disk takes a second.
 */
export const JOURNAL_ANSWER_MS_MAX = 15_000;

/** Of one page of a recovery: some milliseconds of reading, and a message that crosses in one piece. */
export const RECOVERY_PAGE_EVENTS_MAX = 256;
export const RECOVERY_PAGE_BYTES_MAX = 256 * 1024;

/**
 * Bytes of what a persistent actor writes at once: a snapshot and a page whose last event is as large
 * still cross threads as one message, of 16 MiB at most.
 */
export const PERSISTED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * How long an actor that is to move may be busy, with asks or promises under way, before the move is
 * given up, ms; and how long the move as a whole is waited for: a thread that hangs is replaced in 10 s.
 */
export const MOVE_WAIT_MS_MAX = 2_000;
export const MOVE_MS_MAX = 30_000;

/** How old another thread's report may be before `tree()` asks for a new one, ms. */
export const REPORT_AGE_MS_MAX = 500;
