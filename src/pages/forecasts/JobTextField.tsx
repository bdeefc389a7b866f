import { Field, Input } from '@grafana/ui';
import { useId } from 'react';
import { useFormContext } from 'react-hook-form';
import type { JobFormField, JobFormValues } from './jobFormValues.ts';

/** Fields whose value is text. */
type TextName = {
  [K in JobFormField]: JobFormValues[K] extends string ? (string extends JobFormValues[K] ? K : never) : never;
}[JobFormField];

interface TextFieldProps {
  readonly field: TextName;
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly width?: number;
}

/** A text input with its label, its description and the fault that was found. */
export function TextField({
  field,
  label,
  description = '',
  placeholder = '',
  disabled = false,
  width = 20,
}: TextFieldProps) {
  const { register, formState } = useFormContext<JobFormValues>();
  const id = useId();
  const fault = formState.errors[field]?.message;
  return (
    <Field label={label} description={description} htmlFor={id} invalid={fault !== undefined} error={fault ?? ''}>
      <Input id={id} width={width} placeholder={placeholder} disabled={disabled} {...register(field)} />
    </Field>
  );
}
