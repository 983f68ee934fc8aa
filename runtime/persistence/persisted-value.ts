/**
 * Events and states on their way to the disk and back: packed with the version of their schema, and
 * raised to the present one on reading, a step for each version between.
 */
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { PERSISTED_BYTES_MAX } from "../limits.ts";
import { packValue, unpackValue } from "../state/record.ts";
import type { PersistedValue } from "./journal-messages.ts";

/** Version → what a value of it becomes in the version after it. */
export type Upcasters = Readonly<Record<number, (older: never) => unknown>>;

export interface Schema {
  readonly persistenceId: string;
  /** Of what is written; the first is 1. */
  readonly version: number;
  readonly upcasters: Upcasters;
}

export function checkSchema({ persistenceId, version, upcasters }: Schema): void {
  invariant(Number.isInteger(version) && version >= 1, `${persistenceId} has a version from 1`);
  for (let from = 1; from < version; from += 1) {
    invariant(upcasters[from] !== undefined, `${persistenceId} has an upcaster from ${from}`);
  }
}

export function pack(
  { persistenceId, version }: Schema,
  values: readonly unknown[],
): PersistedValue[] {
  let bytes = 0;
  const packed = values.map((value): PersistedValue => {
    const packedValue = packValue(value);
    bytes += packedValue.length;
    return [version, packedValue];
  });
  if (bytes > PERSISTED_BYTES_MAX) {
    throw new MycelError(
      "E_STATE_TOO_LARGE",
      `${persistenceId} persists ${bytes} bytes at once, and ${PERSISTED_BYTES_MAX} is the most: keep large values elsewhere, or part the actor.`,
      { persistenceId, bytes },
    );
  }
  return packed;
}

export function unpack(schema: Schema, [version, bytes]: PersistedValue): unknown {
  const { persistenceId, version: known, upcasters } = schema;
  if (version > known) {
    throw new MycelError(
      "E_STATE_NEWER",
      `${persistenceId} was written with version ${version} and this program knows ${known}: start the newer one, or restore a backup.`,
      { persistenceId, version, known },
    );
  }
  let value = unpackValue(bytes);
  for (let from = version; from < known; from += 1) {
    value = (upcasters[from] as (older: unknown) => unknown)(value);
  }
  return value;
}
