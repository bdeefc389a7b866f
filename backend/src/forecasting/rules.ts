import type { Note } from '../contract/forecast.ts';
import { quantileOfSorted, sortedFinite } from '../timeseries/quantiles.ts';
import type { Resampled } from '../timeseries/resample.ts';

/** Fewer values than this say nothing about a spread. */
const minimumValues = 48;
/** Share of steps without a value above which a model would mostly learn what was filled in. */
const mostlyGaps = 0.5;
const someGaps = 0.05;
/** Share of equal values above which the rest are events, not a shape. */
const mostlyOneValue = 0.95;
/** Half-width of a constant's band as a share of its value, and for all zero in the unit of the series. */
const constantShare = 0.01;
const zeroHalfWidth = 0.001;

/** A band that no model made: the same for every step. */
export interface RuleBand {
  readonly rule: 'constant' | 'all-zero' | 'sparse' | 'gaps';
  readonly expected: number;
  /** Edges for each level, widest last; lower < expected < upper. */
  readonly edges: ReadonlyArray<{ readonly levelPercent: number; readonly lower: number; readonly upper: number }>;
}

export type Verdict =
  | { readonly kind: 'warming-up'; readonly notes: readonly Note[] }
  | { readonly kind: 'rule'; readonly band: RuleBand; readonly notes: readonly Note[] }
  | { readonly kind: 'model'; readonly notes: readonly Note[] };

/** Decides before any fit whether a series can be modelled, is answered by a rule, or must wait. Never throws. */
export function judge(resampled: Resampled, levels: readonly number[], query: string | undefined): Verdict {
  const { values } = resampled.series;
  const sorted = sortedFinite(values);
  const notes = [...finiteNotes(resampled), ...counterNotes(values, query)];
  if (sorted.length < minimumValues) {
    const text = `Only ${sorted.length} usable values; ${minimumValues} are needed before anything can be said. Wait, or read a longer history.`;
    return {
      kind: 'warming-up',
      notes: [
        ...notes,
        { code: 'warming-up', severity: 'info', text, facts: { values: sorted.length, needed: minimumValues } },
      ],
    };
  }
  const found = constantBand(sorted, levels) ?? sparseBand(sorted, levels) ?? gappyBand(resampled, sorted, levels);
  if (found !== undefined) {
    return { kind: 'rule', band: found.band, notes: [...notes, found.note] };
  }
  return { kind: 'model', notes: [...notes, ...gapNotes(resampled)] };
}

interface Found {
  readonly band: RuleBand;
  readonly note: Note;
}

function constantBand(sorted: Float64Array, levels: readonly number[]): Found | undefined {
  const low = sorted[0]!;
  const high = sorted.at(-1)!;
  // Sums of the same numbers in another order differ in the last bits: that is still constant.
  if (high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
    return undefined;
  }
  const expected = (low + high) / 2;
  const half = expected === 0 ? zeroHalfWidth : constantShare * Math.abs(expected);
  const rule = expected === 0 ? 'all-zero' : 'constant';
  const text =
    expected === 0
      ? `All values are zero. The band is ±${zeroHalfWidth}: any other value counts as a change.`
      : `All values are the same. The band is ±${100 * constantShare} % of it, since the data shows no spread.`;
  const facts = expected === 0 ? { halfWidth: zeroHalfWidth } : { percent: 100 * constantShare };
  const edges = levels.map((levelPercent) => {
    const width = (half * levelPercent) / levels.at(-1)!;
    return { levelPercent, lower: expected - width, upper: expected + width };
  });
  return { band: { rule, expected, edges }, note: { code: rule, severity: 'info', text, facts } };
}

