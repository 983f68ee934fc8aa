/** Savina's ping-pong: two actors and one message under way, a new object each time. */
import { dispatch, type Ref, spawn } from "nact";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { receive, same } from "../../runtime/behavior.ts";
import type { Harness, Work } from "../harness.ts";
import { type BareActor, BareLoop } from "../peers/bare-loop.ts";
import { MAILBOX, type Nact } from "./sides.ts";

type Ball = { readonly type: "Ball"; readonly left: number };

export const comparePingPong = (harness: Harness, system: ActorSystem, nact: Nact): Promise<void> =>
  harness.compare({
    name: "ping-pong",
    unit: "message",
    smoke: 2_000,
    ours: ourPingPong(system),
    peers: { nact: nactPingPong(nact), "bare loop": barePingPong() },
  });

function ourPingPong(system: ActorSystem): Work {
  let finish = (): void => {};
  const player = (id: string, other: () => ActorRef<Ball>): ActorRef<Ball> =>
    system.spawn<Ball>({
      id,
      start: () =>
        receive(({ left }) => {
          if (left === 0) finish();
          else other().tell({ type: "Ball", left: left - 1 });
          return same;
        }),
      restart: "permanent",
      shutdownMs: 1_000,
      mailbox: MAILBOX,
    });
  const ping: ActorRef<Ball> = player("ping", () => pong);
  const pong: ActorRef<Ball> = player("pong", () => ping);
  return (units) =>
    new Promise<void>((resolve) => {
      finish = resolve;
      ping.tell({ type: "Ball", left: units });
    });
}

function nactPingPong(nact: Nact): Work {
  let finish = (): void => {};
  const player = (name: string, other: () => Ref<Ball>): Ref<Ball> =>
    spawn(
      nact,
      (state: number, { left }: Ball) => {
        if (left === 0) finish();
        else dispatch(other(), { type: "Ball", left: left - 1 });
        return state;
      },
      name,
      { initialState: 0 },
    );
  const ping: Ref<Ball> = player("ping", () => pong);
  const pong: Ref<Ball> = player("pong", () => ping);
  return (units) =>
    new Promise<void>((resolve) => {
      finish = resolve;
      dispatch(ping, { type: "Ball", left: units });
    });
}

function barePingPong(): Work {
  const loop = new BareLoop<Ball>();
  const ping: BareActor<Ball> = ({ left }) => {
    if (left > 0) loop.tell(pong, { type: "Ball", left: left - 1 });
  };
  const pong: BareActor<Ball> = ({ left }) => {
    if (left > 0) loop.tell(ping, { type: "Ball", left: left - 1 });
  };
  return (units) => {
    loop.tell(ping, { type: "Ball", left: units });
    loop.run();
  };
}
