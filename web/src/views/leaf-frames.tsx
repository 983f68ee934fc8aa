/** The last frames of a leaf, byte by byte. The hub keeps them only while this asks for them. */
import { useEffect, useState } from "react";
import type { FrameField, SeenFrame } from "../../../transports/http/contract.ts";
import { fetchFrames } from "../api.ts";
import { every } from "../clock.ts";
import { formatClock } from "../format.ts";
import { t } from "../strings.ts";

const ASK_EVERY_MS = 1_000;
/** As many as a hub keeps. */
const FRAMES_SHOWN = 16;

export function LeafFrames({ hub, leafId }: { hub: string; leafId: number }) {
  const { frames, problem } = useFrames(hub, leafId);
  const [chosen, setChosen] = useState<number>();
  const shown = frames.find(({ no }) => no === chosen) ?? frames.at(-1);
  return (
    <section aria-labelledby="leaf-frames" className="mt-6" data-frames={frames.length}>
      <h3 id="leaf-frames" className="label mb-1.5">
        {t("frames.title")}
      </h3>
      <div className="panel overflow-hidden rounded-xl">
        {shown === undefined ? (
          <p className="px-4 py-6 text-center text-ink-3" role="status">
            {problem ?? t("frames.waiting")}
          </p>
        ) : (
          <>
            <FrameList
              frames={frames.toReversed()}
              shown={shown.no}
              isNewest={chosen === undefined}
              onChoose={setChosen}
            />
            <FrameDetail frame={shown} />
          </>
        )}
      </div>
    </section>
  );
}

interface FrameListProps {
  readonly frames: readonly SeenFrame[];
  readonly shown: number;
  readonly isNewest: boolean;
  onChoose(no: number | undefined): void;
}

function FrameList({ frames, shown, isNewest, onChoose }: FrameListProps) {
  return (
    <fieldset className="max-h-40 min-w-0 overflow-y-auto border-line border-b p-1.5">
      <legend className="sr-only">{t("frames.title")}</legend>
      <label className="flex cursor-pointer gap-2 rounded-lg px-2.5 py-1 text-xs hover:bg-raised has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent">
        <input
          type="radio"
          name="frame"
          className="sr-only"
          checked={isNewest}
          onChange={() => onChoose(undefined)}
        />
        {t("frames.newest")}
      </label>
      {frames.map(({ no, atMs, hex, refusal, fields }) => (
        <label
          key={no}
          className={`flex cursor-pointer items-baseline gap-3 rounded-lg px-2.5 py-1 text-xs hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-accent ${no === shown ? "bg-raised" : ""}`}
        >
          <input
            type="radio"
            name="frame"
            className="sr-only"
            checked={!isNewest && no === shown}
            onChange={() => onChoose(no)}
          />
          <time className="shrink-0 text-ink-3">{formatClock(atMs)}</time>
          <span className="shrink-0">{fields.find(({ name }) => name === "type")?.value}</span>
          {refusal !== null && <span className="shrink-0 text-warn">{refusal}</span>}
          <code className="truncate font-mono text-ink-3">{hex}</code>
        </label>
      ))}
    </fieldset>
  );
}

function FrameDetail({ frame }: { frame: SeenFrame }) {
  return (
    <div className="p-3">
      <Bytes title={t("frames.raw")} hex={frame.hex} fields={frame.fields} />
      {frame.openedHex !== null && frame.openedFields.length > 0 && (
        <Bytes title={t("frames.opened")} hex={frame.openedHex} fields={frame.openedFields} />
      )}
    </div>
  );
}

/** Each field's bytes over its name and what they say: a table that flows. */
function Bytes({
  title,
  hex,
  fields,
}: {
  title: string;
  hex: string;
  fields: readonly FrameField[];
}) {
  return (
    <div className="mb-2 last:mb-0">
      <p className="mb-1.5 text-2xs text-ink-3">{title}</p>
      <ol className="flex flex-wrap gap-1">
        {fields.map(({ at, bytes, name, value }) => (
          <li
            key={at}
            data-field={name}
            className="flex min-w-0 max-w-full flex-col rounded-lg bg-raised px-2 py-1"
          >
            <code className="break-all font-mono text-xs">{spaced(hex, at, bytes)}</code>
            <span className="text-2xs text-ink-3">{name}</span>
            <span className="text-xs [overflow-wrap:anywhere]">{value}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

const spaced = (hex: string, at: number, bytes: number): string =>
  (hex.slice(2 * at, 2 * (at + bytes)).match(/../g) ?? []).join(" ");

function useFrames(hub: string, leafId: number) {
  const [frames, setFrames] = useState<readonly SeenFrame[]>([]);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    let after = 0;
    let isAsking = false;
    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      const answer = await fetchFrames(hub, leafId, after, abort.signal);
      isAsking = false;
      if (abort.signal.aborted) return;
      setProblem(answer.ok ? undefined : answer.message);
      if (!answer.ok) return;
      const fresh = answer.value.frames;
      const newest = fresh.at(-1)?.no;
      if (newest === undefined) return;
      // The tap was let go in the meantime, and counts anew.
      const isAnew = (fresh[0]?.no ?? 0) <= after;
      after = newest;
      setFrames((known) => [...(isAnew ? [] : known), ...fresh].slice(-FRAMES_SHOWN));
    };
    void ask();
    const stop = every(ASK_EVERY_MS, () => void ask());
    return () => {
      stop();
      abort.abort();
    };
  }, [hub, leafId]);
  return { frames, problem };
}
