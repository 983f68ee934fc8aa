/** The two modules that the suite runs against, and what its tests share. */
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import type * as nact from "nact";
import type { Ref } from "nact";
import * as ours from "../../../runtime/nact.ts";

export type Api = typeof nact;
// biome-ignore lint/suspicious/noExplicitAny: as nact's types have it
export type AnyRef = Ref<any>;

const require = createRequire(import.meta.url);

export const MODULES: readonly { readonly name: string; readonly api: Api }[] = [
  {
    name: "nact",
    api: {
      ...(require("nact") as Api),
      // Declared in its types and documented, but missing among its exports.
      configureLogging: require("nact/lib/monitoring").configureLogging,
    },
  },
  {
    name: "ours",
    // Types inferred from generic functions do not compare; typed-code.ts has calls of these three.
    api: ours satisfies Omit<Api, "query" | "spawnPersistent" | "persistentQuery"> as never,
  },
];

/** The same test against both; each gets a system that is stopped at its end. */
export function behaves(
  title: string,
  body: (api: Api, system: AnyRef, t: TestContext) => Promise<void>,
): void {
  for (const { name, api } of MODULES) {
    test(`${title} [${name}]`, async (t) => {
      const system = api.start();
      try {
        await body(api, system, t);
      } finally {
        api.stop(system);
      }
    });
  }
}

/** Long, since what is awaited comes at once, or the test fails anyway. */
export const SOON_MS = 90_000;

/** What an actor does that sums up numbers, and tells the sum. */
export type SumMsg = number | { readonly replyTo: AnyRef };

export const summing =
  (api: Api) =>
  (sum: number, message: SumMsg): number => {
    if (typeof message === "number") return sum + message;
    api.dispatch(message.replyTo, sum);
    return sum;
  };

/** What the actor answers to `{ replyTo }`. */
export const askOf = (api: Api, actor: AnyRef): Promise<unknown> =>
  api.query(actor, (replyTo: AnyRef) => ({ replyTo }), SOON_MS);

/** After a few rounds of the event loop: what was to happen at once has happened. */
export async function quiet(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await new Promise((go) => setImmediate(go));
}
