/**
 * Who looks at this page and what they may do. With login it is the session's person; where nobody logs in, an
 * operator of this machine, who chooses as whom to take tasks and spend points.
 *
 *   GET /api/me ──200──▶ in ──any 401──▶ out ──POST /api/login──▶ in
 */
import { useSyncExternalStore } from "react";
import type { Me, Person, Role } from "../../transports/http/office/person-contract.ts";
import { type Answer, ask, posted, subscribeLoggedOut } from "./api.ts";
import { feed, store } from "./live/live.ts";
import { usePeople } from "./live/office.ts";
import { createTopics } from "./live/topics.ts";

export interface Session {
  readonly state: "asking" | "in" | "out";
  readonly me: Me;
  /** It was in before, and the node has ended that. */
  readonly wasIn: boolean;
}

const CHOSEN = "mycel.person";
const NOBODY: Me = { person: null, role: "viewer", by: "none" };
/** A node of before the office asks nobody. */
const OF_THIS_MACHINE: Me = { person: null, role: "operator", by: "none" };

const topics = createTopics();
let session: Session = { state: "asking", me: NOBODY, wasIn: false };
let chosen: number | null = rememberedChoice();

export function startSession(): void {
  subscribeLoggedOut(() => {
    if (session.state !== "out") show({ state: "out", me: NOBODY, wasIn: session.state === "in" });
  });
  void askWho();
  // Whoever was told another role, or was put out, while the feed was away.
  let wasLive = true;
  feed.subscribe(() => {
    const isLive = feed.connection().state === "live";
    if (isLive && !wasLive) void askWho();
    wasLive = isLive;
  });
}

async function askWho(): Promise<void> {
  const answer = await ask<Me>("api/me");
  if (answer.ok) show({ state: "in", me: answer.value, wasIn: false });
  else if (answer.error === "notFound") show({ state: "in", me: OF_THIS_MACHINE, wasIn: false });
}

export async function login(name: string, password: string): Promise<Answer<Me>> {
  const answer = await ask<Me>("api/login", posted({ name, password }));
  if (answer.ok) {
    show({ state: "in", me: answer.value, wasIn: false });
    feed.retryNow();
  }
  return answer;
}

/** Of this browser, or of every browser and device this person has logged in with. */
export async function logout({ everywhere = false } = {}): Promise<void> {
  if (everywhere) await ask("api/me/sessions", { method: "DELETE" });
  else await ask("api/logout", posted({}));
  show({ state: "out", me: NOBODY, wasIn: false });
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, member: 1, operator: 2 };

export interface Who {
  readonly role: Role;
  /** Whose tasks and points: the session's person, or the one chosen here. */
  readonly person: Person | undefined;
  /** Nobody has logged in: a person may be chosen. */
  readonly mayChoose: boolean;
  readonly by: Me["by"];
  may(role: Role): boolean;
}

export function useWho(): Who {
  const { me } = useSession();
  const people = usePeople();
  const wanted = useSyncExternalStore(subscribe, () => chosen);
  return whoOf(me, people, wanted);
}

/** For those who are no component: an act that is under way. */
export const who = (): Who => whoOf(session.me, store.office.people(), chosen);

export function whoOf(me: Me, people: readonly Person[], wanted: number | null): Who {
  const mayChoose = me.person === null && me.role === "operator";
  const active = people.filter(({ isActive }) => isActive);
  const person = mayChoose
    ? (active.find(({ id }) => id === wanted) ?? active[0])
    : (me.person ?? undefined);
  return {
    role: me.role,
    person,
    mayChoose,
    by: me.by,
    may: (role) => RANK[me.role] >= RANK[role],
  };
}

export function choosePerson(id: number): void {
  chosen = id;
  try {
    localStorage.setItem(CHOSEN, String(id));
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
  topics.publish(new Set(["session"]));
}

export const useSession = (): Session => useSyncExternalStore(subscribe, () => session);

function show(next: Session): void {
  session = next;
  topics.publish(new Set(["session"]));
}

function subscribe(listener: () => void): () => void {
  return topics.subscribe("session", listener);
}

function rememberedChoice(): number | null {
  try {
    const id = Number(localStorage.getItem(CHOSEN));
    return Number.isInteger(id) && id > 0 ? id : null;
  } catch {
    return null;
  }
}
