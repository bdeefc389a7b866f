/** Legendre-like basis would be overkill for degree 4 on a centred, scaled abscissa: normal equations keep 9 digits. */
const degree = 4;
const terms = degree + 1;
const tiny = 1e-300;
/** Windows on either side that a block is judged by. */
const neighbourhoodWindows = 10;
const smallestNeighbourhood = 100;
/** The start is not scored: at most this many steps, at most this share of the series. */
const longestStart = 500;
const startRatio = 0.1;

/**
 * Root mean square of what a polynomial of degree 4 leaves of each block of `window` steps, fitted to the blocks around it
 * and never to the block itself. The whole block has one score; the first tenth (at most 500 steps) has 0.
 * @param given finite
 * @param window steps of a block, at least 1
 * @see Liu & Paparrizos (2024), TSB-AD, "POLY"
 */
export function polynomialResidual(given: Float64Array, window: number): Float64Array {
  // Counted from the first value: a constant leaves exactly nothing, and rounding does not depend on the zero of the unit.
  const values = given.map((value) => value - given[0]!);
  const n = values.length;
  const scores = new Float64Array(n);
  const neighbourhood = Math.min(n, Math.max(neighbourhoodWindows * window, smallestNeighbourhood));
  const first = Math.ceil(Math.min(longestStart, Math.floor(startRatio * n)) / window);
  for (let from = first * window; from < n; from += window) {
    const to = Math.min(n, from + window);
    const around = neighboursOf(from, { n, window, neighbourhood });
    const fit = fitAround(values, { from, to, ...around });
    scores.fill(residualNorm(values, { from, to, window, n }, fit), from, to);
  }
  return scores;
}

interface Extent {
  readonly n: number;
  readonly window: number;
  readonly neighbourhood: number;
}

/** The full neighbourhood nearest to the block: [start, end). */
function neighboursOf(from: number, { n, window, neighbourhood }: Extent): { start: number; end: number } {
  const half = Math.floor(neighbourhood / 2);
  if (from + half < n && from - half > 0) {
    return { start: from - half, end: from + half };
  }
  if (from + half >= n) {
    return { start: n - neighbourhood, end: from + window < n ? n : from };
  }
  return from + window < neighbourhood ? { start: 0, end: neighbourhood } : { start: 0, end: from + half };
}

interface Block {
  readonly from: number;
  readonly to: number;
}

interface Fit {
  readonly coefficients: Float64Array;
  readonly centre: number;
  readonly scale: number;
}

function fitAround(values: Float64Array, { from, to, start, end }: Block & { start: number; end: number }): Fit {
  const centre = (from + to) / 2;
  const scale = Math.max(1, (end - start) / 2);
  const moments = new Float64Array(2 * terms - 1);
  const right = new Float64Array(terms);
  const add = (i: number) => {
    const x = (i - centre) / scale;
    let power = 1;
    for (let k = 0; k < moments.length; k++) {
      moments[k]! += power;
      if (k < terms) {
        right[k]! += power * values[i]!;
      }
      power *= x;
    }
  };
  for (let i = start; i < Math.min(end, from); i++) {
    add(i);
  }
  for (let i = Math.max(start, to); i < end; i++) {
    add(i);
  }
  return { coefficients: solveMoments(moments, right), centre, scale };
}

/** Solves the normal equations by Gaussian elimination; a singular pivot drops its term. */
function solveMoments(moments: Float64Array, right: Float64Array): Float64Array {
  const rows = Array.from({ length: terms }, (_, i) =>
    Float64Array.from({ length: terms + 1 }, (_, j) => (j < terms ? moments[i + j]! : right[i]!))
  );
  for (let pivot = 0; pivot < terms; pivot++) {
    eliminate(rows, pivot);
  }
  return Float64Array.from(rows, (row, i) => (Math.abs(row[i]!) < tiny ? 0 : row[terms]! / row[i]!));
}

/** Brings the largest row to the pivot and clears its column in all others. */
function eliminate(rows: Float64Array[], pivot: number): void {
  let best = pivot;
  for (let r = pivot + 1; r < terms; r++) {
    best = Math.abs(rows[r]![pivot]!) > Math.abs(rows[best]![pivot]!) ? r : best;
  }
  [rows[pivot], rows[best]] = [rows[best]!, rows[pivot]!];
  const head = rows[pivot]!;
  if (Math.abs(head[pivot]!) < tiny) {
    return;
  }
  for (const row of rows.filter((other) => other !== head)) {
    const factor = row[pivot]! / head[pivot]!;
    for (let c = pivot; c <= terms; c++) {
      row[c]! -= factor * head[c]!;
    }
  }
}

/** By Parseval the distance of the spectra over the length: sqrt(sum of squares / length). */
function residualNorm(values: Float64Array, block: Block & { window: number; n: number }, fit: Fit): number {
  const { from, to, window, n } = block;
  // The reference evaluates a whole block at `window` points spread over its full length, ends included.
  const stretch = to - from === window && to < n + 1 && window > 1 ? window / (window - 1) : 1;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const x = (from + (i - from) * stretch - fit.centre) / fit.scale;
    let estimate = 0;
    for (let k = terms - 1; k >= 0; k--) {
      estimate = estimate * x + fit.coefficients[k]!;
    }
    sum += (values[i]! - estimate) ** 2;
  }
  return Math.sqrt(sum / (to - from));
}
