/** A labelled run of points, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How many thresholds each precision-recall curve has. */
const thresholds = 250;

/** Runs of points that are labelled. */
export function labelledRuns(labels: Uint8Array): Span[] {
  const runs: Span[] = [];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) {
      const from = i;
      while (labels[i + 1] === 1) {
        i++;
      }
      runs.push({ from, to: i });
    }
  }
  return runs;
}

/**
 * Volume under the surface of precision and recall: the area under the range-based precision-recall curve, averaged over
 * buffers of 0 to `window` steps around the anomalies.
 * @param scores finite, the larger the more unusual; one for each label
 * @param labels 1 inside of an anomaly
 * @returns 0..1; NaN when no point is labelled
 * @see Paparrizos et al. (2022), VLDB 15(11); as in Liu & Paparrizos (2024), TSB-AD
 */
export function vusPr(scores: Float64Array, labels: Uint8Array, window: number): number {
  const runs = labelledRuns(labels);
  if (runs.length === 0) {
    return NaN;
  }
  const curve = { runs, ranks: firingRanks(scores), labels, soft: new Float64Array(scores.length) };
  let sum = 0;
  for (let buffer = 0; buffer <= window; buffer++) {
    sum += averagePrecision(curve, buffer);
  }
  return sum / (window + 1);
}

interface FiringRanks {
  /** Of each point: the index of the first threshold at which it fires. */
  readonly first: Uint8Array;
  /** Of each threshold: how many points fire. */
  readonly firing: Float64Array;
}

/** Thresholds are the scores at evenly spread ranks of the descending order; a point fires when it is not below. */
function firingRanks(scores: Float64Array): FiringRanks {
  const descending = scores.slice().sort().reverse();
  const marks = Float64Array.from(
    { length: thresholds },
    (_, k) => descending[Math.floor((k * (scores.length - 1)) / (thresholds - 1))]!
  );
  const first = new Uint8Array(scores.length);
  const firing = new Float64Array(thresholds);
  scores.forEach((score, i) => {
    const k = firstAtOrBelow(marks, score);
    first[i] = k;
    firing[k]! += 1;
  });
  accumulate(firing);
  return { first, firing };
}

/** Index of the first mark, of descending ones, that is at most `score`. */
function firstAtOrBelow(marks: Float64Array, score: number): number {
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle]! <= score) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

interface Curve {
  readonly runs: readonly Span[];
  readonly ranks: FiringRanks;
  readonly labels: Uint8Array;
  /** Zeros, as long as the series; used for the soft labels of one buffer and left as zeros. */
  readonly soft: Float64Array;
}

function averagePrecision(curve: Curve, buffer: number): number {
  const { runs, ranks, labels } = curve;
  const anomalous = new Float64Array(thresholds);
  runs.forEach(({ from, to }) => {
    for (let i = from; i <= to; i++) {
      anomalous[ranks.first[i]!]! += 1;
    }
  });
  const points = anomalous.reduce((sum, count) => sum + count, 0);
  const softly = softFiring(curve, buffer);
  const zones = mergedZones(runs, buffer, labels.length);
  const found = new Float64Array(thresholds);
  zones.forEach((zone) => {
    found[firstFiring(zone, ranks.first)]! += 1;
  });
  [anomalous, softly, found].forEach(accumulate);
  let area = 0;
  let before = 0;
  for (let k = 0; k < thresholds; k++) {
    const truePositives = anomalous[k]! + softly[k]!;
    // Half of what is labelled for certain, half of that and the buffers that fired.
    const positives = (2 * points + softly[k]!) / 2;
    const recall = Math.min(truePositives / positives, 1) * (found[k]! / zones.length);
    area += (recall - before) * (truePositives / ranks.firing[k]!);
    before = recall;
  }
  return area;
}

/** Sums of the soft labels in buffers by the threshold at which they begin to fire: √(1 − distance / buffer), capped at 1. */
function softFiring({ runs, ranks, labels, soft }: Curve, buffer: number): Float64Array {
  const reach = Math.floor(buffer / 2);
  const touched: number[] = [];
  const add = (i: number, distance: number) => {
    if (i >= 0 && i < labels.length && labels[i] === 0) {
      if (soft[i] === 0) {
        touched.push(i);
      }
      soft[i]! += Math.sqrt(1 - distance / buffer);
    }
  };
  runs.forEach(({ from, to }) => {
    for (let distance = 1; distance <= reach; distance++) {
      add(from - distance, distance);
      add(to + distance, distance);
    }
  });
  const sums = new Float64Array(thresholds);
  touched.forEach((i) => {
    sums[ranks.first[i]!]! += Math.min(1, soft[i]!);
    soft[i] = 0;
  });
  return sums;
}

/** Anomalies with their buffers; those that touch are one event. */
function mergedZones(runs: readonly Span[], buffer: number, length: number): Span[] {
  const reach = Math.floor(buffer / 2);
  const zones: Array<{ from: number; to: number }> = [];
  runs.forEach(({ from, to }) => {
    const zone = { from: Math.max(0, from - reach), to: Math.min(length - 1, to + reach) };
    const last = zones.at(-1);
    if (last !== undefined && last.to >= from - reach) {
      last.to = zone.to;
    } else {
      zones.push(zone);
    }
  });
  return zones;
}

function firstFiring({ from, to }: Span, first: Uint8Array): number {
  return first.subarray(from, to + 1).reduce((least, k) => Math.min(least, k), thresholds - 1);
}

/** Turns counts into running sums. */
function accumulate(counts: Float64Array): void {
  for (let k = 1; k < counts.length; k++) {
    counts[k]! += counts[k - 1]!;
  }
}
