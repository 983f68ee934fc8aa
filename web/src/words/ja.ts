import type { Words } from "./en.ts";
import { agent } from "./ja/agent.ts";
import { app } from "./ja/app.ts";
import { events } from "./ja/events.ts";
import { explain } from "./ja/explain.ts";
import { floor } from "./ja/floor.ts";
import { leaf } from "./ja/leaf.ts";
import { leaves } from "./ja/leaves.ts";
import { node } from "./ja/node.ts";
import { people } from "./ja/people.ts";
import { readings } from "./ja/readings.ts";
import { refusals } from "./ja/refusals.ts";
import { tasks } from "./ja/tasks.ts";
import { tree } from "./ja/tree.ts";
import { voice } from "./ja/voice.ts";
import { wallet } from "./ja/wallet.ts";

export const ja: Words = {
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
};
