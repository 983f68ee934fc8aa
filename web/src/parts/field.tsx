/** Fields of a form, each under its label. */
import type { ReactNode } from "react";
import { PASSWORD_CHARS_MIN } from "../office-api.ts";

interface FieldProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Field({ label, className = "", children }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className={`block min-w-0 ${className}`}>
      <span className="label mb-1 block">{label}</span>
      {children}
    </label>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string | number, title: string])[];
  readonly defaultValue?: string | number;
}

export function SelectField({ label, name, options, defaultValue }: SelectFieldProps) {
  return (
    <Field label={label}>
      <select name={name} defaultValue={defaultValue} className="field w-full">
        {options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface NewPasswordFieldProps {
  readonly label: string;
  readonly name: string;
  /** Without it one must be given. */
  readonly hint?: string;
}

export function NewPasswordField({ label, name, hint }: NewPasswordFieldProps) {
  return (
    <Field label={label}>
      <input
        name={name}
        type="password"
        className="field w-full"
        autoComplete="new-password"
        minLength={PASSWORD_CHARS_MIN}
        required={hint === undefined}
        placeholder={hint}
      />
    </Field>
  );
}
