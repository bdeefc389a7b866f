import { alertRuns } from '../../../backend/src/detection/alert-runs.ts';
import { alertThreshold } from '../../../backend/src/detection/alert-threshold.ts';
import { anomalyScore, gatherEvidence } from '../../../backend/src/detection/anomaly-score.ts';
import { detect } from '../../../backend/src/detection/detect.ts';
import { newRecords } from '../../../backend/src/detection/new-records.ts';
import { windowLength } from '../../../backend/src/detection/window-length.ts';
import type { RegularSeries } from '../../../backend/src/timeseries/series.ts';
import { countAlerts, type AlertCounts } from './alert-figures.ts';
import type { LabelledSeries } from './labelled-series.ts';
import { referenceScores, type ReferenceName } from './reference-scores.ts';
import { labelledRuns, vusPr, type Span } from './vus-pr.ts';

/** VUS-PR of the reference scores of one series, and the window it was taken with. */
export interface ReferenceJudgement {
  readonly window: number;
  readonly vusPr: Readonly<Partial<Record<ReferenceName, number>>>;
}

/** `after history`: causal, with the values before the judged ones known. */
export type Form = 'offline' | 'causal' | 'after history';

export interface AlertJudgement {
  /** One alert a week, with the threshold from the judged values themselves. */
  readonly own: AlertCounts;
  /** For each of `settings`, with the threshold from the history, before any judged value was seen. */
  readonly frozen?: readonly AlertCounts[];
  /** For each of `evidenceLevels`; without a history the first third is left out, in which nothing is known yet. */
  readonly byEvidence: readonly AlertCounts[];
}

/** How our scores and alerts did on one series. */
export interface Judgement {
  /** Left out where nothing is labelled. */
  readonly vusPr: Readonly<Partial<Record<Form, number>>>;
  readonly alerts?: AlertJudgement;
  /** CPU seconds that the causal scores of the judged values took. */
  readonly cpuSeconds: number;
  readonly points: number;
}

/** Alerts a week that are asked for. */
export const settings = [1, 3, 7, 14] as const;
/** Thresholds in nats that are the same for all series. */
export const evidenceLevels: readonly number[] = Array.from({ length: 113 }, (_, k) => 4 + k / 2);
const warmShare = 1 / 3;

export function judgeReferences(series: LabelledSeries, seed: number): ReferenceJudgement {
  const { values, labels } = judgedPart(series);
  const filled = filledForward(values);
  const window = windowLength(filled);
  const used = series.window ?? window;
  const scores = referenceScores(filled, used, seed);
  return { window, vusPr: Object.fromEntries([...scores].map(([name, each]) => [name, vusPr(each, labels, used)])) };
}

export function judgeScores(series: LabelledSeries, withAlerts: boolean): Judgement {
  const { values, labels } = judgedPart(series);
  const window = series.window ?? windowLength(filledForward(values));
  const judged = { startMs: series.startMs + series.history * series.stepMs, stepMs: series.stepMs, values };
  const before = process.threadCpuUsage();
  const causal = anomalyScore(judged, { form: 'causal' });
  const spent = process.threadCpuUsage(before);
  const judge = (scores: Float64Array) => vusPr(withoutGaps(scores), labels, window);
  return {
    vusPr: labels.includes(1)
      ? {
          offline: judge(anomalyScore(judged, { form: 'offline' })),
          causal: judge(causal),
          ...(series.history > 0 ? { 'after history': judge(scoresAfterHistory(series)) } : {}),
        }
      : {},
    ...(withAlerts ? { alerts: alertsOf(series, judged, labelledRuns(labels)) } : {}),
    cpuSeconds: (spent.user + spent.system) / 1e6,
    points: values.length,
  };
}

function judgedPart({ values, labels, history }: LabelledSeries) {
  return { values: values.slice(history), labels: labels.slice(history) };
}

function scoresAfterHistory({ values, startMs, stepMs, history }: LabelledSeries): Float64Array {
  return anomalyScore({ startMs, stepMs, values }, { form: 'causal' }).slice(history);
}

function alertsOf(series: LabelledSeries, judged: RegularSeries, events: readonly Span[]): AlertJudgement {
  const { stepMs, values } = judged;
  const { alerts } = detect(judged, { alertsPerWeek: 1, direction: 'both', form: 'causal' });
  const runs = alerts.map(({ startMs, endMs }) => ({
    from: Math.round((startMs - judged.startMs) / stepMs),
    to: Math.round((endMs - judged.startMs) / stepMs),
  }));
  return { own: countAlerts({ runs, stepMs, length: values.length }, events), ...evidenceAlerts(series) };
}

/** Alerts at thresholds that do not come from the judged values; for the rest they are those of `detect`. */
function evidenceAlerts(series: LabelledSeries): Pick<AlertJudgement, 'frozen' | 'byEvidence'> {
  const { values, labels, startMs, stepMs, history } = series;
  const gathered = gatherEvidence({ startMs, stepMs, values }, 'causal').evidence;
  const evidence = gathered.map((value, i) => (Number.isFinite(values[i]!) ? value : 0));
  const records = newRecords(evidence);
  const from = history > 0 ? history : Math.floor(warmShare * values.length);
  const events = labelledRuns(labels.slice(from));
  const countAt = (threshold: number) => {
    const runs = alertRuns(evidence.subarray(from), records.subarray(from), threshold);
    return countAlerts({ runs, stepMs, length: values.length - from }, events);
  };
  const known = evidence.subarray(0, history);
  return {
    byEvidence: evidenceLevels.map(countAt),
    ...(history > 0
      ? { frozen: settings.map((perWeek) => countAt(alertThreshold(known, stepMs, perWeek).evidence)) }
      : {}),
  };
}

/** A gap is judged as expected. */
function withoutGaps(scores: Float64Array): Float64Array {
  return scores.map((score) => (Number.isFinite(score) ? score : 0));
}

/** Missing values repeat the last that is known; those at the start are the first. */
function filledForward(values: Float64Array): Float64Array {
  let last = values.find((value) => Number.isFinite(value)) ?? 0;
  return values.map((value) => (last = Number.isFinite(value) ? value : last));
}
