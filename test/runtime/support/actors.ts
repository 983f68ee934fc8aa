/** Short forms for tests of the kernel. */
import type { ActorContext } from "../../../runtime/actor-context.ts";
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import type { Logger } from "../../../runtime/logger.ts";
import type { ChildSpec } from "../../../runtime/supervisor.ts";

/** A spec with everything that a test does not care about. */
export const actor = <M>(
  id: string,
  start: () => Behavior<M>,
  rest: Partial<ChildSpec<M>> = {},
): ChildSpec<M> => ({ id, start, restart: "temporary", shutdownMs: 1_000, ...rest });

/** An actor that does what each message says. */
export type Script = (ctx: ActorContext<Script>) => Behavior<Script> | undefined;

export const scripted = (
  id: string,
  log: string[],
  rest: Partial<ChildSpec<Script>> = {},
): ChildSpec<Script> =>
  actor<Script>(
    id,
    () =>
      setup((ctx) => {
        log.push(`${id} starts`);
        return receive((script) => script(ctx) ?? same, {
          onSignal: (signal) => {
            log.push(`${id} ${signal.type}`);
            return same;
          },
        });
      }),
    rest,
  );

export const fail: Script = () => {
  throw new Error("told to fail");
};

/** Keeps what is logged as errors. */
export function recordingLogger(): { readonly logger: Logger; readonly errors: object[] } {
  const errors: object[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error(fields) {
      errors.push(fields);
    },
    child: () => logger,
  };
  return { logger, errors };
}
