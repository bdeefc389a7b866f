import type { DetectionKind } from '../contract/detect.ts';
import type { RangeAnswer } from '../datasources/metrics/metric-store.ts';
import { labelKey } from '../timeseries/series.ts';
import { gapBoundSteps } from './hysteresis.ts';
import { seriesOf, type LiveJob } from './live-job.ts';
import type { LiveSeries } from './live-series.ts';
import { scoreRow, type RowOptions } from './score-row.ts';
import { servedEdges } from './served-edges.ts';
import { layRow, makeGrid, rowScores, type SliceGrid } from './slice-grid.ts';
import type { HorizonForecast, SeriesScores } from './tick-scores.ts';

/** Consecutive steps of a job and what its source answered for them. */
export interface Slice {
  readonly fromMs: number;
  readonly steps: number;
  /** Steps before were scored already. */
  readonly newFromMs: number;
  readonly answer: RangeAnswer;
  /** Forecasts so far ahead are wanted for writers; undefined when nothing is written. */
  readonly horizonsMs: readonly number[] | undefined;
}

/** A part of the series is missing: who is not in such an answer may be there all the same. */
const partialAnswer = /partial|unavailable|failed to/i;

/**
 * Scores the values of some steps and carries on everything the job remembers. The band windows must hold the steps.
 * @returns the scores of series that have values, when they are wanted
 */
export function scoreSlice(job: LiveJob, slice: Slice, widening: RowOptions['widening']): readonly SeriesScores[] {
  const present = slice.answer.series.map(({ labels, values }) => ({
    live: seriesOf(job, labelKey(labels), labels),
    values,
  }));
  const { stepMs } = job.rules;
  const grid = makeGrid(job.series.length, slice.fromMs, slice.steps, stepMs);
  for (const { live, values } of present) {
    layRow(grid, live, values);
  }
  const firstNew = Math.max(0, Math.round((slice.newFromMs - slice.fromMs) / stepMs));
  for (const series of job.series) {
    scoreRow(job, series, grid, { widening, firstNew });
  }
  lookAtKinds(job, grid, { firstNew, partial: slice.answer.warnings.some((text) => partialAnswer.test(text)) });
  endOfVanished(job, grid);
  const { horizonsMs } = slice;
  return horizonsMs === undefined
    ? []
    : present.map(({ live }) => rowScores(grid, live, horizonsOf(job, live, grid, horizonsMs)));
}

function lookAtKinds(
  job: LiveJob,
  grid: SliceGrid,
  { firstNew, partial }: { readonly firstNew: number; readonly partial: boolean }
): void {
  const { kinds, book } = job;
  if (!kinds.watchesSeries && !kinds.watchesGroups) {
    return;
  }
  for (const [k, timeMs] of grid.timesMs.entries()) {
    const values = job.series.map((series) => stepOf(series, grid, k));
    const told = k >= firstNew ? book : undefined;
    const known = !partial && grid.answered[k] === 1;
    if (kinds.watchesSeries) {
      const newcomers = newcomersAt(job, grid, k);
      for (const one of values) {
        const replaced = newcomers.size > 0 && newcomers.has(job.siblings.keyOf(one.series.labels));
        kinds.lookAtSeries({ ...one, timeMs, known, replaced }, told);
      }
    }
    kinds.lookAtJob({ timeMs, known: !partial, values }, told);
  }
}

function stepOf(series: LiveSeries, grid: SliceGrid, k: number) {
  const at = series.index * grid.steps + k;
  const edges = {
    expected: grid.expected[at] ?? NaN,
    lower: grid.trainedLower[at] ?? NaN,
    upper: grid.trainedUpper[at] ?? NaN,
  };
  return { series, value: grid.observed[at] ?? NaN, edges };
}

/** Label sets without the ignored ones that a series has which came after the training. */
function newcomersAt(job: LiveJob, grid: SliceGrid, k: number): ReadonlySet<string> {
  const came = job.series.filter(
    ({ madeAtMs, index }) => madeAtMs === 0 && !Number.isNaN(grid.observed[index * grid.steps + k] ?? NaN)
  );
  return new Set(job.record.spec.ignoreLabels.length === 0 ? [] : came.map(({ labels }) => job.siblings.keyOf(labels)));
}

const endingWithValues: readonly DetectionKind[] = ['flat', 'level-shift', 'outlier', 'capacity'];

/** What was found in a series that is not answered any more is over; silence is another matter. */
function endOfVanished(job: LiveJob, grid: SliceGrid): void {
  const nowMs = grid.timesMs.at(-1) ?? 0;
  const boundMs = gapBoundSteps(job.rules.hysteresis) * job.rules.stepMs;
  const ended = [...job.book.lasting()].filter(({ anomaly }) => {
    return endingWithValues.includes(anomaly.kind) && nowMs - anomaly.seenToMs > boundMs;
  });
  const seen = new Map(ended.length === 0 ? [] : job.series.map((one) => [one.id, one.lastSeenMs]));
  for (const { anomaly } of ended) {
    const lastSeenMs = seen.get(anomaly.seriesId ?? '') ?? 0;
    if (nowMs - lastSeenMs > boundMs) {
      const text = 'No value has come since: the anomaly ended without an end that was seen.';
      const subject = { id: anomaly.seriesId, labels: anomaly.labels };
      const end = { endMs: Math.max(lastSeenMs, anomaly.seenToMs), seenToMs: nowMs };
      job.book.close(anomaly.kind, subject, { ...end, evidence: [{ code: 'gone', text }] });
    }
  }
}

function horizonsOf(
  job: LiveJob,
  series: LiveSeries,
  grid: SliceGrid,
  horizonsMs: readonly number[]
): readonly HorizonForecast[] {
  const lastMs = grid.timesMs.at(-1) ?? NaN;
  return horizonsMs.map((horizonMs, i) => {
    const trained = job.windows.at(series.index, lastMs, i + 1);
    return { horizonMs, ...servedEdges(job.rules.band, trained, series.detectors.adaptation) };
  });
}
