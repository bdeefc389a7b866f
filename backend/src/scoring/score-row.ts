import type { Labels } from '../timeseries/series.ts';
import { bandEvidence } from './band-evidence.ts';
import { nothingSpent, raiseAt, spend } from './budget.ts';
import { nextStep, strengthOf, type Turn } from './hysteresis.ts';
import type { LiveJob } from './live-job.ts';
import type { LiveSeries } from './live-series.ts';
import { adapt, liveScore, servedEdges, unknownEdges, type Edges } from './served-edges.ts';
import { borrowedEdges } from './siblings.ts';
import type { SliceGrid } from './slice-grid.ts';

export interface RowOptions {
  /** By how much a change widens the band of a series now; 1 for not at all. */
  readonly widening: (labels: Labels, timeMs: number) => number;
  /** Steps before this one were scored already: they are only looked at again. */
  readonly firstNew: number;
}

/** Scores one series over the steps of a grid, and opens and closes its anomaly. */
export function scoreRow(job: LiveJob, series: LiveSeries, grid: SliceGrid, options: RowOptions): void {
  const { rules } = job;
  const row = series.index * grid.steps;
  const siblings = series.hasBand ? undefined : job.siblings.of(series.labels);
  for (let k = 0; k < grid.steps; k++) {
    const timeMs = grid.timesMs[k] ?? NaN;
    const value = grid.observed[row + k] ?? NaN;
    const isGap = Number.isNaN(value);
    if (!isGap) {
      series.detectors.evidence?.add(timeMs, value);
    }
    if (isGap && siblings !== undefined) {
      // whoever has no band and no value is not worth looking for siblings
      step(job, series, { timeMs, value, score: NaN, counted: NaN, edges: unknownEdges }, k >= options.firstNew);
      continue;
    }
    const trained = trainedEdges(job, series, siblings, timeMs);
    const served = servedEdges(
      rules.band,
      trained,
      series.detectors.adaptation,
      options.widening(series.labels, timeMs)
    );
    const { score, counted } = liveScore(rules.band, value, served);
    grid.expected[row + k] = served.expected;
    grid.trainedLower[row + k] = trained.lower;
    grid.trainedUpper[row + k] = trained.upper;
    grid.lower[row + k] = served.lower;
    grid.upper[row + k] = served.upper;
    grid.scores[row + k] = score;
    step(job, series, { timeMs, value, score, counted, edges: served }, k >= options.firstNew);
    if (k >= options.firstNew && !isGap) {
      series.lastSeenMs = timeMs;
      series.detectors.adaptation = adapt(rules.band, trained, series.detectors.adaptation, value);
    }
  }
}

function trainedEdges(
  job: LiveJob,
  series: LiveSeries,
  siblings: ReturnType<LiveJob['siblings']['of']> | undefined,
  timeMs: number
): Edges {
  if (siblings === undefined) {
    return job.windows.at(series.index, timeMs);
  }
  const edges = siblings.members.map(({ index }) => job.windows.at(index, timeMs));
  return borrowedEdges(edges, siblings.alike);
}

interface Scored {
  readonly timeMs: number;
  readonly value: number;
  readonly score: number;
  readonly counted: number;
  readonly edges: Edges;
}

function step(job: LiveJob, series: LiveSeries, scored: Scored, isNew: boolean): void {
  const quietNow = series.state === undefined && !(scored.counted > 1);
  if (quietNow || !isNew || !job.kinds.has('band')) {
    return;
  }
  const { timeMs, score, counted, value, edges } = scored;
  const isPeak = counted > 1 && counted > (series.peak?.score ?? 0);
  series.peak = isPeak ? { score, timeMs, value, expected: edges.expected } : series.peak;
  const before = series.state;
  const endMs = before?.lastOutsideMs ?? timeMs;
  const { sensitivity } = job.record.spec;
  const spent = series.detectors.spent ?? nothingSpent;
  const threshold = series.threshold + raiseAt(spent, timeMs, sensitivity);
  const evidence = series.detectors.evidence?.newest() ?? series.usualEvidence;
  const input = { timeMs, score: counted, evidence, threshold };
  const { state, turn } = nextStep(before, input, job.rules.hysteresis);
  series.state = state;
  if (turn === 'opened') {
    series.detectors.spent = spend(spent, timeMs, sensitivity);
  }
  tell(job, series, { ...scored, turn, endMs });
  if (state === undefined) {
    series.peak = undefined;
    job.book.forget('band', series);
  }
}

function tell(job: LiveJob, series: LiveSeries, seen: Scored & { readonly turn: Turn; readonly endMs: number }): void {
  const { book } = job;
  const { timeMs, score, turn, endMs } = seen;
  switch (turn) {
    case 'opened':
      open(job, series, seen);
      break;
    case 'reopened':
      if (!book.reopen('band', series, { timeMs, score, flaps: series.state?.flaps ?? 0 })) {
        open(job, series, seen);
      }
      break;
    case 'closed':
      book.close('band', series, { endMs, seenToMs: timeMs });
      series.peak = undefined;
      break;
    case 'gone': {
      const text = 'No value has come since: the anomaly ended without an end that was seen.';
      book.close('band', series, { endMs, seenToMs: timeMs, evidence: [{ code: 'gone', text }] });
      break;
    }
    case 'none':
      if (series.state?.phase === 'open') {
        const peak = series.peak?.timeMs === timeMs ? series.peak : undefined;
        book.see('band', series, { timeMs, score, peak });
      }
  }
}

function open(job: LiveJob, series: LiveSeries, { timeMs, score, value, edges }: Scored): void {
  const { state, threshold } = series;
  const peak = series.peak ?? { score, timeMs, value, expected: edges.expected };
  const { open: count } = job.rules.hysteresis;
  const strength = state === undefined ? 0 : strengthOf(state, count);
  job.book.open(
    {
      kind: 'band',
      subject: series,
      startMs: state?.startMs ?? timeMs,
      score,
      direction: peak.value >= peak.expected ? 'above' : 'below',
      evidence: bandEvidence({ score, timeMs, value, expected: edges.expected }, edges, {
        threshold,
        strength,
        open: count,
      }),
      peak,
    },
    timeMs
  );
}
