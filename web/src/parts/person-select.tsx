/** A choice of one of the office's people. */
import type { Person } from "../../../transports/http/office/person-contract.ts";

interface PersonSelectProps {
  readonly people: readonly Person[];
  /** Undefined: nobody has been chosen. */
  readonly value: number | undefined;
  /** What it says then. */
  readonly nobody: string;
  /** Whether one may go back to nobody. */
  readonly isOptional?: boolean;
  readonly className?: string;
  onChange(id: number): void;
}

export function PersonSelect(props: PersonSelectProps) {
  const { people, value, nobody, isOptional = false, className = "", onChange } = props;
  return (
    <select
      className={`field ${className}`}
      value={value ?? ""}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {(isOptional || value === undefined) && <option value="">{nobody}</option>}
      {people.map(({ id, displayName }) => (
        <option key={id} value={id}>
          {displayName}
        </option>
      ))}
    </select>
  );
}
