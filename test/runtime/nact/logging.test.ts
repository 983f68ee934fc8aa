/** nact's logging, held by nact and by ours. */
import assert from "node:assert/strict";
import type { LogMsg } from "nact";
import { until } from "../../support/until.ts";
import { type AnyRef, type Api, askOf, behaves } from "./modules.ts";

/** An actor that logs once in each way. */
const talker = (api: Api, system: AnyRef): AnyRef =>
  api.spawnStateless(
    system,
    ({ replyTo }: { replyTo: AnyRef }, { log }) => {
      for (const level of ["trace", "debug", "info", "warn", "error", "critical"] as const) {
        log[level](`said ${level}`);
      }
      log.event("door", { open: true });
      log.metric("load", { one: 0.5 });
      log.exception(new Error("broken"));
      api.dispatch(replyTo, "done");
    },
    "talker",
  );

behaves("configureLogging() sends all that actors log to one actor", async (api) => {
  const messages: LogMsg[] = [];
  const engine = (system: AnyRef): AnyRef =>
    api.spawnStateless(system, (message: LogMsg) => void messages.push(message), "sink");
  const system = api.start(api.configureLogging(engine));
  const actor = talker(api, system);
  assert.equal(await askOf(api, actor), "done");
  await until(() => messages.length === 9);
  for (const { actor: by, createdAt } of messages) {
    assert.equal(by, actor);
    assert.ok(createdAt instanceof Date);
  }
  assert.deepEqual(
    messages.map(({ actor: _actor, createdAt: _createdAt, ...rest }) => rest),
    [
      ...["trace", "debug", "info", "warn", "error", "critical"].map((name, index) => ({
        type: "trace",
        level: [1, 2, 3, 4, 5, 6][index],
        message: `said ${name}`,
      })),
      { type: "event", name: "door", properties: { open: true } },
      { type: "metric", name: "load", values: { one: 0.5 } },
      { type: "exception", exception: new Error("broken") },
    ],
  );
  api.stop(system);
});

behaves("logToConsole() writes each level to its channel", async (api) => {
  const lines: [string, string][] = [];
  const channel = (name: string) => (line: string) => void lines.push([name, line]);
  const consoleProxy = Object.fromEntries(
    ["log", "trace", "debug", "info", "warn", "error"].map((name) => [name, channel(name)]),
  ) as unknown as Console;
  const system = api.start(
    api.configureLogging(api.logToConsole({ consoleProxy, name: "writer" })),
  );
  assert.throws(() => api.spawn(system, () => {}, "writer"), /already exists/);
  await askOf(api, talker(api, system));
  await until(() => lines.length === 9);
  assert.deepEqual(
    lines.map(([name]) => name),
    ["trace", "debug", "info", "warn", "error", "error", "info", "info", "error"],
  );
  const of = (index: number): string => lines[index]?.[1] ?? "";
  assert.match(of(0), /^\[TRACE @ .+\] .+:\/\/talker - said trace$/);
  assert.match(of(5), /^\[CRITICAL @ .+\] .+:\/\/talker - said critical$/);
  assert.match(of(6), /^\[EVENT @ .+\] .+:\/\/talker - door: \{\s+"open": true\s+\}$/);
  assert.match(of(7), /^\[METRIC +@ .+\] .+:\/\/talker - load: \{\s+"one": 0.5\s+\}$/);
  assert.match(of(8), /^\[EXCEPTION @ .+\] .+:\/\/talker - Error: broken$/);
  api.stop(system);
});

behaves("logToConsole() takes a formatter, and a console that has only log", async (api) => {
  const lines: string[] = [];
  const engine = api.logToConsole({
    consoleProxy: { log: (line: string) => void lines.push(line) } as unknown as Console,
    formatter: ({ type }) => `<${type}>`,
  });
  const system = api.start(api.configureLogging(engine));
  await askOf(api, talker(api, system));
  await until(() => lines.length === 9);
  assert.deepEqual(lines, [...new Array(6).fill("<trace>"), "<event>", "<metric>", "<exception>"]);
  api.stop(system);
});

behaves("logNothing is an engine whose messages go nowhere", async (api) => {
  const system = api.start(api.configureLogging(api.logNothing));
  assert.equal(await askOf(api, talker(api, system)), "done");
  api.stop(system);
});

behaves("configureLogging() refuses an engine that gives no actor", async (api) => {
  assert.throws(() => api.start(api.configureLogging(() => undefined as never)), /not defined/);
});
