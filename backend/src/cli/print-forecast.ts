import { plot } from 'asciichart';
import { DateTime } from 'luxon';
import type { Backtest } from '../contract/forecast.ts';
import type { BandArrays, ForecastOutcome } from '../forecasting/forecast-task.ts';
import { zoneName } from './tables/times.ts';

const chartWidth = 72;
const chartHeight = 12;
const tableRows = 24;

/** A number for a person: four significant digits, no exponent where it can be avoided. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) {
    return '-';
  }
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e7 || size < 1e-4)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(size >= 1_000 ? 6 : 4)));
}

/**
 * Writes numbers of one column or axis alike, so that their points stand below each other: four significant digits of
 * the largest.
 */
function alikeFormat(values: readonly number[]): (value: number) => string {
  const size = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  if (size === 0 || size >= 1e7 || size < 1e-4) {
    return formatNumber;
  }
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return (value) => (Number.isFinite(value) ? value.toFixed(decimals) : '-');
}

/** Columns as wide as their widest cell; the first is left-aligned. */
export function alignColumns(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** Means of consecutive parts, so that a long line fits the terminal. */
function shrink(values: ArrayLike<number>, width: number): number[] {
  const parts = Math.min(width, values.length);
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((i * values.length) / parts);
    const to = Math.floor(((i + 1) * values.length) / parts);
    const finite = Array.from(values)
      .slice(from, to)
      .filter((value) => Number.isFinite(value));
    return finite.reduce((sum, value) => sum + value, 0) / finite.length;
  });
}

/** The chart can draw no hole: a gap repeats the value before it. */
function withoutHoles(values: readonly number[]): number[] {
  let last = values.find((value) => Number.isFinite(value)) ?? NaN;
  return Number.isFinite(last) ? values.map((value) => (last = Number.isFinite(value) ? value : last)) : [];
}

function chart({ history, forecast }: ForecastOutcome): string {
  const ahead = forecast?.expected.length ?? 0;
  // As much history as forecast, twice: enough to see the rhythm that is continued.
  const past = history.values.slice(-Math.max(2 * ahead, chartWidth));
  const pastWidth = Math.max(1, Math.round((chartWidth * past.length) / Math.max(1, past.length + ahead)));
  const left = shrink(past, ahead === 0 ? chartWidth : pastWidth);
  const right = forecast === undefined ? [] : shrink(forecast.expected, chartWidth - pastWidth);
  const line = withoutHoles([...left, ...right]);
  if (line.length < 2 || Math.max(...line) === Math.min(...line)) {
    return '';
  }
  const alike = alikeFormat(line);
  const format = (value: number) => alike(value).padStart(11);
  const axis = `${' '.repeat(12)}${'history'.padEnd(left.length)}${right.length > 0 ? '| forecast' : ''}`;
  return `${plot([line], { height: chartHeight, format })}\n${axis}\n`;
}

/** Column titles of a forecast's table and CSV. */
export function bandTitles({ levels }: Pick<BandArrays, 'levels'>): string[] {
  return ['expected', ...levels.flatMap(({ levelPercent }) => [`lower ${levelPercent}%`, `upper ${levelPercent}%`])];
}

/** Values of one step in the order of `bandTitles`. */
export function bandValues({ expected, levels }: BandArrays, i: number): number[] {
  return [expected[i] ?? NaN, ...levels.flatMap(({ lower, upper }) => [lower[i] ?? NaN, upper[i] ?? NaN])];
}

function forecastTable(band: BandArrays, timeZone: string): string {
  const steps = band.expected.length;
  const stride = Math.max(1, Math.ceil(steps / tableRows));
  const rows: string[][] = [[`time (${timeZone})`, ...bandTitles(band)]];
  const format = alikeFormat(Array.from({ length: steps }, (_, i) => bandValues(band, i)).flat());
  for (let i = stride - 1; i < steps; i += stride) {
    const time = DateTime.fromMillis(band.startMs + i * band.stepMs, { zone: zoneName(timeZone) });
    rows.push([time.toFormat('yyyy-MM-dd HH:mm'), ...bandValues(band, i).map(format)]);
  }
  const note = stride > 1 ? `every ${stride}th of ${steps} steps; all of them with --csv\n` : '';
  return `${alignColumns(rows)}${note}`;
}

const percent = (ratio: number | null) => (ratio === null ? '-' : `${(100 * ratio).toFixed(1)}%`);

/** The back-test as a table, and why the winner won. */
export function backtestText(backtest: Backtest): string {
  const levels = backtest.coverage.map(({ levelPercent }) => levelPercent);
  const head = ['model', 'weight', 'MASE', 'MAE', ...levels.map((level) => `in ${level}%`), 'seconds'];
  const taking = backtest.rows.filter(({ excluded }) => excluded === null);
  const rows = taking.map(({ model, weight, mase, mae, coverage, seconds }) => [
    model,
    percent(weight),
    mase === null ? '-' : mase.toFixed(3),
    mae === null ? '-' : formatNumber(mae),
    ...levels.map((level) =>
      percent(coverage.find(({ levelPercent }) => levelPercent === level)?.measuredRatio ?? null)
    ),
    seconds.toFixed(2),
  ]);
  const left = backtest.rows
    .filter(({ excluded }) => excluded !== null)
    .map(({ model, excluded }) => `  ${model}: ${excluded ?? ''}\n`);
  const honest = backtest.coverage.map(
    ({ levelPercent, measuredRatio }) => `right ${percent(measuredRatio)} of the time at nominal ${levelPercent}%`
  );
  const folds = `${backtest.folds} folds of ${backtest.foldSteps} steps`;
  return `back-test over ${folds}: ${backtest.reason}\n${alignColumns([head, ...rows])}${left.length > 0 ? `left out\n${left.join('')}` : ''}bands were ${honest.join(', ')}\n`;
}

/** A count can't be below zero, but only the person knows that it is one. */
function rangeHint({ history, forecast }: ForecastOutcome): string {
  const below = (values: ArrayLike<number>) => Array.from(values).some((value) => value < 0);
  const bounds = forecast?.levels.map(({ lower }) => lower) ?? [];
  return !below(history.values) && bounds.some(below)
    ? 'hint: no value was ever below 0, but the band is: if none can be, say --min 0\n'
    : '';
}

/** What was found, as a person reads it in a terminal. */
export function forecastText(outcome: ForecastOutcome, title: string, timeZone: string): string {
  const notes = outcome.notes.map(({ severity, text }) => `${severity}: ${text}\n`).join('');
  const how =
    outcome.state === 'warming-up'
      ? 'no forecast yet'
      : outcome.state === 'rule'
        ? `by rule: ${outcome.model ?? ''}`
        : `by ${outcome.model ?? ''}`;
  const table = outcome.forecast === undefined ? '' : `\n${forecastTable(outcome.forecast, timeZone)}`;
  const backtest = outcome.backtest === undefined ? '' : `\n${backtestText(outcome.backtest)}`;
  return `${title}: ${how}\n${notes}${rangeHint(outcome)}${chart(outcome)}${table}${backtest}`;
}
