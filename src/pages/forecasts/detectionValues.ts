import type { DetectionKind, JobSpec, JobSpecInput } from '../../../backend/src/contract/index.ts';
import { listOf, pairOf, textOfPairs } from './formText.ts';

/** What is looked for and who is told, as the form holds it. */
export interface DetectionValues {
  readonly kinds: readonly DetectionKind[];
  readonly outlierAmong: string;
  readonly jointAmong: string;
  readonly capacityLimit: string;
  readonly capacitySide: 'above' | 'below';
  readonly capacityWarn: string;
  readonly capacityProbability: string;
  readonly atLeastAbsolute: string;
  readonly atLeastRelative: string;
  readonly open: string;
  readonly close: string;
  readonly ignoreLabels: string;
  readonly calendars: readonly string[];
  readonly alertOn: boolean;
  readonly alertSeverity: string;
  readonly alertLabels: string;
  readonly overlay: 'none' | 'matching' | 'chosen';
  readonly overlayPanels: readonly string[];
  readonly write: string;
}

type Detectors = NonNullable<JobSpecInput['detect']>;
type DetectorObject = Exclude<Detectors[number], string>;

function shareText(share: number | string): string {
  return typeof share === 'number' ? `${Math.round(share * 10_000) / 100}%` : share;
}

/** The detector of a kind that a job has, as an object; undefined when it has none. */
function detectorOf<K extends DetectionKind>(detect: Detectors, kind: K) {
  return detect.find(
    (one): one is Extract<DetectorObject, { kind: K }> => typeof one === 'object' && one.kind === kind
  );
}

function alertValues(alert: JobSpecInput['alert']) {
  const spec = typeof alert === 'object' ? alert : {};
  return {
    alertOn: alert !== 'none',
    alertSeverity: spec.severity ?? 'warning',
    alertLabels: textOfPairs(spec.labels ?? {}),
  };
}

function overlayValues(overlay: JobSpecInput['overlay'] = 'none') {
  return Array.isArray(overlay)
    ? { overlay: 'chosen' as const, overlayPanels: overlay }
    : { overlay, overlayPanels: [] };
}

/** The form's values of a job; what the job leaves out is shown as its default. */
export function toDetectionValues(spec: JobSpecInput): DetectionValues {
  const detect = spec.detect ?? ['band'];
  const capacity = detectorOf(detect, 'capacity');
  return {
    kinds: detect.map((one) => (typeof one === 'string' ? one : one.kind)),
    outlierAmong: (detectorOf(detect, 'outlier')?.among ?? []).join(', '),
    jointAmong: (detectorOf(detect, 'joint')?.among ?? []).join(', '),
    capacityLimit: capacity === undefined ? '' : String(capacity.limit),
    capacitySide: capacity?.side ?? 'above',
    capacityWarn: capacity?.warn ?? '3d',
    capacityProbability: shareText(capacity?.probability ?? 0.8),
    atLeastAbsolute: String(spec.atLeast?.absolute ?? ''),
    atLeastRelative: spec.atLeast?.relative === undefined ? '' : shareText(spec.atLeast.relative),
    open: spec.open ?? '2 of 3',
    close: spec.close ?? '3 of 3',
    ignoreLabels: (spec.ignoreLabels ?? []).join(', '),
    calendars: spec.calendars ?? [],
    ...alertValues(spec.alert),
    ...overlayValues(spec.overlay),
    write: spec.write ?? '',
  };
}

function toDetector(kind: DetectionKind, values: DetectionValues) {
  switch (kind) {
    case 'outlier':
      return { kind, among: listOf(values.outlierAmong) };
    case 'joint':
      return { kind, among: listOf(values.jointAmong) };
    case 'capacity':
      return {
        kind,
        limit: values.capacityLimit.trim(),
        side: values.capacitySide,
        warn: values.capacityWarn.trim(),
        probability: values.capacityProbability.trim(),
      };
    default:
      return { kind };
  }
}

function toAtLeast({ atLeastAbsolute, atLeastRelative }: DetectionValues): JobSpecInput['atLeast'] {
  const [absolute, relative] = [atLeastAbsolute.trim(), atLeastRelative.trim()];
  return absolute === '' && relative === ''
    ? undefined
    : { ...(absolute === '' ? {} : { absolute }), ...(relative === '' ? {} : { relative }) };
}

/** The detection part of the job that the form describes; annotations that the form does not show are kept. */
export function fromDetectionValues(values: DetectionValues, before: Partial<JobSpecInput>) {
  const kept = typeof before.alert === 'object' ? before.alert : {};
  return {
    detect: values.kinds.map((kind) => toDetector(kind, values)),
    atLeast: toAtLeast(values),
    open: values.open.trim(),
    close: values.close.trim(),
    ignoreLabels: listOf(values.ignoreLabels),
    calendars: [...values.calendars],
    alert: values.alertOn
      ? {
          ...kept,
          severity: values.alertSeverity.trim(),
          labels: Object.fromEntries(listOf(values.alertLabels).map(pairOf)),
        }
      : ('none' as const),
    overlay: values.overlay === 'chosen' ? [...values.overlayPanels] : values.overlay,
    write: values.write.trim() === '' ? undefined : values.write.trim(),
  };
}

const fieldOfSetting: Readonly<Record<string, keyof DetectionValues>> = {
  'capacity.limit': 'capacityLimit',
  'capacity.side': 'capacitySide',
  'capacity.warn': 'capacityWarn',
  'capacity.probability': 'capacityProbability',
  'outlier.among': 'outlierAmong',
  'joint.among': 'jointAmong',
  'atLeast.absolute': 'atLeastAbsolute',
  'atLeast.relative': 'atLeastRelative',
  'alert.severity': 'alertSeverity',
  'alert.labels': 'alertLabels',
};
const fieldOfKey: Readonly<Record<string, keyof DetectionValues>> = {
  detect: 'kinds',
  atLeast: 'atLeastAbsolute',
  alert: 'alertSeverity',
  overlay: 'overlayPanels',
};

/** The field at which a fault of the detection part is told; undefined when it is of another part. */
export function detectionFieldAt(
  path: readonly string[],
  kinds: readonly DetectionKind[]
): keyof DetectionValues | undefined {
  const [first = '', second = '', third = ''] = path;
  const setting = first === 'detect' ? `${kinds[Number(second)] ?? ''}.${third}` : `${first}.${second}`;
  return fieldOfSetting[setting] ?? fieldOfKey[first];
}

/** What a job looks for and whom it tells, as the backend fills it in. */
export type DetectionSpec = Pick<
  JobSpec,
  'detect' | 'atLeast' | 'open' | 'close' | 'ignoreLabels' | 'calendars' | 'alert' | 'overlay' | 'write'
>;
