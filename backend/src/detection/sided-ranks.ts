import { countBelow } from './running.ts';

/** Past deviations of one kind, by their sign: rises are held against rises, falls against falls. */
export interface SidedRanks {
  /** Sizes of those that were 0 or above, ascending. */
  readonly above: Float32Array;
  /** Sizes of those below 0, ascending. */
  readonly below: Float32Array;
}

/** Share of the sizes that are the bulk; those beyond all others gain on the scale of the rest. */
export const bulkEnd = 0.9;
const largestSize = 3e38;

export function sidedRanks(deviations: Float64Array): SidedRanks {
  return {
    above: Float32Array.from(
      deviations.filter((deviation) => deviation >= 0),
      sizeOf
    ).sort(),
    below: Float32Array.from(
      deviations.filter((deviation) => deviation < 0),
      sizeOf
    ).sort(),
  };
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
