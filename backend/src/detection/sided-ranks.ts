import { countBelow } from './running.ts';

/** Past deviations of one kind, by their sign: rises are held against rises, falls against falls. */
export interface SidedRanks {
  /** Sizes of those that were 0 or above, ascending. */
  readonly above: Float32Array;
  /** Sizes of those below 0, ascending. */
  readonly below: Float32Array;
}

const noRanks: SidedRanks = { above: new Float32Array(0), below: new Float32Array(0) };

/** Share of the sizes that are the bulk; those beyond all others gain on the scale of the rest. */
export const bulkEnd = 0.9;
const largestSize = 3e38;

/** @param before of the first deviations, so that only what came since has to be sorted */
export function sidedRanks(deviations: Float64Array, before: SidedRanks = noRanks): SidedRanks {
  const added = deviations.subarray(before.above.length + before.below.length);
  const sizes = new Float32Array(added.length);
  let above = 0;
  let below = added.length;
  for (let i = 0; i < added.length; i++) {
    const deviation = added[i]!;
    sizes[deviation < 0 ? --below : above++] = sizeOf(deviation);
  }
  return {
    above: merged(before.above, sizes.subarray(0, above).sort()),
    below: merged(before.below, sizes.subarray(below).sort()),
  };
}

function merged(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length === 0) {
    return b;
  }
  const all = new Float32Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let k = 0; k < all.length; k++) {
    all[k] = j === b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
  }
  return all;
}

/** In 32 bits: steps between decimal numbers are then as large as they look, and rounding has no rank. */
export function sizeOf(deviation: number): number {
  return Math.fround(Math.min(largestSize, Math.abs(deviation)));
}

/**
 * How unusual a deviation is: −log((1 + how many of its sign were at least as large) / (1 + how many there were of both
 * signs)), so that a fall in a series that only rises suddenly says more than one more rise. Beyond all of its sign it
 * gains by how far beyond it is.
 * @returns nats, at least 0
 */
export function sidedTail({ above, below }: SidedRanks, deviation: number): number {
  const sorted = deviation < 0 ? below : above;
  const size = sizeOf(deviation);
  const smaller = countBelow(sorted, sorted.length, size);
  const rank = Math.log((above.length + below.length + 1) / (sorted.length - smaller + 1));
  return smaller < sorted.length || smaller === 0
    ? rank
    : rank + beyond(size, sorted[smaller - 1]!, sorted[Math.floor(bulkEnd * smaller)]!);
}

/** @param bulk what the bulk of the past sizes stayed below */
export function beyond(size: number, largest: number, bulk: number): number {
  const scale = largest - bulk;
  return scale > 0 ? Math.log1p((size - largest) / scale) : size > largest ? 1 : 0;
}
