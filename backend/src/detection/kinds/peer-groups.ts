import type { Labels } from '../../timeseries/series.ts';

/**
 * Puts series with equal values of the labels `among` together; all of them when it is empty. A label that a series does
 * not have counts as empty, as in PromQL.
 * @returns indices of the series, for each group of at least `fewest`, by a text that names the group
 */
export function groupByLabels(
  series: readonly Labels[],
  among: readonly string[],
  fewest: number
): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [i, labels] of series.entries()) {
    const name = among.map((label) => `${label}="${labels[label] ?? ''}"`).join(', ');
    const members = groups.get(name);
    if (members === undefined) {
      groups.set(name, [i]);
    } else {
      members.push(i);
    }
  }
  return new Map([...groups].filter(([, members]) => members.length >= fewest));
}
