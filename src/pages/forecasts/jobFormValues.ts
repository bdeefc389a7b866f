import {
  JobSpec,
  ModelName,
  parseAlertsPerWeek,
  type Direction,
  type JobSpecInput,
} from '../../../backend/src/contract/index.ts';
import { usualSensitivity } from '../../forecast/sensitivitySteps.ts';
import { detectionFieldAt, fromDetectionValues, toDetectionValues, type DetectionValues } from './detectionValues.ts';
import { faultsOfIssues } from './formFaults.ts';
import { listOf, pairOf, textOfPairs } from './formText.ts';

/** A job as the form holds it: all text, so that what a person typed stays until it is right. */
export interface JobFormValues extends DetectionValues {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly query: string;
  readonly step: string;
  readonly training: string;
  readonly retrain: string;
  readonly horizon: string;
  readonly unit: string;
  readonly direction: Direction;
  /** Alerts a week. */
  readonly sensitivity: number;
  readonly min: string;
  readonly max: string;
  readonly models: readonly ModelName[];
  readonly levels: string;
  readonly labels: string;
}

export type JobFormField = keyof JobFormValues;

export interface JobFormFault {
  readonly field: JobFormField;
  readonly message: string;
}

export type ParsedJobForm =
  { readonly ok: true; readonly spec: JobSpecInput } | { readonly ok: false; readonly faults: readonly JobFormFault[] };

function titleText(title: JobSpecInput['title']): string {
  return typeof title === 'object' ? title.en : (title ?? '');
}

/** As text or as a number in a job; a number in the form. */
function alertsPerWeekOf(sensitivity: JobSpecInput['sensitivity']): number {
  return (typeof sensitivity === 'string' ? parseAlertsPerWeek(sensitivity) : sensitivity) ?? usualSensitivity;
}

/** The form's values of a job; what the job leaves out is shown as its default. */
export function toFormValues(spec: JobSpecInput): JobFormValues {
  return {
    name: spec.name,
    title: titleText(spec.title),
    source: spec.source ?? '',
    query: spec.query,
    step: spec.step ?? '1m',
    training: spec.training ?? '28d',
    retrain: spec.retrain ?? '12h',
    horizon: spec.horizon ?? '24h',
    unit: spec.unit ?? '',
    direction: spec.direction ?? 'both',
    sensitivity: alertsPerWeekOf(spec.sensitivity),
    min: spec.range?.min?.toString() ?? '',
    max: spec.range?.max?.toString() ?? '',
    models: spec.models === undefined || spec.models === 'auto' ? [] : spec.models,
    levels: (spec.levels ?? [80, 95]).map((level) => String(level).replace('%', '')).join(', '),
    labels: textOfPairs(spec.labels ?? {}),
    ...toDetectionValues(spec),
  };
}

function toRange(min: string, max: string): JobSpecInput['range'] {
  if (min.trim() === '' && max.trim() === '') {
    return undefined;
  }
  return {
    ...(min.trim() === '' ? {} : { min: Number(min) }),
    ...(max.trim() === '' ? {} : { max: Number(max) }),
  };
}

function toTitle(values: JobFormValues, before: JobSpecInput['title']): JobSpecInput['title'] {
  const title = values.title.trim();
  return typeof before === 'object' ? { ...before, en: title } : title || undefined;
}

/** The field at which a fault is told, by its path in the job: `detect.0.limit`, `range.max`. */
export function fieldAt(path: readonly string[], values: JobFormValues): JobFormField {
  const [first = '', second] = path;
  if (first === 'range') {
    return second === 'max' ? 'max' : 'min';
  }
  const field = detectionFieldAt(path, values.kinds) ?? first;
  return field in values ? (field as JobFormField) : 'name';
}

/**
 * The job that the form describes, checked by the backend's own schema.
 * @param before the job that is edited: what the form does not show of it is kept
 */
export function parseJobForm(values: JobFormValues, before: Partial<JobSpecInput>): ParsedJobForm {
  const optional = (text: string) => (text.trim() === '' ? undefined : text.trim());
  const spec = {
    ...before,
    name: values.name.trim(),
    title: toTitle(values, before.title),
    source: optional(values.source),
    query: values.query.trim(),
    step: values.step.trim(),
    training: values.training.trim(),
    retrain: values.retrain.trim(),
    horizon: values.horizon.trim(),
    unit: optional(values.unit),
    direction: values.direction,
    sensitivity: values.sensitivity,
    range: toRange(values.min, values.max),
    models: values.models.length === 0 ? ('auto' as const) : [...values.models],
    levels: listOf(values.levels.replaceAll('%', '')).map(Number),
    labels: Object.fromEntries(listOf(values.labels).map(pairOf)),
    ...fromDetectionValues(values, before),
  };
  // What is undefined is left out, so that the backend's defaults apply.
  const kept = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  const parsed = JobSpec.safeParse(kept);
  if (parsed.success) {
    return { ok: true, spec: parsed.data };
  }
  return {
    ok: false,
    faults: faultsOfIssues(parsed.error.issues).map(({ path, message }) => ({ field: fieldAt(path, values), message })),
  };
}

export const modelNames: readonly ModelName[] = ModelName.options;
