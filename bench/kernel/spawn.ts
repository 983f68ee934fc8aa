/**
 * How fast a parent makes children that live on: each is told one message, so that it has really
 * begun, and the run is over when all have been greeted. They are stopped outside the timed run.
 */
import { dispatch, spawn, stop } from "nact";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { type Behavior, receive, same, setup, stopped } from "../../runtime/behavior.ts";
import type { ChildSpec } from "../../runtime/supervisor.ts";
import type { Harness, Work } from "../harness.ts";
import { MAILBOX, type Nact } from "./sides.ts";

type ToParent = { readonly type: "Create"; readonly count: number } | { readonly type: "End" };
type Hello = { readonly type: "Hello" };

const HELLO: Hello = { type: "Hello" };
/** 150 MB of nact's actors: far from the heap's bound, so that no last-resort collection is measured. */
const ACTORS_MAX = 100_000;

export async function compareSpawn(
  harness: Harness,
  system: ActorSystem,
  nact: Nact,
): Promise<void> {
  const ours = ourSpawn(system);
  const theirs = nactSpawn(nact);
  await harness.compare({
    name: "spawn",
    unit: "actor",
    smoke: 200,
    most: ACTORS_MAX,
    ours: ours.work,
    peers: { nact: theirs.work },
    afterEach: async () => {
      await ours.clear();
      theirs.clear();
    },
  });
}

function ourSpawn(system: ActorSystem): { work: Work; clear: () => Promise<void> } {
  let parents = 0;
  let clear = async (): Promise<void> => {};
  const work: Work = (units) => {
    const greeted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const child = countdown(units, greeted.resolve);
    const greet = receive<Hello>(() => {
      child();
      return same;
    });
    const start = (): Behavior<Hello> => greet;
    const childSpec = (id: string): ChildSpec<Hello> => ({
      id,
      start,
      restart: "permanent",
      shutdownMs: 1_000,
      mailbox: MAILBOX,
    });
    const parent = system.spawn<ToParent>({
      id: `parent${parents++}`,
      start: () =>
        setup((ctx) =>
          receive(
            (message) => {
              if (message.type === "End") return stopped;
              for (let n = 0; n < message.count; n++) ctx.spawn(childSpec(`${n}`)).tell(HELLO);
              return same;
            },
            {
              onSignal(signal) {
                if (signal.type === "PostStop") ended.resolve();
                return same;
              },
            },
          ),
        ),
      restart: "temporary",
      shutdownMs: 60_000,
    });
    clear = () => {
      parent.tell({ type: "End" });
      clear = async () => {};
      return ended.promise;
    };
    parent.tell({ type: "Create", count: units });
    return greeted.promise;
  };
  return { work, clear: () => clear() };
}

function nactSpawn(nact: Nact): { work: Work; clear: () => void } {
  let parents = 0;
  let clear = (): void => {};
  const work: Work = (units) => {
    const greeted = Promise.withResolvers<void>();
    const child = countdown(units, greeted.resolve);
    const greet = (state: number, _hello: Hello): number => {
      child();
      return state;
    };
    const parent = spawn(
      nact,
      (state: number, { count }: { readonly count: number }, ctx) => {
        for (let n = 0; n < count; n++) {
          dispatch(spawn(ctx.self, greet, `${n}`, { initialState: 0 }), HELLO);
        }
        return state;
      },
      `parent${parents++}`,
      { initialState: 0 },
    );
    clear = () => {
      stop(parent);
      clear = () => {};
    };
    dispatch(parent, { count: units });
    return greeted.promise;
  };
  return { work, clear: () => clear() };
}

function countdown(from: number, atZero: () => void): () => void {
  let left = from;
  return () => {
    left -= 1;
    if (left === 0) atZero();
  };
}
