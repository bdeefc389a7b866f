import type { ValueRange } from '../contract/job.ts';
import { median, medianOfFew } from '../timeseries/quantiles.ts';
import { lastMs, type RegularSeries } from '../timeseries/series.ts';
import { bandOf, minimumHalfWidth } from './band.ts';
import { conformalOffsets, widened, type HeldOutFold } from './conformal.ts';
import type { BandArrays } from './forecast-task.ts';

/** A series of the same job that has a model. */
export interface Sibling {
  readonly history: RegularSeries;
  /** Over the end of the history, from fits that had not seen it. */
  readonly heldOut: BandArrays;
  /** From the step after the history on. */
  readonly forecast: BandArrays;
}

export interface PriorNeeds {
  readonly levels: readonly number[];
  readonly range: ValueRange | undefined;
}

/** With fewer values not even a level can be told. */
const fewestValues = 3;
/** Places in the past where each sibling is taken for new. */
const rehearsals = 6;

/**
 * A band for a series too young to be modelled. Its line is the middle of the siblings' expected lines, each brought to the
 * level that the few values have against the sibling's own at the same instants (a ratio where nothing is negative, else a
 * difference); or the level of the few values alone, where siblings would have been told better by that. Widths are those that were needed when siblings with a history were treated as if they were as young,
 * forecast by the others: so they hold what differs between siblings, and what so few values leave unsure of the level.
 * @param newcomer on the siblings' grid
 * @returns undefined with fewer than three values or without a sibling that covers them
 * @see Vovk, Gammerman & Shafer (2005) for conformal prediction across exchangeable series
 */
export function siblingBand(
  newcomer: RegularSeries,
  siblings: readonly Sibling[],
  { levels, range }: PriorNeeds
): BandArrays | undefined {
  const { stepMs } = newcomer;
  const startMs = lastMs(newcomer) + stepMs;
  const usable = siblings.filter(({ forecast }) => forecast.stepMs === stepMs && bandEndMs(forecast) >= startMs);
  const values = newcomer.values.filter(Number.isFinite);
  if (usable.length === 0 || values.length < fewestValues) {
    return undefined;
  }
  const isRatio = [newcomer, ...usable.map(({ history }) => history)].every(({ values: all }) =>
    all.every((value) => !(value < 0))
  );
  const endMs = Math.min(...usable.map(({ forecast }) => bandEndMs(forecast)));
  const span: Span = { startMs, steps: Math.max(1, Math.round((endMs - startMs) / stepMs) + 1) };
  const [best] = [siblingLine, levelLine]
    .map((lineOf) => ({ lineOf, folds: rehearsed(usable, newcomer.values.length, span.steps, { isRatio, lineOf }) }))
    .filter(({ folds }) => folds.length > 0)
    .sort((one, other) => errorOf(one.folds) - errorOf(other.folds));
  const line = best?.lineOf(newcomer, usable, span, isRatio);
  if (best === undefined || line === undefined) {
    return undefined;
  }
  return bandOf({
    startMs,
    stepMs,
    expected: line,
    spread: new Float64Array(span.steps).fill(sizeOf(line, isRatio)),
    // Siblings share their days: each counts once, however often it was rehearsed. One alone cannot tell how it differs.
    offsets: widened(conformalOffsets(best.folds, levels), usable.length - 1),
    minHalfWidth: minimumHalfWidth(values),
    range,
  });
}

interface Span {
  readonly startMs: number;
  readonly steps: number;
}

type LineOf = (
  newcomer: RegularSeries,
  siblings: readonly Sibling[],
  span: Span,
  isRatio: boolean
) => Float64Array | undefined;

function levelLine(newcomer: RegularSeries, _siblings: readonly Sibling[], { steps }: Span): Float64Array | undefined {
  const level = median(newcomer.values);
  return Number.isFinite(level) ? new Float64Array(steps).fill(level) : undefined;
}

/** Mean absolute error in units of the line's size; infinite when nothing was seen. */
function errorOf(folds: readonly HeldOutFold[]): number {
  let sum = 0;
  let count = 0;
  for (const { expected, actual, spread } of folds) {
    actual.forEach((value, h) => {
      const error = Math.abs(value - expected[h]!) / spread[h]!;
      sum += Number.isFinite(error) ? error : 0;
      count += Number.isFinite(error) ? 1 : 0;
    });
  }
  return count === 0 ? Infinity : sum / count;
}

