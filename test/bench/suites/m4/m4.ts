import { readTable } from '../../data.ts';
import { m4Unit, readM4, type M4Series } from '../../forecasts/sets.ts';
import { forecastUnits } from '../../forecasts/units.ts';
import { addSums, coverage95Of, msisOf, quantilesOf, sumsOf, wqlOf, type Sums } from '../../forecasts/sums.ts';
import { mase, owa, seasonalScale, smape, type PointErrors } from '../../measures.ts';
import { naive2, seasonalNaive } from '../../naive-forecasts.ts';
import { check, judge, type Check, type Row, type Target } from '../../report.ts';
import { bootstrap, mean } from '../../statistics.ts';
import type { Measurement, Suite } from '../../suite.ts';

const season = 24;
const table = 'M4 Hourly, 414 series';
/** By the number or name in the competition's tables. */
const rivals = [
  '238',
  '118',
  '237',
  '72',
  '245',
  '235',
  '36',
  'Theta',
  'Com',
  'sNaive',
  'Naive2',
  'ARIMA',
  'ETS',
  '30',
  '69',
];

/** The hourly series of the M4 competition, two days ahead. */
export const m4Suite: Suite = {
  view: 'causal',
  checks: (context) => Promise.resolve(checksOf(readM4(context.dataDir, 'Hourly'))),
  measure: async (context) => {
    const series = readM4(context.dataDir, 'Hourly').slice(0, context.series);
    const forecasts = await forecastUnits(
      context,
      series.map((one) => m4Unit('m4_hourly/H', one)),
      'auto'
    );
    const errors = series.map((one, i) => pointErrors(one, forecasts[i]!.expected));
    const sums = series.map((one, i) =>
      sumsOf(one.future, quantilesOf(forecasts[i]!), seasonalScale(one.values, season))
    );
    const reference = meanErrors(series.map((one) => pointErrors(one, naive2(one.values, season, one.future.length))));
    const ours = figures(errors, sums, reference);
    const intervals = bootstrapFigures(errors, sums, { reference, seed: context.seed });
    const rows: Row[] = Object.entries(ours).map(([measure, value]) => ({
      name: 'auto',
      measure,
      value,
      ...intervals[measure],
      table,
    }));
    const extra: Row[] = [
      { name: 'auto', measure: 'WQL', value: wqlOf(addSums(sums)) },
      { name: 'auto', measure: 'CPU seconds a series', value: mean(forecasts.map(({ cpuSeconds }) => cpuSeconds)) },
    ];
    return {
      rows: [...rows, ...publishedRows(context.dataDir), ...extra],
      targets: targetsOf(ours),
    } satisfies Measurement;
  },
};

function checksOf(series: readonly M4Series[]): Check[] {
  const errorsOf = (forecast: (one: M4Series) => ArrayLike<number>) =>
    meanErrors(series.map((one) => pointErrors(one, forecast(one))));
  const second = errorsOf((one) => naive2(one.values, season, one.future.length));
  const seasonal = errorsOf((one) => seasonalNaive(one.values, season, one.future.length).expected);
  return [
    check('Naive2, sMAPE', 18.383, second.smape, 3),
    check('Naive2, MASE', 2.395, second.mase, 3),
    check('seasonal naive, sMAPE', 13.912, seasonal.smape, 3),
    check('seasonal naive, MASE', 1.193, seasonal.mase, 3),
    check('seasonal naive, OWA', 0.627454, owa(seasonal, second), 3),
  ];
}

function pointErrors({ values, future }: M4Series, expected: ArrayLike<number>): PointErrors {
  return { smape: smape(future, expected), mase: mase(future, expected, seasonalScale(values, season)) };
}

function meanErrors(errors: readonly PointErrors[]): PointErrors {
  return { smape: mean(errors.map((e) => e.smape)), mase: mean(errors.map((e) => e.mase)) };
}

type Figure = 'sMAPE' | 'MASE' | 'OWA' | 'MSIS' | 'ACD';

function figures(
  errors: readonly PointErrors[],
  sums: readonly Sums[],
  reference: PointErrors
): Record<Figure, number> {
  const points = meanErrors(errors);
  const all = addSums(sums);
  return {
    sMAPE: points.smape,
    MASE: points.mase,
    OWA: owa(points, reference),
    MSIS: msisOf(all),
    ACD: Math.abs(coverage95Of(all) - 0.95),
  };
}

function bootstrapFigures(
  errors: readonly PointErrors[],
  sums: readonly Sums[],
  { reference, seed }: { readonly reference: PointErrors; readonly seed: number }
): Record<string, { readonly low: number; readonly high: number }> {
  const names: Figure[] = ['sMAPE', 'MASE', 'OWA', 'MSIS'];
  const intervalOf = (name: Figure) =>
    bootstrap(
      errors.length,
      (indices) =>
        figures(
          indices.map((i) => errors[i]!),
          indices.map((i) => sums[i]!),
          reference
        )[name],
      seed
    );
  return Object.fromEntries(names.map((name) => [name, intervalOf(name)]));
}

function publishedRows(dataDir: string): Row[] {
  const points = readTable(dataDir, 'm4/published/point-forecasts-by-frequency.csv');
  const intervals = readTable(dataDir, 'm4/published/prediction-intervals-by-frequency.csv');
  return rivals.flatMap((id) => {
    const point = points.find((row) => row['id'] === id);
    const interval = intervals.find((row) => row['id'] === id);
    const team = point?.['team'] ?? interval?.['team'] ?? '';
    const name = /^\d+$/.test(id) ? team : id;
    const figure = (measure: Figure, text: string | undefined): Row[] =>
      text === undefined || text === '' ? [] : [{ name, measure, value: Number(text), source: 'published', table }];
    return [
      ...figure('sMAPE', point?.['sMAPE_Hourly']),
      ...figure('MASE', point?.['MASE_Hourly']),
      ...figure('OWA', point?.['OWA_Hourly']),
      ...figure('MSIS', interval?.['MSIS_Hourly']),
      ...figure('ACD', interval?.['ACD_Hourly']),
    ];
  });
}

function targetsOf(ours: Record<Figure, number>): Target[] {
  const target = (name: string, value: number, marks: readonly [floor: number, goal: number, stretch: number]) =>
    judge({ name, unit: '', better: 'lower', floor: marks[0], goal: marks[1], stretch: marks[2] }, value);
  return [
    target('M4 hourly, OWA', ours.OWA, [0.484, 0.46, 0.44]),
    target('M4 hourly, MSIS', ours.MSIS, [9.2, 7.54, 6.14]),
    target('M4 hourly, absolute coverage error at 95 %', ours.ACD, [0.02, 0.01, 0.01]),
  ];
}
