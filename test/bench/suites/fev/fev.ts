import { readTable } from '../../data.ts';
import { hourlyMeans, readLeadToCash, rollingUnits } from '../../forecasts/sets.ts';
import { addSums, maseOf, quantilesOf, sqlOf, sumsOf, wqlOf, type Sums } from '../../forecasts/sums.ts';
import { forecastUnits, type ForecastUnit } from '../../forecasts/units.ts';
import { seasonalScale } from '../../measures.ts';
import { seasonalNaive } from '../../naive-forecasts.ts';
import { checkSignificant, judge, type Row } from '../../report.ts';
import { bootstrap } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';

interface Task {
  readonly name: string;
  /** Published seasonal naive MASE. */
  readonly seasonalNaiveMase: number;
  readonly season: number;
  /** Units of a series come one after another. */
  readonly units: readonly ForecastUnit[];
}

const rivals = [
  'moirai-2_0',
  'patchtst',
  'chronos-2',
  'toto-2_0',
  'lightgbm',
  'naive',
  'stat_ensemble',
  'autoets',
  'autotheta',
  'autoarima',
  'seasonal_naive',
];

/** The tasks of fev-bench on the lead-to-cash process. */
export const fevSuite: Suite = {
  view: 'causal',
  checks: (context) =>
    Promise.resolve(
      fevTasks(context.dataDir).map(({ name, seasonalNaiveMase, season, units }) => {
        const sums = units.map((unit) =>
          sumsOf(unit.actual, seasonalNaive(unit.history, season, unit.actual.length), scaleOf(unit, season))
        );
        return checkSignificant(`${name}, seasonal naive MASE`, seasonalNaiveMase, maseOf(addSums(sums)), 9);
      })
    ),
  measure: async (context) => {
    const rows: Row[] = [];
    const mases: number[] = [];
    for (const task of fevTasks(context.dataDir)) {
      const sums = await sumsBySeries(context, task);
      const all = addSums(sums);
      mases.push(maseOf(all));
      const interval = (measure: (sums: Sums) => number) =>
        bootstrap(sums.length, (indices) => measure(addSums(indices.map((i) => sums[i]!))), context.seed);
      const table = task.name;
      rows.push(
        { name: 'auto', measure: 'MASE', value: maseOf(all), ...interval(maseOf), table },
        { name: 'auto', measure: 'SQL', value: sqlOf(all), ...interval(sqlOf), table },
        { name: 'auto', measure: 'WQL', value: wqlOf(all), ...interval(wqlOf), table },
        ...publishedRows(context.dataDir, table)
      );
    }
    const spec = { unit: '', better: 'lower', floor: 0.758, goal: 0.6, stretch: 0.517 } as const;
    return { rows, targets: [judge({ name: 'bizitobs_l2c_5T, MASE', ...spec }, mases[0] ?? NaN)] };
  },
};

/** A day ahead in 20 windows: at 5 minutes, and on hourly means. */
export function fevTasks(dataDir: string): Task[] {
  const series = readLeadToCash(dataDir);
  const windows = (horizon: number) => ({ horizon, count: 20 });
  return [
    {
      name: 'bizitobs_l2c_5T',
      seasonalNaiveMase: 1.066667663,
      season: 288,
      units: series.flatMap((one) => rollingUnits('bizitobs_l2c/5T', one, windows(288))),
    },
    {
      name: 'bizitobs_l2c_1H',
      seasonalNaiveMase: 1.0658712668,
      season: 24,
      units: series.flatMap((one) => rollingUnits('bizitobs_l2c/H', hourlyMeans(one), windows(24))),
    },
  ];
}

async function sumsBySeries(context: BenchContext, { units, season }: Task): Promise<Sums[]> {
  const names = [...new Set(units.map((unit) => unit.series))].slice(0, context.series);
  const chosen = units.filter((unit) => names.includes(unit.series));
  const forecasts = await forecastUnits(context, chosen, 'auto');
  const sums = chosen.map((unit, i) => sumsOf(unit.actual, quantilesOf(forecasts[i]!), scaleOf(unit, season)));
  return names.map((name) => addSums(sums.filter((_, i) => chosen[i]!.series === name)));
}

const scaleOf = (unit: ForecastUnit, season: number) => seasonalScale(unit.history, season);

function publishedRows(dataDir: string, task: string): Row[] {
  const results = readTable(dataDir, 'fev-bench/published-results.csv.gz').filter((row) => row['task'] === task);
  return rivals.flatMap((model) => {
    const row = results.find((result) => result['model'] === model);
    return row === undefined
      ? []
      : ['MASE', 'SQL', 'WQL'].map((measure) => ({
          name: model,
          measure,
          value: Number(row[measure]),
          source: 'published',
          table: task,
        }));
  });
}
