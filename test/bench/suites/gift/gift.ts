import { readTable } from '../../data.ts';
import { addSums, maseOf, wqlOf } from '../../forecasts/sums.ts';
import { forecastUnits } from '../../forecasts/units.ts';
import { check, checkSignificant, judge, type Row, type TargetSpec } from '../../report.ts';
import { mean } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { readConfigurations, type Configuration } from './configurations.ts';
import {
  relative,
  relativeRows,
  relativeTable,
  seasonalNaiveSums,
  resultsOf,
  type Measure,
  type Result,
} from './relative.ts';

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
    const results = resultsOf(configurations, forecasts);
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
