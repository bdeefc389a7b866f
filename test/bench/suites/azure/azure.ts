import type { UnitForecast } from '../../forecasts/packed.ts';
import { addSums, coverage95Of, msisOf, quantilesOf, sumsOf, wqlOf } from '../../forecasts/sums.ts';
import { rollingUnits } from '../../forecasts/sets.ts';
import { forecastUnits, type ForecastUnit } from '../../forecasts/units.ts';
import { countInside, mase, seasonalScale } from '../../measures.ts';
import { judge, type Row, type Target } from '../../report.ts';
import { bootstrap, bootstrapMean, mean, quantile } from '../../statistics.ts';
import type { Suite } from '../../suite.ts';
import { azureChecks } from '../main/accuracy.ts';
import { azureDay, azureStepMs, readAzure } from '../main/azure.ts';

const days = 5;
const week = 7 * azureDay;

/** The last five days of each VM, each forecast from all before it; a VM's units are ascending in time. */
export function azureUnits(series: readonly Float64Array[]): ForecastUnit[] {
  return series.flatMap((values, i) =>
    rollingUnits(
      'azure',
      { name: `vm-${i}`, values, startMs: 0, stepMs: azureStepMs },
      { horizon: azureDay, count: days }
    )
  );
}

/** The last day of each VM. */
export function lastDayUnits(series: readonly Float64Array[]): ForecastUnit[] {
  return azureUnits(series).filter((_, i) => i % days === days - 1);
}

/** CPU of 78 VMs, a day ahead at 5 minutes. */
export const azureSuite: Suite = {
  view: 'causal',
  checks: (context) => Promise.resolve(azureChecks(readAzure(context.dataDir))),
  measure: async (context) => {
    const units = azureUnits(readAzure(context.dataDir).slice(0, context.series));
    const forecasts = await forecastUnits(context, units, 'auto');
    const scored = units.map((unit, i) => ({ unit, forecast: forecasts[i]! }));
    const lastDay = scored.filter((_, i) => i % days === days - 1);
    const rows: Row[] = [
      ...accuracyRows('last day, season of a day', errorsOf(lastDay, azureDay), context.seed),
      ...accuracyRows('last day, season of a week', errorsOf(lastDay, week), context.seed),
      ...accuracyRows(`last ${days} days, season of a day`, perVm(errorsOf(scored, azureDay)), context.seed),
      ...accuracyRows(`last ${days} days, season of a week`, perVm(errorsOf(scored, week)), context.seed),
      ...quotedRows(),
      ...bandRows('last day', lastDay),
      ...bandRows(`last ${days} days`, scored),
      { name: 'auto', measure: 'CPU seconds a forecast', value: mean(forecasts.map((f) => f.cpuSeconds)) },
    ];
    return { rows, targets: targetsOf(errorsOf(lastDay, azureDay)) };
  },
};

interface Scored {
  readonly unit: ForecastUnit;
  readonly forecast: UnitForecast;
}

function errorsOf(scored: readonly Scored[], season: number): number[] {
  return scored.map(({ unit, forecast }) => mase(unit.actual, forecast.expected, seasonalScale(unit.history, season)));
}

/** Means over the days of each VM: error bars are over VMs, whose days are alike. */
function perVm(errors: readonly number[]): number[] {
  return Array.from({ length: errors.length / days }, (_, vm) => mean(errors.slice(vm * days, (vm + 1) * days)));
}

function accuracyRows(table: string, errors: readonly number[], seed: number): Row[] {
  const medianOf = (indices: readonly number[]) =>
    quantile(
      indices.map((i) => errors[i]!),
      0.5
    );
  return [
    { name: 'auto', measure: 'mean MASE', value: mean(errors), ...bootstrapMean(errors, seed), table },
    {
      name: 'auto',
      measure: 'median MASE',
      value: quantile(errors, 0.5),
      ...bootstrap(errors.length, medianOf, seed),
      table,
    },
  ];
}

/** Measured once on the same VMs, day and scale, outside of this bench; `peers` runs Prophet and statsforecast itself. */
function quotedRows(): Row[] {
  const quoted: ReadonlyArray<readonly [name: string, mean: number, median: number]> = [
    ['slot median', 0.708, 0.535],
    ['ridge on the slot residual', 0.808, 0.793],
    ['seasonal naive', 0.964, 0.961],
    ['naive', 1.164, 0.599],
    ['Prophet', 1.333, 0.904],
    ['statsforecast AutoETS', 1.875, 0.878],
  ];
  const rest = { source: 'quoted', table: 'last day, season of a day' };
  return quoted.flatMap(([name, meanMase, medianMase]) => [
    { name, measure: 'mean MASE', value: meanMase, ...rest },
    { name, measure: 'median MASE', value: medianMase, ...rest },
  ]);
}

function bandRows(name: string, scored: readonly Scored[]): Row[] {
  const sums = addSums(
    scored.map(({ unit, forecast }) =>
      sumsOf(unit.actual, quantilesOf(forecast), seasonalScale(unit.history, azureDay))
    )
  );
  const inside80 = scored.reduce((sum, { unit, forecast }) => {
    const band = forecast.bands.get(80)!;
    return sum + countInside(unit.actual, band.lower, band.upper);
  }, 0);
  const table = 'bands';
  return [
    { name, measure: 'coverage at 80 %', value: inside80 / sums.points, table },
    { name, measure: 'coverage at 95 %', value: coverage95Of(sums), table },
    { name, measure: 'WQL', value: wqlOf(sums), table },
    { name, measure: 'MSIS', value: msisOf(sums), table },
  ];
}

function targetsOf(errors: readonly number[]): Target[] {
  return [
    judge(
      { name: 'mean MASE, last day', unit: '', better: 'lower', floor: 0.7, goal: 0.64, stretch: 0.58 },
      mean(errors)
    ),
    judge(
      { name: 'median MASE, last day', unit: '', better: 'lower', floor: 0.53, goal: 0.49, stretch: 0.45 },
      quantile(errors, 0.5)
    ),
  ];
}
