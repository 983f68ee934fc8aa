/** Commands to a leaf and what became of each, and a form that gives one. */
import { type FormEvent, useId, useState } from "react";
import type { Command, CommandRequest } from "../../../transports/http/contract.ts";
import { cancelCommand, fetchCommands, sendCommand } from "../api.ts";
import { newId } from "../clock.ts";
import { commandTitle, formatClock, refusalWords } from "../format.ts";
import { store, useCommandsOf } from "../live/live.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { FilterSelect } from "../parts/filters.tsx";
import type { ActOutcome } from "../parts/use-act.ts";
import { useOnce } from "../parts/use-once.ts";
import { type StringKey, t, wordOf } from "../strings.ts";

/** Arguments by command, as wire v1 has them: name and the most that fits. */
const COMMANDS: Readonly<Record<string, { readonly field?: string; readonly max?: number }>> = {
  read_now: {},
  set_interval: { field: "intervalS", max: 0xffff },
  set_state: { field: "on" },
  set_pwm: { field: "duty", max: 0xffff },
  deep_sleep: { field: "sleepMs", max: 0xffff_ffff },
  reset: {},
};
/** Long enough for a leaf that sleeps an hour, short enough not to surprise anybody. */
const EXPIRES_MS = 2 * 3_600_000;
const SHOWN = 8;

interface LeafName {
  readonly hub: string;
  readonly leafId: number;
}

export function LeafCommands({ hub, leafId }: LeafName) {
  const commands = useCommandsOf(hub, leafId);
  useOnce(`${hub}/${leafId}`, async (signal) => {
    const answer = await fetchCommands(hub, leafId, signal);
    if (answer.ok) store.putCommands(answer.value.commands);
  });
  return (
    <section aria-labelledby="leaf-commands" className="mt-6">
      <h3 id="leaf-commands" className="label mb-1.5">
        {t("commands.title")}
      </h3>
      <div className="panel rounded-xl p-4">
        <CommandForm hub={hub} leafId={leafId} />
        {commands.length > 0 && (
          <ol className="mt-3 divide-y divide-line border-line border-t">
            {commands.slice(0, SHOWN).map((command) => (
              <CommandRow key={command.id} command={command} />
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}

function CommandForm({ hub, leafId }: LeafName) {
  const [command, setCommand] = useState("read_now");
  const [argument, setArgument] = useState("");
  const [onWake, setOnWake] = useState(false);
  const [outcome, setOutcome] = useState<ActOutcome>({ state: "idle" });
  const id = useId();
  const { field, max } = COMMANDS[command] ?? {};
  const isComplete = field === undefined || field === "on" || argument !== "";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const value = field === "on" ? argument !== "off" : Number(argument);
    const request: CommandRequest = {
      id: newId(),
      command,
      args: field === undefined ? {} : { [field]: value },
      delivery: onWake ? "onWake" : "now",
      expiresInMs: EXPIRES_MS,
    };
    setOutcome({ state: "busy" });
    const answer = await sendCommand(hub, leafId, request);
    if (answer.ok) store.putCommands([answer.value]);
    setOutcome(
      answer.ok
        ? { state: "done", message: t("commands.given") }
        : { state: "failed", message: answer.message },
    );
  };
  return (
    <form onSubmit={(event) => void submit(event)} aria-describedby={`${id}-outcome`}>
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label={t("commands.command")}
          className="field"
          value={command}
          onChange={(event) => {
            setCommand(event.target.value);
            setArgument("");
          }}
        >
          {Object.keys(COMMANDS).map((name) => (
            <option key={name} value={name}>
              {t(`command.${name}` as StringKey)}
            </option>
          ))}
        </select>
        {field === "on" ? (
          <FilterSelect
            label={t("commands.state")}
            all={t("commands.on")}
            value={argument}
            options={[["off", t("commands.off")]]}
            onChange={setArgument}
          />
        ) : (
          field !== undefined && (
            <input
              type="number"
              min={0}
              max={max}
              step={1}
              aria-label={t(`commands.${field}` as StringKey)}
              placeholder={t(`commands.${field}` as StringKey)}
              className="field w-36"
              value={argument}
              onChange={(event) => setArgument(event.target.value)}
            />
          )
        )}
        <label className="flex items-center gap-1.5 text-ink-2 text-xs">
          <input
            type="checkbox"
            checked={onWake}
            onChange={(event) => setOnWake(event.target.checked)}
          />
          {t("commands.onWake")}
        </label>
        <button
          type="submit"
          className="button ml-auto"
          disabled={outcome.state === "busy" || !isComplete}
        >
          {t("commands.send")}
        </button>
      </div>
      <div id={`${id}-outcome`} className="mt-1">
        <ActMessage outcome={outcome} />
      </div>
    </form>
  );
}

const STATE_INK: Readonly<Record<Command["state"], string>> = {
  queued: "text-ink-2",
  sent: "text-cool",
  applied: "text-accent",
  acknowledged: "text-accent",
  refused: "text-bad",
  expired: "text-warn",
  superseded: "text-ink-3",
};

/** Of a command given by name elsewhere, arguments may be what wire v1 does not know. */
function argumentWords(name: string, value: number | boolean): string {
  if (typeof value === "boolean") return t(value ? "commands.on" : "commands.off");
  return wordOf("given", name, { value }) ?? `${name} ${value}`;
}

function CommandRow({ command }: { command: Command }) {
  const { hub, leafId, id, args, state, reason, endedAtMs } = command;
  const [outcome, setOutcome] = useState<ActOutcome>({ state: "idle" });
  const cancel = async () => {
    setOutcome({ state: "busy" });
    const answer = await cancelCommand(hub, leafId, id);
    if (answer.ok) store.putCommands([answer.value]);
    setOutcome(answer.ok ? { state: "idle" } : { state: "failed", message: answer.message });
  };
  const said = Object.entries(args).map(([name, value]) => argumentWords(name, value));
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 py-1.5 text-xs" data-command={id}>
      <time className="text-ink-3">{formatClock(command.createdAtMs)}</time>
      <span className="font-medium text-sm">{commandTitle(command.command)}</span>
      <span className="text-ink-2">{command.argsHex ?? said.join(", ")}</span>
      <span className={`ml-auto ${STATE_INK[state]}`} data-state={state}>
        {t(`commandState.${state}` as StringKey)}
        {reason !== null && <span className="text-ink-3"> · {refusalWords(reason)}</span>}
      </span>
      {endedAtMs === null && (
        <button
          type="button"
          className="rounded text-ink-3 hover:text-ink hover:underline"
          aria-label={t("commands.cancelThis", { command: commandTitle(command.command) })}
          disabled={outcome.state === "busy"}
          onClick={() => void cancel()}
        >
          {t("commands.cancel")}
        </button>
      )}
      <ActMessage outcome={outcome} />
    </li>
  );
}
