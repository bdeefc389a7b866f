import { countBelow } from './running.ts';
import { beyond } from './sided-ranks.ts';

/** The history is sorted anew when it has grown by this much: its ranks change little in between. */
const growth = 1.1;
const firstRefresh = 16;
/** Ends of the tail by which a score's reach is measured. */
const bulkEnd = 0.9;
const tailEnd = 0.999;
/** A score without a tail keeps a say; one whose usual value is 0 gets no endless one. */
const leastReach = 0.05;
const largestReach = 12;

/** Ranks of one score, and how much its series makes of it. */
export interface RankedScore {
  /** −log of the share of values that are at least as large. */
  readonly tail: Float64Array;
  /** Square of the reach of the tail at each value: a score that stands out far, on the scale of its own bulk, says more. */
  readonly weight: Float64Array;
}

/**
 * How unusual each value is among all: −log of the share of values that are at least as large. 0 for the smallest value,
 * log(n) for a single largest one.
 */
export function rankTail(values: Float64Array): Float64Array {
  return rankScore(values).tail;
}

/** `rankTail` with its weight, which is the same for the whole series. */
export function rankScore(values: Float64Array): RankedScore {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  return {
    tail: values.map((value) => -Math.log((n - countBelow(sorted, n, value)) / n)),
    weight: new Float64Array(n).fill(reachOf(sorted) ** 2),
  };
}

/**
 * The same against the values before it only: −log((1 + how many were at least as large) / (1 + how many there were)).
 * A value beyond all before it gains by how far beyond it is, on the scale of the largest tenth.
 * @param from the first value that is ranked; those before it are history, and 0 in the result
 */
export function causalRankScore(values: Float64Array, from = 0): RankedScore {
  const tail = new Float64Array(values.length);
  const weight = new Float64Array(values.length);
  let sorted = new Float64Array(0);
  let reach = leastReach;
  let refreshAt = lastRefresh(from);
  for (let i = from; i < values.length; i++) {
    if (i >= refreshAt) {
      sorted = values.slice(0, refreshAt).sort();
      reach = reachOf(sorted);
      refreshAt = Math.ceil(refreshAt * growth);
    }
    tail[i] = tailAgainst(sorted, values[i]!);
    weight[i] = reach ** 2;
  }
  return { tail, weight };
}

/** The last instant up to `from` at which the history is sorted: the same ones whatever the first value is. */
function lastRefresh(from: number): number {
  let at = firstRefresh;
  for (let next = at; next <= from; next = Math.ceil(next * growth)) {
    at = next;
  }
  return at;
}

/** Log of how many times the bulk's end the tail's end is. */
function reachOf(sorted: Float64Array): number {
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const far = at(tailEnd);
  return far > 0 ? Math.min(largestReach, Math.max(leastReach, Math.log(far / at(bulkEnd)))) : leastReach;
}

function tailAgainst(sorted: Float64Array, value: number): number {
  const n = sorted.length;
  const below = countBelow(sorted, n, value);
  const rank = Math.log((n + 1) / (n - below + 1));
  if (below < n || n === 0) {
    return rank;
  }
  return rank + beyond(value, sorted[n - 1]!, sorted[Math.floor(bulkEnd * n)]!);
}
