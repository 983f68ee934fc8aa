/** Every word of the page, by key. A word stands in one file for its subject, and beside it in each other language. */
import { agent } from "./en/agent.ts";
import { app } from "./en/app.ts";
import { events } from "./en/events.ts";
import { explain } from "./en/explain.ts";
import { floor } from "./en/floor.ts";
import { leaf } from "./en/leaf.ts";
import { leaves } from "./en/leaves.ts";
import { node } from "./en/node.ts";
import { people } from "./en/people.ts";
import { readings } from "./en/readings.ts";
import { refusals } from "./en/refusals.ts";
import { tasks } from "./en/tasks.ts";
import { tree } from "./en/tree.ts";
import { voice } from "./en/voice.ts";
import { wallet } from "./en/wallet.ts";

export const en = {
  ...app,
  ...floor,
  ...readings,
  ...leaves,
  ...leaf,
  ...events,
  ...tree,
  ...node,
  ...people,
  ...tasks,
  ...wallet,
  ...agent,
  ...explain,
  ...voice,
  ...refusals,
} as const;

export type StringKey = keyof typeof en;
export type Words = Readonly<Record<StringKey, string>>;
