import type { Row } from '../report.ts';
import { bootstrap, bootstrapMean, mean } from '../statistics.ts';
import { alertFigures, type AlertCounts, type AlertFigures } from './alert-figures.ts';

/** Names of measures with how they follow from the figures. */
const measures: ReadonlyArray<readonly [string, keyof AlertFigures]> = [
  ['precision', 'precision'],
  ['recall', 'recall'],
  ['F1', 'f1'],
  ['false alerts a series-day', 'falseAlertsPerDay'],
  ['alerts a week', 'alertsPerWeek'],
  ['median delay, minutes', 'medianDelayMinutes'],
];

/** A row of mean and error bars over series. */
export function meanRow(
  row: { name: string; measure: string; table: string },
  values: readonly number[],
  seed: number
): Row {
  return { ...row, value: mean(values), ...bootstrapMean(values, seed) };
}

/** What an operator would have seen, with error bars over series; one line of a table. */
export function alertRows(
  { name, table }: { readonly name: string; readonly table: string },
  counts: readonly AlertCounts[],
  seed: number
): Row[] {
  const all = alertFigures(counts);
  return measures.map(([measure, figure]) => ({
    name,
    measure,
    value: all[figure],
    ...bootstrap(counts.length, (indices) => alertFigures(indices.map((i) => counts[i]!))[figure], seed),
    table,
  }));
}
