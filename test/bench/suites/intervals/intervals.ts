import { forecastUnits, type ForecastUnit } from '../../forecasts/units.ts';
import { msisOf, wqlOf } from '../../forecasts/sums.ts';
import { seasonalScale } from '../../measures.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import { bootstrap, bootstrapStrata, geometricMean, mean } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { azureSuite, azureUnits } from '../azure/azure.ts';
import { fevSuite, fevTasks } from '../fev/fev.ts';
import { readConfigurations } from '../gift/configurations.ts';
import { giftSuite } from '../gift/gift.ts';
import { azureDay, readAzure } from '../main/azure.ts';
import { addHits, addTallies, tallyOf, type Hits, type Tally } from './tally.ts';

/** A set of data with what is asked of it in the other suites. */
interface IntervalSet {
  readonly name: string;
  readonly parts: ReadonlyArray<{ readonly season: number; readonly units: readonly ForecastUnit[] }>;
}

interface SetTallies {
  readonly name: string;
  /** One for each series. */
  readonly bySeries: readonly Tally[];
}

/** Whether bands hold what they promise, over all forecasts of the suites `gift`, `m4`, `fev` and `azure`. */
export const intervalsSuite: Suite = {
  view: 'causal',
  checks: async (context) => [
    ...(await azureSuite.checks(context)),
    ...(await fevSuite.checks(context)),
    ...(await giftSuite.checks(context)),
  ],
  measure: async (context) => {
    const sets = setsOf(context);
    const units = sets.flatMap(({ parts }) => parts.flatMap((part) => part.units));
    const ours = await forecastUnits(context, units, 'auto');
    const reference = await forecastUnits(context, units, ['seasonal-naive']);
    let index = 0;
    const results = sets.map(({ name, parts }): SetTallies => {
      const bySeries = new Map<string, Tally[]>();
      for (const { season, units: own } of parts) {
        for (const unit of own) {
          const tally = tallyOf(unit, ours[index]!, reference[index]!, seasonalScale(unit.history, season));
          bySeries.set(unit.series, [...(bySeries.get(unit.series) ?? []), tally]);
          index++;
        }
      }
      return { name, bySeries: [...bySeries.values()].map(addTallies) };
    });
    return { rows: rowsOf(results, context.seed), targets: targetsOf(results.map(totalOf)) };
  },
};

function setsOf({ dataDir, series }: BenchContext): IntervalSet[] {
  const configurations = readConfigurations(dataDir);
  const names = [...new Set(configurations.map(({ name }) => name.split('/')[0] ?? name))];
  const sets: IntervalSet[] = [
    { name: 'azure', parts: [{ season: azureDay, units: azureUnits(readAzure(dataDir)) }] },
    ...names.map((name) => ({ name, parts: configurations.filter((one) => one.name.startsWith(`${name}/`)) })),
    { name: 'bizitobs_l2c, tasks of fev-bench', parts: fevTasks(dataDir) },
  ];
  return sets.map(({ name, parts }) => ({
    name,
    parts: parts.map((part) => {
      const kept = [...new Set(part.units.map((unit) => unit.series))].slice(0, series);
      return { season: part.season, units: part.units.filter((unit) => kept.includes(unit.series)) };
    }),
  }));
}

const totalOf = ({ bySeries }: SetTallies) => addTallies(bySeries);

const coverage = {
  80: ({ inside80, points }: Hits) => inside80 / points,
  95: ({ inside95, points }: Hits) => inside95 / points,
};
type Level = keyof typeof coverage;
const levels: readonly Level[] = [80, 95];

const widthRatio = {
  80: (tally: Tally) => tally.width80 / tally.referenceWidth80,
  95: (tally: Tally) => tally.width95 / tally.referenceWidth95,
};

/** Mean over sets, each counting the same however many points it has; sets without points in this part are left out. */
function meanCoverage(totals: readonly Tally[], level: Level, pick: (tally: Tally) => Hits): number {
  return mean(
    totals
      .map(pick)
      .filter(({ points }) => points > 0)
      .map(coverage[level])
  );
}

