import type { ChangeRecord } from '../contract/change.ts';
import type { Labels } from '../timeseries/series.ts';

/**
 * Right after a change the band is this many times as wide: what a new version does in its first minutes (cold caches,
 * connections) is not known to the forecast, but a fault twice as far out must still be told. Not fitted to any data.
 */
const widest = 2;

type Widened = Pick<ChangeRecord, 'labels' | 'atMs' | 'widenUntilMs'>;

/**
 * By how much the band of a series is wider at an instant: 2 at a change that names labels of it, falling in a line to 1
 * at the change's end. Only a series that has all labels of a change is widened; of several changes the widest counts.
 */
export function wideningOf(changes: readonly Widened[], labels: Labels, timeMs: number): number {
  return changes.reduce((factor, { labels: changed, atMs, widenUntilMs }) => {
    if (timeMs < atMs || timeMs >= widenUntilMs || !hasAll(labels, changed)) {
      return factor;
    }
    return Math.max(factor, 1 + ((widest - 1) * (widenUntilMs - timeMs)) / (widenUntilMs - atMs));
  }, 1);
}

/** A change without labels would widen everything: it widens nothing. */
function hasAll(labels: Labels, wanted: Labels): boolean {
  const names = Object.keys(wanted);
  return names.length > 0 && names.every((name) => labels[name] === wanted[name]);
}