/** The middle of the siblings' lines at the newcomer's level; undefined when none of them saw its instants. */
function siblingLine(
  newcomer: RegularSeries,
  siblings: readonly Sibling[],
  { startMs, steps }: Span,
  isRatio: boolean
): Float64Array | undefined {
  const led = siblings.flatMap((sibling) => {
    const toLevel = levelAgainst(newcomer, sibling, isRatio);
    return toLevel === undefined ? [] : [{ sibling, toLevel }];
  });
  const buffer = new Float64Array(led.length);
  const line = Float64Array.from({ length: steps }, (_, h) => {
    let count = 0;
    for (const { sibling, toLevel } of led) {
      const value = toLevel(expectedAt(sibling, startMs + h * newcomer.stepMs));
      if (Number.isFinite(value)) {
        buffer[count++] = value;
      }
    }
    return count === 0 ? NaN : medianOfFew(buffer, count);
  });
  return line.every(Number.isFinite) ? line : undefined;
}

function expectedAt({ heldOut, forecast }: Sibling, atMs: number): number {
  const band = atMs >= forecast.startMs ? forecast : heldOut;
  return band.expected[Math.round((atMs - band.startMs) / band.stepMs)] ?? NaN;
}

/**
 * How a sibling's values become the newcomer's, from the instants that both have; undefined when there are none. Where a
 * sibling is gone already, what was expected of it stands in.
 */
function levelAgainst(
  newcomer: RegularSeries,
  sibling: Sibling,
  isRatio: boolean
): ((value: number) => number) | undefined {
  const { startMs, stepMs } = newcomer;
  const offset = Math.round((startMs - sibling.history.startMs) / stepMs);
  const own: number[] = [];
  const others: number[] = [];
  newcomer.values.forEach((value, i) => {
    const seen = sibling.history.values[offset + i] ?? NaN;
    const other = Number.isFinite(seen) ? seen : expectedAt(sibling, startMs + i * stepMs);
    if (Number.isFinite(value) && Number.isFinite(other)) {
      own.push(value);
      others.push(other);
    }
  });
  if (own.length < fewestValues) {
    return undefined;
  }
  const [level, reference] = [median(own), median(others)];
  if (isRatio && reference === 0) {
    return undefined;
  }
  return isRatio ? (value) => (value * level) / reference : (value) => value + level - reference;
}

/** Each sibling as if it were as young as the newcomer, at some places of the past, forecast by the others. */
function rehearsed(
  siblings: readonly Sibling[],
  youngSteps: number,
  horizonSteps: number,
  { isRatio, lineOf }: { readonly isRatio: boolean; readonly lineOf: LineOf }
): HeldOutFold[] {
  return siblings.flatMap((sibling, k) => {
    const others = siblings.length === 1 ? [asItsOwn(sibling)] : siblings.filter((_, i) => i !== k);
    const { history, heldOut } = sibling;
    const { stepMs } = history;
    const firstMs = Math.max(
      ...others.flatMap((other) => [other.heldOut.startMs, other.history.startMs + youngSteps * stepMs]),
      history.startMs + youngSteps * stepMs
    );
    const steps = stepsEach(siblings, horizonSteps);
    const lastStartMs = Math.min(lastMs(history), bandEndMs(heldOut)) - (steps - 1) * stepMs;
    return Array.from({ length: rehearsals }, (_, i): HeldOutFold | undefined => {
      const room = Math.floor((lastStartMs - firstMs) / stepMs);
      const startMs = firstMs + Math.round((room * i) / (rehearsals - 1)) * stepMs;
      const from = Math.round((startMs - history.startMs) / stepMs);
      const young = {
        ...history,
        startMs: startMs - youngSteps * stepMs,
        values: history.values.slice(from - youngSteps, from),
      };
      const expected = room < 0 ? undefined : lineOf(young, others, { startMs, steps }, isRatio);
      return expected === undefined
        ? undefined
        : {
            expected,
            actual: history.values.subarray(from, from + steps),
            spread: new Float64Array(steps).fill(sizeOf(expected, isRatio)),
          };
    }).filter((fold) => fold !== undefined);
  });
}

/** Levels are told against its expected line: against its own values they would always agree. */
function asItsOwn(sibling: Sibling): Sibling {
  const { startMs, stepMs, expected } = sibling.heldOut;
  return { ...sibling, history: { startMs, stepMs, values: Float64Array.from(expected) } };
}

/** Steps that a rehearsal can be judged on: half of the shortest past of held-out lines, at most what is asked for. */
function stepsEach(siblings: readonly Sibling[], horizonSteps: number): number {
  const shortest = Math.min(...siblings.map(({ heldOut }) => heldOut.expected.length));
  return Math.max(1, Math.min(horizonSteps, Math.floor(shortest / 2)));
}

/** What widths are in units of: the line's own size, or the unit of the series. */
function sizeOf(line: Float64Array, isRatio: boolean): number {
  const size = line.reduce((sum, value) => sum + Math.abs(value), 0) / line.length;
  return isRatio && size > 0 ? size : 1;
}

function bandEndMs({ startMs, stepMs, expected }: BandArrays): number {
  return startMs + (expected.length - 1) * stepMs;
}
