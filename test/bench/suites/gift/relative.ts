import type { UnitForecast } from '../../forecasts/packed.ts';
import {
  addSums,
  maseOf,
  msisOf,
  quantilesOf,
  sumsOf,
  wqlOf,
  type QuantileForecast,
  type Sums,
} from '../../forecasts/sums.ts';
import type { ForecastUnit } from '../../forecasts/units.ts';
import { seasonalScale } from '../../measures.ts';
import { seasonalNaive } from '../../naive-forecasts.ts';
import type { Row } from '../../report.ts';
import { bootstrapStrata, geometricMean } from '../../statistics.ts';
import type { Configuration } from './configurations.ts';

/** One configuration: what `auto` and seasonal naive summed up to, one for each series. */
export interface Result {
  readonly name: string;
  readonly ours: readonly Sums[];
  readonly reference: readonly Sums[];
}

/** What is forecast of a configuration, and the season its errors are scaled by. */
export type Forecasted = Pick<Configuration, 'name' | 'season' | 'units'>;

/** @param forecasts of all units of all configurations, in their order */
export function resultsOf(configurations: readonly Forecasted[], forecasts: readonly UnitForecast[]): Result[] {
  let first = 0;
  return configurations.map((configuration): Result => {
    const from = first;
    first += configuration.units.length;
    return {
      name: configuration.name,
      ours: sumsBySeries(configuration, (_, i) => quantilesOf(forecasts[from + i]!)),
      reference: seasonalNaiveSums(configuration),
    };
  });
}

function sumsBySeries(
  configuration: Forecasted,
  forecastOf: (unit: ForecastUnit, index: number) => QuantileForecast
): Sums[] {
  const bySeries = new Map<string, Sums[]>();
  configuration.units.forEach((unit, i) => {
    const scale = seasonalScale(unit.history, configuration.season);
    const parts = bySeries.get(unit.series) ?? [];
    parts.push(sumsOf(unit.actual, forecastOf(unit, i), scale));
    bySeries.set(unit.series, parts);
  });
  return [...bySeries.values()].map(addSums);
}

/** Sums of the seasonal naive forecast, one for each series. */
export function seasonalNaiveSums(configuration: Forecasted): Sums[] {
  return sumsBySeries(configuration, (unit) => seasonalNaive(unit.history, configuration.season, unit.actual.length));
}

export type Measure = (sums: Sums) => number;

/** Geometric mean over configurations of a measure of ours over that of seasonal naive. */
export function relative(results: ReadonlyArray<Pick<Result, 'ours' | 'reference'>>, measure: Measure): number {
  return geometricMean(results.map(({ ours, reference }) => measure(addSums(ours)) / measure(addSums(reference))));
}

export const relativeTable = 'relative to seasonal naive, geometric mean over the configurations';

/** MASE, WQL and MSIS of `auto` relative to seasonal naive, with error bars. */
export function relativeRows(results: readonly Result[], seed: number): Row[] {
  const measures: ReadonlyArray<readonly [string, Measure]> = [
    ['MASE', maseOf],
    ['WQL', wqlOf],
    ['MSIS', msisOf],
  ];
  return measures.map(([name, measure]) => {
    // Series are drawn anew within each configuration, ours and the reference alike.
    const redrawn = (indices: ReadonlyArray<readonly number[]>) =>
      relative(
        results.map(({ ours, reference }, k) => ({
          ours: indices[k]!.map((i) => ours[i]!),
          reference: indices[k]!.map((i) => reference[i]!),
        })),
        measure
      );
    const counts = results.map(({ ours }) => ours.length);
    const interval = bootstrapStrata(counts, redrawn, seed);
    return { name: 'auto', measure: name, value: relative(results, measure), ...interval, table: relativeTable };
  });
}
