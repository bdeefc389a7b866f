import { readTable } from '../../data.ts';
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
import { forecastUnits, type ForecastUnit } from '../../forecasts/units.ts';
import { seasonalScale } from '../../measures.ts';
import { seasonalNaive } from '../../naive-forecasts.ts';
import { check, checkSignificant, judge, type Row, type TargetSpec } from '../../report.ts';
import { bootstrapStrata, geometricMean, mean } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { readConfigurations, type Configuration } from './configurations.ts';

/** By their name in the result table, best first. */
const rivals = [
  'chronos-2',
  'Toto-2.0-2.5B',
  'TimesFM-2.5',
  'TiRex',
  'Toto-2.0-4m',
  'xLSTM-Mixer',
  'PatchTST',
  'iTransformer',
  'FLAIR',
  'N-BEATS',
  'DLinear',
  'auto_theta',
  'seasonal_naive',
  'naive',
  'auto_ets',
  'auto_arima',
];
const comparedByConfiguration = [
  'seasonal_naive',
  'naive',
  'auto_ets',
  'auto_theta',
  'FLAIR',
  'PatchTST',
  'Toto-2.0-4m',
  'chronos-2',
];

const maseTarget: TargetSpec = {
  name: 'MASE relative to seasonal naive, geometric mean',
  unit: '',
  better: 'lower',
  floor: 0.838,
  goal: 0.772,
  stretch: 0.722,
};
const wqlTarget: TargetSpec = {
  name: 'WQL relative to seasonal naive, geometric mean',
  unit: '',
  better: 'lower',
  floor: 0.699,
  goal: 0.645,
  stretch: 0.608,
};

/** The 23 configurations of GIFT-Eval that can be rebuilt from public files. */
export const giftSuite: Suite = {
  view: 'causal',
  checks: (context) =>
    Promise.resolve(
      readConfigurations(context.dataDir).flatMap((configuration) => {
        const { name, published } = configuration;
        const sums = addSums(seasonalNaiveSums(configuration));
        return [
          checkSignificant(`${name}, seasonal naive MASE`, published.mase, maseOf(sums), 5),
          check(`${name}, seasonal naive WQL`, published.wql, wqlOf(sums), 4),
        ];
      })
    ),
  measure: async (context) => {
    const configurations = chosen(context, readConfigurations(context.dataDir));
    const forecasts = await forecastUnits(
      context,
      configurations.flatMap(({ units }) => units),
      'auto'
    );
    const results = configurations.map((configuration, k): Result => {
      const before = configurations.slice(0, k).reduce((sum, { units }) => sum + units.length, 0);
      return {
        name: configuration.name,
        ours: sumsBySeries(configuration, (_, i) => quantilesOf(forecasts[before + i]!)),
        reference: seasonalNaiveSums(configuration),
      };
    });
    const rows: Row[] = [
      ...relativeRows(results, context.seed),
      ...publishedRelativeRows(context.dataDir),
      ...configurationRows(context.dataDir, results),
      { name: 'auto', measure: 'forecasts', value: forecasts.length },
      { name: 'auto', measure: 'CPU seconds a forecast', value: mean(forecasts.map((f) => f.cpuSeconds)) },
    ];
    const targets = [judge(maseTarget, relative(results, maseOf)), judge(wqlTarget, relative(results, wqlOf))];
    return { rows, targets };
  },
};

interface Result {
  readonly name: string;
  /** One for each series. */
  readonly ours: readonly Sums[];
  readonly reference: readonly Sums[];
}

function chosen({ series, part }: BenchContext, configurations: readonly Configuration[]): Configuration[] {
  const named = configurations.filter(({ name }) => part === undefined || name.startsWith(part));
  if (named.length === 0) {
    throw new Error(`--part must begin one of: ${configurations.map(({ name }) => name).join(', ')}`);
  }
  return named.map((configuration) => {
    const names = seriesOf(configuration).slice(0, series);
    return { ...configuration, units: configuration.units.filter((unit) => names.includes(unit.series)) };
  });
}

const seriesOf = ({ units }: Configuration) => [...new Set(units.map((unit) => unit.series))];

function sumsBySeries(
  configuration: Configuration,
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

function seasonalNaiveSums(configuration: Configuration): Sums[] {
  return sumsBySeries(configuration, (unit) => seasonalNaive(unit.history, configuration.season, unit.actual.length));
}

type Measure = (sums: Sums) => number;

function relative(results: ReadonlyArray<Pick<Result, 'ours' | 'reference'>>, measure: Measure): number {
  return geometricMean(results.map(({ ours, reference }) => measure(addSums(ours)) / measure(addSums(reference))));
}

const relativeTable = 'relative to seasonal naive, geometric mean over the configurations';

function relativeRows(results: readonly Result[], seed: number): Row[] {
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

function publishedRelativeRows(dataDir: string): Row[] {
  const aggregates = readTable(dataDir, 'gift-eval/aggregates.csv');
  const columns = { MASE: 'relMASE_23', WQL: 'relWQL_23', MSIS: 'relMSIS_23' };
  return rivals.flatMap((model) => {
    const row = aggregates.find((aggregate) => aggregate['model'] === model);
    return Object.entries(columns).map(([measure, column]) => ({
      name: model,
      measure,
      value: Number(row?.[column] ?? NaN),
      source: 'published',
      table: relativeTable,
    }));
  });
}

function configurationRows(dataDir: string, results: readonly Result[]): Row[] {
  const published = readTable(dataDir, 'gift-eval/published-results.csv.gz').filter((row) =>
    comparedByConfiguration.includes(row['model'] ?? '')
  );
  const measures: ReadonlyArray<readonly ['MASE' | 'WQL', Measure]> = [
    ['MASE', maseOf],
    ['WQL', wqlOf],
  ];
  return measures.flatMap(([measure, of]) =>
    results.flatMap(({ name, ours }) => [
      { name, measure: 'auto', value: of(addSums(ours)), table: `${measure} by configuration` },
      ...comparedByConfiguration.map((model) => {
        const row = published.find((one) => one['model'] === model && one['config'] === name);
        return { name, measure: model, value: Number(row?.[measure] ?? NaN), table: `${measure} by configuration` };
      }),
    ])
  );
}
