import { countInside } from '../../measures.ts';
import { parseCsv, readData } from '../../data.ts';
import {
  hourlyMeans,
  minuteMs,
  readApplication,
  readEtt,
  readLeadToCash,
  readM4,
  rollingUnits,
  type SetSeries,
} from '../../forecasts/sets.ts';
import type { UnitForecast } from '../../forecasts/packed.ts';
import { addSums, coverage95Of, maseOf, wqlOf } from '../../forecasts/sums.ts';
import { forecastUnits, type ForecastUnit } from '../../forecasts/units.ts';
import { judge, single, type Row } from '../../report.ts';
import { mean } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { relative, relativeRows, resultsOf, type Forecasted, type Result } from '../gift/relative.ts';

/**
 * Steps at the end of a set that some window of GIFT-Eval or fev-bench judges, the hourly windows too: 3 times 720 hours of
 * the loads, 720 hours of the process, 2 times 600 steps of the demo. Constants must not have seen them.
 */
const judgedSteps = { ett: 3 * 720 * 4, leadToCash: 720 * 12, application: 2 * 600 };
const windows = 2;
const horizons = { short: 48, medium: 480, long: 720 };
/** Each so manieth series of M4: as many as two minutes allow. */
const m4Every = 6;

/** What constants of forecasts are chosen on: stretches that end before everything that other suites judge. */
export const tuningSuite: Suite = {
  view: 'causal',
  // Nobody has published figures for these stretches: the protocol is that of `gift`, whose check rows hold it.
  checks: () => Promise.resolve([]),
  measure: async (context) => {
    const sets = setsOf(context);
    const forecasts = await forecastUnits(
      context,
      sets.flatMap(({ units }) => units),
      'auto'
    );
    const results = resultsOf(sets, forecasts);
    const rows: Row[] = [
      ...relativeRows(results, context.seed),
      ...results.flatMap((result, k) => setRows(result, coverage80(sets, forecasts, k))),
      { name: 'auto', measure: 'CPU seconds a forecast', value: mean(forecasts.map((f) => f.cpuSeconds)) },
    ];
    const targets = [
      judge(single('MASE relative to seasonal naive, geometric mean', '', 'lower', 1), relative(results, maseOf)),
      judge(single('WQL relative to seasonal naive, geometric mean', '', 'lower', 1), relative(results, wqlOf)),
    ];
    return { rows, targets };
  },
};

function setsOf({ dataDir, series }: BenchContext): Forecasted[] {
  const leadToCash = readLeadToCash(dataDir).map(without(judgedSteps.leadToCash));
  const ett = ([1, 2] as const).map((k) => readEtt(dataDir, k).map(without(judgedSteps.ett)));
  const m4 = readM4(dataDir, 'Hourly').filter((_, i) => i % m4Every === 0);
  const day = { horizon: 288, count: windows };
  const sets: Forecasted[] = [
    ...byTerm('ett1/15T', ett[0]!, 96),
    ...byTerm('ett1/H', ett[0]!.map(hourlyMeans), 24),
    ...byTerm('ett2/15T', ett[1]!, 96),
    ...byTerm('ett2/H', ett[1]!.map(hourlyMeans), 24),
    ...byTerm('bizitobs_application/10S', readApplication(dataDir).map(without(judgedSteps.application)), 360),
    ...byTerm('bizitobs_l2c/5T', leadToCash, 288),
    ...byTerm('bizitobs_l2c/H', leadToCash.map(hourlyMeans), 24),
    { name: 'm4_hourly, end of the training part', season: 24, units: unitsOf('m4', m4, { horizon: 48, count: 1 }) },
    { name: 'data centres, a day', season: 288, units: unitsOf('data-centres', readDataCentres(dataDir), day) },
  ];
  return sets.map((set) => {
    const names = [...new Set(set.units.map((unit) => unit.series))].slice(0, series);
    return { ...set, units: set.units.filter((unit) => names.includes(unit.series)) };
  });
}

function without(steps: number): (series: SetSeries) => SetSeries {
  return (series) => ({ ...series, values: series.values.subarray(0, -steps) });
}

function byTerm(set: string, series: readonly SetSeries[], season: number): Forecasted[] {
  return Object.entries(horizons).map(([term, horizon]) => ({
    name: `${set}/${term}`,
    season,
    units: unitsOf(set, series, { horizon, count: windows }),
  }));
}

function unitsOf(
  set: string,
  series: readonly SetSeries[],
  forecasts: { readonly horizon: number; readonly count: number }
): ForecastUnit[] {
  return series.flatMap((one) => rollingUnits(`tuning/${set}`, one, forecasts));
}

/** Totals of two clouds at 5 minutes: no suite judges them. */
function readDataCentres(dataDir: string): SetSeries[] {
  return ['alibaba2018-300s', 'azure-v2-300s'].flatMap((file) => {
    const [header = [], ...rows] = parseCsv(readData(dataDir, `datacenter-traces/${file}.csv.gz`));
    return header.flatMap((name, column) =>
      name === 'timestamp'
        ? []
        : [
            {
              name: `${file} ${name}`,
              values: Float64Array.from(rows, (row) => Number(row[column])),
              startMs: 0,
              stepMs: 5 * minuteMs,
            },
          ]
    );
  });
}

function coverage80(sets: readonly Forecasted[], forecasts: readonly UnitForecast[], k: number): number {
  const first = sets.slice(0, k).reduce((sum, { units }) => sum + units.length, 0);
  return mean(
    sets[k]!.units.map(({ actual }, i) => {
      const { lower, upper } = forecasts[first + i]!.bands.get(80)!;
      return countInside(actual, lower, upper) / actual.length;
    })
  );
}

function setRows({ name, ours, reference }: Result, at80: number): Row[] {
  const [sums, naive] = [addSums(ours), addSums(reference)];
  const table = 'by set, relative to seasonal naive';
  return [
    { name, measure: 'MASE', value: maseOf(sums) / maseOf(naive), table },
    { name, measure: 'WQL', value: wqlOf(sums) / wqlOf(naive), table },
    { name, measure: 'coverage at 80 %', value: at80, table },
    { name, measure: 'coverage at 95 %', value: coverage95Of(sums), table },
  ];
}
