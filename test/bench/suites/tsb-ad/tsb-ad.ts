import { referencesOf, scoresOf } from '../../anomalies/judge-all.ts';
import { readTsbAd, type LabelledSeries } from '../../anomalies/labelled-series.ts';
import { protocolChecks, readPublished } from '../../anomalies/protocol-checks.ts';
import { meanRow } from '../../anomalies/rows.ts';
import { referenceNames } from '../../anomalies/reference-scores.ts';
import { judge, type Row } from '../../report.ts';
import { mean } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';

/** One method's VUS-PR of each series. */
interface Scored {
  readonly name: string;
  readonly values: readonly number[];
  readonly source: string | undefined;
}

/** The operations part of TSB-AD-U, beside the published methods on the same series. */
export const tsbAdSuite: Suite = {
  view: 'offline and causal',
  checks: protocolChecks,
  measure: async (context) => {
    const series = readTsbAd(context.dataDir).slice(0, context.series);
    const columns = columnsOf(series);
    const judged = await scoresOf(context, series, 'scores');
    const ours = (['offline', 'causal'] as const).map((form) => ({
      name: `ours, ${form}`,
      values: judged.map(({ vusPr }) => vusPr[form] ?? NaN),
      source: undefined,
    }));
    const rivals = [...publishedOf(context, series), ...(await referenceRivals(context, series))];
    const points = judged.reduce((sum, each) => sum + each.points, 0);
    const rows: Row[] = [
      ...ours.flatMap((method) => methodRows(method, columns, context.seed)),
      ...byMean(rivals).flatMap((method) => methodRows(method, columns, context.seed)),
      ...differenceRows(ours[0]!, rivals, { columns, seed: context.seed }),
      {
        name: 'ours',
        measure: 'CPU seconds for 10,000 causal scores',
        value: (10_000 * judged.reduce((sum, each) => sum + each.cpuSeconds, 0)) / points,
      },
    ];
    return { rows, targets: targetsOf(ours[0]!, columns) };
  },
};

interface Column {
  readonly title: string;
  readonly indices: readonly number[];
}

/** All series, all but those of one machine and one event, and each group. */
function columnsOf(series: readonly LabelledSeries[]): Column[] {
  const groups = [...new Set(series.map(({ group }) => group))];
  const where = (title: string, isIn: (group: string) => boolean): Column => {
    const indices = series.flatMap(({ group }, i) => (isIn(group) ? [i] : []));
    return { title: `${title} ${indices.length}`, indices };
  };
  return [
    where('all', () => true),
    where('without SMD', (group) => group !== 'SMD'),
    ...groups.map((group) => where(group, (other) => other === group)),
  ].filter(({ indices }) => indices.length > 0);
}

function publishedOf({ dataDir }: BenchContext, series: readonly LabelledSeries[]): Scored[] {
  const published = readPublished(dataDir);
  const names = Object.keys(published.get(series[0]?.id ?? '') ?? {});
  return names.map((name) => ({
    name,
    values: series.map(({ id }) => published.get(id)?.[name] ?? NaN),
    source: 'published',
  }));
}

/** Those of the reference scores that nobody has published. */
async function referenceRivals(context: BenchContext, series: readonly LabelledSeries[]): Promise<Scored[]> {
  const judged = await referencesOf(context, series);
  return referenceNames
    .filter((name) => name !== 'POLY' && name !== 'SR')
    .map((name) => ({ name, values: judged.map(({ vusPr }) => vusPr[name] ?? NaN), source: 'reference' }));
}

function byMean(methods: readonly Scored[]): Scored[] {
  return [...methods].sort((a, b) => mean(b.values) - mean(a.values));
}

const valuesAt = ({ values }: Scored, { indices }: Column) => indices.map((i) => values[i] ?? NaN);

function methodRows(method: Scored, columns: readonly Column[], seed: number): Row[] {
  return columns.map((column) => {
    const named = { name: method.name, measure: column.title, table: 'mean VUS-PR' };
    const values = valuesAt(method, column);
    return method.source === undefined
      ? meanRow(named, values, seed)
      : { ...named, value: mean(values), source: method.source };
  });
}

/** Series by series against the published method that is best on all of them, so that hard series weigh on neither. */
function differenceRows(
  ours: Scored,
  rivals: readonly Scored[],
  { columns, seed }: { columns: readonly Column[]; seed: number }
): Row[] {
  const [best] = byMean(rivals.filter(({ source }) => source === 'published'));
  if (best === undefined) {
    return [];
  }
  return columns.map((column) => {
    const theirs = valuesAt(best, column);
    const differences = valuesAt(ours, column).map((value, i) => value - theirs[i]!);
    const table = 'difference of VUS-PR on the same series';
    return meanRow({ name: `ours, offline, less ${best.name}`, measure: column.title, table }, differences, seed);
  });
}

function targetsOf(ours: Scored, columns: readonly Column[]) {
  const marks: ReadonlyArray<readonly [string, number, number, number]> = [
    ['all', 0.534, 0.57, 0.62],
    ['without SMD', 0.421, 0.48, 0.52],
  ];
  return marks.flatMap(([title, floor, goal, stretch]) =>
    columns
      .filter((column) => column.title.startsWith(title))
      .map((column) =>
        judge(
          { name: `mean VUS-PR, offline, ${column.title}`, unit: '', better: 'higher', floor, goal, stretch },
          mean(valuesAt(ours, column))
        )
      )
  );
}
