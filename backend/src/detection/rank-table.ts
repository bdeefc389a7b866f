import { countBelow } from './running.ts';
import { beyond, bulkEnd, sizeOf } from './sided-ranks.ts';

/** Ranks of neighbouring entries differ by this factor at most: one in between is off by no more than its root. */
const spacing = 1.4;
/** Enough entries for a hundred million deviations. */
export const mostEntries = 64;
/** By how much the logarithm of a rank that is read from the table may be off, nats; a little more for steps between whole ranks. */
export const rankError = Math.log(spacing) / 2 + 0.01;

/** Past deviations of one sign in a few dozen numbers. */
export interface RankTable {
  /** Some of their sizes, ascending. */
  readonly sizes: Float32Array;
  /** For each of these, how many were at least as large. */
  readonly atLeast: Float32Array;
  /** And how many were larger. */
  readonly larger: Float32Array;
  /** How many there were of both signs, how many of this one, and what a tenth of this one's sizes reached. */
  readonly scale: Float32Array;
}

/**
 * @param sorted sizes, ascending
 * @param total how many deviations there were of both signs
 */
export function rankTable(sorted: Float32Array, total: number): RankTable {
  const n = sorted.length;
  const entries: Array<{ size: number; atLeast: number; larger: number }> = [];
  for (let rank = 1; rank <= n && entries.length < mostEntries; rank = Math.max(rank + 1, Math.floor(rank * spacing))) {
    const size = sorted[n - rank]!;
    if (size !== entries.at(-1)?.size) {
      entries.push({ size, atLeast: n - countBelow(sorted, n, size), larger: n - notAbove(sorted, n - rank) });
    }
  }
  entries.reverse();
  return {
    sizes: Float32Array.from(entries, ({ size }) => size),
    atLeast: Float32Array.from(entries, ({ atLeast }) => atLeast),
    larger: Float32Array.from(entries, ({ larger }) => larger),
    scale: Float32Array.of(total, n, n === 0 ? 0 : sorted[Math.floor(bulkEnd * n)]!),
  };
}

/** How many values are at most as large as that at `from`. */
function notAbove(sorted: Float32Array, from: number): number {
  let end = from + 1;
  while (end < sorted.length && sorted[end] === sorted[from]) {
    end++;
  }
  return end;
}

/** `sidedTail` by the table: off by at most `rankError`, and exact for the largest sizes and for those that come often. */
export function tableTail({ sizes, atLeast, larger, scale }: RankTable, deviation: number): number {
  const entries = sizes.length;
  const size = sizeOf(deviation);
  const at = countBelow(sizes, entries, size);
  const total = scale[0]! + 1;
  if (at === entries) {
    return Math.log(total) + (entries === 0 ? 0 : beyond(size, sizes[entries - 1]!, scale[2]!));
  }
  if (sizes[at] === size) {
    return Math.log(total / (atLeast[at]! + 1));
  }
  const most = (at === 0 ? scale[1]! : larger[at - 1]!) + 1;
  return Math.log(total / Math.sqrt(most * (atLeast[at]! + 1)));
}