function rowsOf(results: readonly SetTallies[], seed: number): Row[] {
  const counts = results.map(({ bySeries }) => bySeries.length);
  const redrawn = (level: Level) => (indices: ReadonlyArray<readonly number[]>) =>
    mean(results.map(({ bySeries }, k) => coverage[level](addHits(indices[k]!.map((i) => bySeries[i]!.overall)))));
  const totals = results.map(totalOf);
  const table = 'coverage';
  const all = levels.map((level) => ({
    name: 'mean over sets',
    measure: `at ${level} %`,
    value: meanCoverage(totals, level, (tally) => tally.overall),
    ...bootstrapStrata(counts, redrawn(level), seed),
    table,
  }));
  return [
    ...results.flatMap((set) => setRows(set, seed)),
    ...all,
    ...partRows(totals),
    ...results.flatMap(qualityRows),
  ];
}

function setRows({ name, bySeries }: SetTallies, seed: number): Row[] {
  const table = 'coverage';
  const total = addTallies(bySeries);
  const interval = (level: Level) =>
    bootstrap(
      bySeries.length,
      (indices) => coverage[level](addTallies(indices.map((i) => bySeries[i]!)).overall),
      seed
    );
  const worst = (level: Level, parts: readonly Hits[]) => {
    const off = parts.filter(({ points }) => points > 0).map((part) => coverage[level](part) - level / 100);
    return off.reduce((most, error) => (Math.abs(error) > Math.abs(most) ? error : most), 0);
  };
  return levels.flatMap((level): Row[] => [
    { name, measure: `at ${level} %`, value: coverage[level](total.overall), ...interval(level), table },
    { name, measure: `most off by third, ${level} %`, value: worst(level, total.thirds), table },
    { name, measure: `most off by hour, ${level} %`, value: worst(level, total.hours), table },
  ]);
}

/** Mean coverage over sets by third of the horizon and by hour of the day. */
function partRows(totals: readonly Tally[]): Row[] {
  const thirds = ['first third of the horizon', 'second third', 'last third'].map((name, k) => ({
    name,
    pick: (tally: Tally) => tally.thirds[k]!,
  }));
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    name: `${String(hour).padStart(2, '0')}:00 to ${String(hour).padStart(2, '0')}:59`,
    pick: (tally: Tally) => tally.hours[hour]!,
  }));
  const table = 'coverage by part, mean over sets';
  return [...thirds, ...hours].flatMap(({ name, pick }) =>
    levels.map((level) => ({ name, measure: `at ${level} %`, value: meanCoverage(totals, level, pick), table }))
  );
}

function qualityRows({ name, bySeries }: SetTallies): Row[] {
  const total = addTallies(bySeries);
  const table = 'width and quality';
  return [
    ...levels.map((level) => ({
      name,
      measure: `width at ${level} % against seasonal naive's conformal band`,
      value: widthRatio[level](total),
      table,
    })),
    { name, measure: 'WQL', value: wqlOf(total.sums), table },
    { name, measure: 'MSIS', value: msisOf(total.sums), table },
  ];
}

function targetsOf(totals: readonly Tally[]): Target[] {
  const overall = (level: Level) => Math.abs(meanCoverage(totals, level, (tally) => tally.overall) - level / 100);
  const worst = (level: Level, count: number, pick: (tally: Tally) => readonly Hits[]) =>
    Math.max(
      ...Array.from({ length: count }, (_, k) =>
        Math.abs(meanCoverage(totals, level, (tally) => pick(tally)[k]!) - level / 100)
      )
    );
  return levels.flatMap((level) => [
    judge(
      { name: `coverage error at ${level} %`, unit: '', better: 'lower', floor: 0.03, goal: 0.01, stretch: 0.01 },
      overall(level)
    ),
    judge(
      single(`coverage error at ${level} %, worst third of the horizon`, '', 'lower', 0.03),
      worst(level, 3, (tally) => tally.thirds)
    ),
    judge(
      single(`coverage error at ${level} %, worst hour of the day`, '', 'lower', 0.03),
      worst(level, 24, (tally) => tally.hours)
    ),
    judge(
      single(`width at ${level} % against seasonal naive's conformal band`, 'ratio', 'lower', 1),
      geometricMean(totals.map(widthRatio[level]))
    ),
  ]);
}
