import type { AnomalyRecord, Verdict } from '../contract/anomaly.ts';
import type { JobSpec } from '../contract/job.ts';

/** One change of a job's settings that a verdict may suggest. */
export interface SettingChange {
  readonly key: 'sensitivity' | 'atLeast';
  readonly from: string;
  readonly to: string;
  /** One English sentence. */
  readonly text: string;
  readonly spec: JobSpec;
  /** What a person writes into the job's file. */
  readonly write: string;
}

/** Alerts a week relative to now, the smallest change first. */
const fewer = [0.5, 0.25, 0.1] as const;
const more = 2;
/** Limits of the contract. */
const leastPerWeek = 0.01;
const mostPerWeek = 168;
/** A size that hides an anomaly must be a little above it. */
const beyond = 1.05;

/** What could keep an anomaly like this one from being told (false alarm), or tell more like it (real). */
export function changesFor(spec: JobSpec, anomaly: AnomalyRecord, verdict: Verdict): SettingChange[] {
  if (anomaly.kind !== 'band') {
    return [];
  }
  switch (verdict) {
    case 'false-alarm':
      return [...fewer.flatMap((times) => withSensitivity(spec, times)), ...withAtLeast(spec, anomaly)];
    case 'real':
      return withSensitivity(spec, more);
    case 'expected':
      // It was right to see it; a calendar is what knows that it will come again.
      return [];
  }
}

function withSensitivity(spec: JobSpec, times: number): SettingChange[] {
  const sensitivity = Number((spec.sensitivity * times).toPrecision(2));
  if (sensitivity < leastPerWeek || sensitivity > mostPerWeek || sensitivity === spec.sensitivity) {
    return [];
  }
  const [from, to] = [perWeek(spec.sensitivity), perWeek(sensitivity)];
  const text = `Tell at most ${to} and series instead of ${from}.`;
  return [{ key: 'sensitivity', from, to, text, spec: { ...spec, sensitivity }, write: `sensitivity: ${to}` }];
}

function withAtLeast(spec: JobSpec, { peakValue, expectedAtPeak }: AnomalyRecord): SettingChange[] {
  if (peakValue === null || expectedAtPeak === null || peakValue === expectedAtPeak) {
    return [];
  }
  const absolute = Number((beyond * Math.abs(peakValue - expectedAtPeak)).toPrecision(2));
  if (absolute <= (spec.atLeast?.absolute ?? 0)) {
    return [];
  }
  const atLeast = { ...spec.atLeast, absolute };
  const from = spec.atLeast?.absolute === undefined ? 'any size' : String(spec.atLeast.absolute);
  const relative = atLeast.relative === undefined ? '' : `, relative: ${atLeast.relative}`;
  const text = `Tell only what is at least ${absolute} away from the expected value.`;
  const write = `atLeast: { absolute: ${absolute}${relative} }`;
  return [{ key: 'atLeast', from, to: String(absolute), text, spec: { ...spec, atLeast }, write }];
}

/** As the setting takes it. */
function perWeek(alerts: number): string {
  return `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} per week`;
}
