import { readTable } from '../data.ts';
import { check, type Check } from '../report.ts';
import { mean } from '../statistics.ts';
import type { BenchContext } from '../suite.ts';
import { referencesOf } from './judge-all.ts';
import { labelChecks, readTsbAd } from './labelled-series.ts';
import type { ReferenceName } from './reference-scores.ts';

/** VUS-PR of each method by series, as the benchmark published them. */
export function readPublished(dataDir: string): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const tables = readTable(dataDir, 'tsb-ad/published/TSB-AD-U-per-file-VUS-PR.csv.gz');
  const later = new Map(
    readTable(dataDir, 'tsb-ad/published/MMPAD-U-per-file.csv.gz').map((row) => [row['file'], row['VUS-PR']])
  );
  return new Map(
    tables.map(({ file = '', ...cells }) => {
      const methods = Object.entries(cells).slice(0, methodColumns);
      const all = [...methods, ['MMPAD', later.get(file) ?? '']] as const;
      return [`tsb-ad/series/${file}.gz`, Object.fromEntries(all.map(([name, cell]) => [name, Number(cell)]))];
    })
  );
}

/** Columns behind these describe the series. */
const methodColumns = 32;

/**
 * Whether labels and measure are those that published figures were made with: two published methods must come out again
 * on every series, and the means of three more. The labels of all sets are counted. Averages that the sets' descriptions
 * give over all of their series cannot come out again where a part of the series is kept apart, so they are no check rows.
 */
export async function protocolChecks(context: BenchContext): Promise<Check[]> {
  const series = readTsbAd(context.dataDir);
  const published = readPublished(context.dataDir);
  const judged = await referencesOf(context, series);
  const of = (name: ReferenceName) => judged.map(({ vusPr }) => vusPr[name] ?? NaN);
  const furthest = (name: 'POLY' | 'SR') =>
    of(name).reduce((most, own, i) => Math.max(most, Math.abs(own - (published.get(series[i]!.id)?.[name] ?? NaN))), 0);
  const otherWindows = series.filter(({ window }, i) => window !== judged[i]!.window).length;
  return [
    check(`tsb-ad: windows of ${series.length} series that are not those listed`, 0, otherWindows, 0),
    check('POLY, furthest VUS-PR from the published one of a series', 0, furthest('POLY'), 6),
    check('SR, furthest VUS-PR from the published one of a series', 0, furthest('SR'), 6),
    check('POLY, mean of the series', 0.532, mean(of('POLY')), 3),
    check('SR, mean of the series', 0.268, mean(of('SR')), 3),
    check('window norm, mean of the series; published for Sub-PCA', 0.324, mean(of('window norm')), 3),
    check('difference, mean of the series; computed before', 0.369, mean(of('difference')), 3),
    check('uniform random, mean of the series; computed before', 0.06, mean(of('uniform random')), 2),
    ...labelChecks(context.dataDir),
  ];
}
