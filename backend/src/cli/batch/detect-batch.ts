import { availableParallelism } from 'node:os';
import { AppError } from '../../errors.ts';
import { resample } from '../../timeseries/resample.ts';
import type { RegularSeries } from '../../timeseries/series.ts';
import type { ScoreOptions } from '../detect-options.ts';
import { createDetectionPool } from '../detection-pool.ts';
import type { TableRows } from '../tables/table-rows.ts';
import type { BatchWork } from './run-batch.ts';

/** Significant digits of a score: ranks stay what they are, and files of a million rows stay small. */
const digits = 6;

/** Scores the series of a batch on all cores. */
export function detectWork(options: ScoreOptions): BatchWork {
  const workers = availableParallelism();
  const { alertsPerWeek, direction, form, timeoutMs } = options;
  const pool = createDetectionPool({ workers, timeoutMs });
  return {
    name: 'detect',
    workers,
    answer: async ({ stepMs }, rows, signal) => {
      if (rows.values.length === 0) {
        throw new AppError('not_forecastable', 'it holds no row of data');
      }
      const { series, stepOfRow } = onGrid(rows, stepMs);
      const timeOf = (row: number, gridMs: number) => new Date(rows.timesMs?.[row] ?? gridMs).toISOString();
      const { scores, alerts } = await pool.run({ series, options: { alertsPerWeek, direction, form } }, signal);
      return {
        scores: Array.from(stepOfRow, (step) => roundedScore(scores[step])),
        alerts: alerts.map((alert) => {
          const { startRow, endRow } = rowsWithin(stepOfRow, series, alert);
          const [start, end] = [timeOf(startRow, alert.startMs), timeOf(endRow, alert.endMs)];
          return { start, end, startRow, endRow, direction: alert.direction, reason: alert.reason };
        }),
      };
    },
    stop: () => pool.stop(),
  };
}

interface OnGrid {
  readonly series: RegularSeries;
  /** Which step of the series a row of the file belongs to; −1 for none. */
  readonly stepOfRow: Int32Array;
}

/** A file that is mostly gaps is read as rows that follow each other: models of time would see what was filled in. */
const mostlyGaps = 0.5;

/** The rows as a regular series, by their times when they have any. Times that are not known count from 1970. */
export function onGrid({ values, timesMs }: TableRows, stepMs: number): OnGrid {
  const first = timesMs?.find((ms) => Number.isFinite(ms)) ?? 0;
  const inRow: OnGrid = {
    series: { startMs: first, stepMs, values },
    stepOfRow: Int32Array.from(values, (_, i) => i),
  };
  if (timesMs === undefined || timesMs.every((ms, i) => ms === first + i * stepMs)) {
    return inRow;
  }
  const { series, gapRatio, droppedSteps } = resample({ timestampsMs: timesMs, values }, stepMs);
  if (gapRatio > mostlyGaps || droppedSteps > 0) {
    return inRow;
  }
  const stepOf = (ms: number) => (Number.isFinite(ms) ? Math.round((ms - series.startMs) / stepMs) : -1);
  return { series, stepOfRow: Int32Array.from(timesMs, stepOf) };
}

/** 0 for a row without a value: nothing speaks against it. */
function roundedScore(score: number | undefined): number {
  return score !== undefined && Number.isFinite(score) ? Number(score.toPrecision(digits)) : 0;
}

/** The rows of the file, counted from 0, that an alert spans. */
function rowsWithin(
  stepOfRow: Int32Array,
  { startMs, stepMs }: RegularSeries,
  range: { readonly startMs: number; readonly endMs: number }
) {
  const from = Math.round((range.startMs - startMs) / stepMs);
  const to = Math.round((range.endMs - startMs) / stepMs);
  const isInside = (step: number) => step >= from && step <= to;
  return { startRow: stepOfRow.findIndex(isInside), endRow: stepOfRow.findLastIndex(isInside) };
}