function sparseBand(sorted: Float64Array, levels: readonly number[]): Found | undefined {
  const centre = quantileOfSorted(sorted, 0.5);
  const equal = sorted.reduce((count, value) => count + (value === centre ? 1 : 0), 0);
  if (equal < mostlyOneValue * sorted.length) {
    return undefined;
  }
  const percent = Math.floor((1000 * equal) / sorted.length) / 10;
  const text = `${percent} % of the values are ${centre}: the rest are events without a pattern. The band is taken from the values seen; any event outside it counts as a change.`;
  return {
    band: quantileBand('sparse', sorted, centre, levels),
    note: { code: 'sparse', severity: 'info', text, facts: { percent, value: centre } },
  };
}

function gappyBand(resampled: Resampled, sorted: Float64Array, levels: readonly number[]): Found | undefined {
  if (resampled.gapRatio <= mostlyGaps) {
    return undefined;
  }
  const percent = Math.round(100 * resampled.gapRatio);
  const text = `${percent} % of the steps have no value. The band is taken from the values seen, whatever the time of day. Ask with a longer step, or check why samples are missing.`;
  const band = quantileBand('gaps', sorted, quantileOfSorted(sorted, 0.5), levels);
  return { band, note: { code: 'gaps', severity: 'warning', text, facts: { percent } } };
}

/** Edges from the quantiles of all values, kept apart by 1 % of the centre or of the range, whichever is more. */
function quantileBand(
  rule: 'sparse' | 'gaps',
  sorted: Float64Array,
  expected: number,
  levels: readonly number[]
): RuleBand {
  const range = sorted.at(-1)! - sorted[0]!;
  const least = constantShare * Math.max(Math.abs(expected), range);
  const edges = levels.map((levelPercent) => {
    const tail = (1 - levelPercent / 100) / 2;
    const apart = (least * levelPercent) / levels.at(-1)!;
    return {
      levelPercent,
      lower: Math.min(expected - apart, quantileOfSorted(sorted, tail)),
      upper: Math.max(expected + apart, quantileOfSorted(sorted, 1 - tail)),
    };
  });
  return { rule, expected, edges };
}

function finiteNotes({ notFiniteCount }: Resampled): Note[] {
  if (notFiniteCount === 0) {
    return [];
  }
  const text = `${notFiniteCount} samples are NaN, infinite or too large to be real; they count as gaps. A division by zero in the query is the usual cause.`;
  return [{ code: 'not-finite', severity: 'warning', text, facts: { count: notFiniteCount } }];
}

function gapNotes({ gapRatio }: Resampled): Note[] {
  if (gapRatio <= someGaps) {
    return [];
  }
  const percent = Math.round(100 * gapRatio);
  const text = `${percent} % of the steps have no value; models saw them filled from the season and the neighbours.`;
  return [{ code: 'gaps', severity: 'info', text, facts: { percent } }];
}

/** PromQL functions after which a counter is no counter any more. */
const rateFunctions = /\b(rate|irate|increase|delta|idelta|deriv|changes|resets)\s*\(/;
const counterName = /_(total|count|sum|bucket)\b/;

function counterNotes(values: Float64Array, query: string | undefined): Note[] {
  if ((query !== undefined && rateFunctions.test(query)) || !looksLikeCounter(values, query)) {
    return [];
  }
  const text =
    'The values only rise and fall back to near zero, as a counter does. Forecast its speed: wrap the query in rate(…[5m]).';
  return [{ code: 'counter-without-rate', severity: 'warning', text }];
}

function looksLikeCounter(values: Float64Array, query: string | undefined): boolean {
  const finite = values.filter((value) => Number.isFinite(value));
  let rises = 0;
  let resets = 0;
  for (let i = 1; i < finite.length; i++) {
    rises += finite[i]! > finite[i - 1]! ? 1 : 0;
    resets += finite[i]! < finite[i - 1]! ? 1 : 0;
  }
  const falls = finite.some((value, i) => value < 0 || (value < finite[i - 1]! && value > 0.5 * finite[i - 1]!));
  // Resets are rare: a gauge that halves often is a saw-tooth, such as memory between collections.
  const rising = !falls && rises >= minimumValues / 2 && resets <= 0.02 * rises;
  return rising && (resets > 0 || (query !== undefined && counterName.test(query)));
}
