import { countBelow } from './running.ts';

/** The history is sorted anew when it has grown by this much: its ranks change little in between. */
const growth = 1.1;
const firstRefresh = 16;

/**
 * How unusual each value is among all: −log of the share of values that are at least as large. 0 for the smallest value,
 * log(n) for a single largest one.
 */
export function rankTail(values: Float64Array): Float64Array {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  return values.map((value) => -Math.log((n - countBelow(sorted, n, value)) / n));
}

/**
 * The same against the values before it only: −log((1 + how many were at least as large) / (1 + how many there were)).
 * A value beyond all before it gains by how far beyond it is, on the scale of the largest tenth.
 */
export function causalRankTail(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  let sorted = new Float64Array(0);
  let refreshAt = firstRefresh;
  for (let i = 0; i < values.length; i++) {
    if (i >= refreshAt) {
      sorted = values.slice(0, i).sort();
      refreshAt = Math.ceil(i * growth);
    }
    out[i] = tailAgainst(sorted, values[i]!);
  }
  return out;
}

function tailAgainst(sorted: Float64Array, value: number): number {
  const n = sorted.length;
  const below = countBelow(sorted, n, value);
  const rank = Math.log((n + 1) / (n - below + 1));
  if (below < n || n === 0) {
    return rank;
  }
  const largest = sorted[n - 1]!;
  const scale = largest - sorted[Math.floor(0.9 * n)]!;
  return rank + (scale > 0 ? Math.log1p((value - largest) / scale) : value > largest ? 1 : 0);
}
