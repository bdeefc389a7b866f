import type { VerificationReport } from '../../contract/remediation/run.ts';
import type { Direction } from '../../contract/job.ts';
import { formatDurationMs } from '../../contract/duration.ts';
import { scoreValue } from '../../detection/score.ts';
import type { BandArrays } from '../../forecasting/forecast-task.ts';
import { median } from '../../timeseries/quantiles.ts';
import type { RegularSeries } from '../../timeseries/series.ts';

/** How earlier anomalies of the same job went that nobody acted on. */
export interface BaseRate {
  /** Those that lasted as long as this one had when the run began. */
  readonly asLong: number;
  /** Of these, those that then ended within the time that this one took. */
  readonly endedAlone: number;
}

export interface CounterfactualInput {
  readonly job: string;
  readonly direction: Direction;
  /** Observed before and after the run, on the grid of the job. */
  readonly observed: RegularSeries;
  /** Forecast of the normal course, made before the run. */
  readonly band: BandArrays;
  readonly abnormalFromMs: number;
  readonly runStartedAtMs: number;
  readonly runEndedAtMs: number;
  readonly baseRate: BaseRate;
}

type Counterfactual = NonNullable<VerificationReport['counterfactual']>;

const newestValues = 10;
/** 80 % of a normal distribution lie within this many standard deviations. */
const eightyPercent = 1.2816;
const madToDeviation = 1.4826;

/**
 * What would have come without the run, as far as that can be known. A job's forecast is of the normal course, so it
 * says nothing about an outage by itself: the outage goes on as it was (persistence of the median distance from the
 * expected value in the newest ten values before the run), with the width of the forecast's inner level and the scatter of that distance as a
 * random walk. How often such anomalies end by themselves is told beside it, since persistence can't know.
 */
export function counterfactualOf(input: CounterfactualInput): Counterfactual {
  const points = pointsOf(input);
  const before = points.filter(({ timeMs }) => timeMs <= input.runStartedAtMs);
  const abnormal = before.filter(({ timeMs }) => timeMs >= input.abnormalFromMs);
  const basis = (abnormal.length > 0 ? abnormal : before.slice(-1))
    .filter(({ value, expected }) => Number.isFinite(value - expected))
    .slice(-newestValues);
  const offset = basis.length === 0 ? NaN : median(basis.map(({ value, expected }) => value - expected));
  const spread = scatterOf(basis.map(({ value, expected }) => value - expected));
  const without = points.map((point) => continued(point, { offset, spread, input }));
  return {
    job: input.job,
    times: points.map(({ timeMs }) => timeMs),
    observed: points.map(({ value }) => orNull(value)),
    without: without.map(({ middle }) => orNull(middle)),
    lower: without.map(({ lower }) => orNull(lower)),
    upper: without.map(({ upper }) => orNull(upper)),
    sentence: sentenceOf(input, points, offset),
  };
}

interface Point {
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
  /** Edges of the widest level: outside of them is abnormal. */
  readonly edges: { readonly expected: number; readonly lower: number; readonly upper: number };
  /** Bounds of the innermost level. */
  readonly innerLower: number;
  readonly innerUpper: number;
}

function pointsOf({ observed, band }: CounterfactualInput): Point[] {
  const [inner] = band.levels;
  const widest = band.levels.at(-1);
  return Array.from(observed.values, (value, i) => {
    const timeMs = observed.startMs + i * observed.stepMs;
    const at = Math.round((timeMs - band.startMs) / band.stepMs);
    const expected = band.expected[at] ?? NaN;
    return {
      ...{ timeMs, value, expected },
      edges: { expected, lower: widest?.lower[at] ?? NaN, upper: widest?.upper[at] ?? NaN },
      innerLower: inner?.lower[at] ?? NaN,
      innerUpper: inner?.upper[at] ?? NaN,
    };
  });
}

function scatterOf(offsets: readonly number[]): number {
  const steps = offsets.slice(1).map((offset, i) => Math.abs(offset - (offsets[i] ?? NaN)));
  return steps.length === 0 ? 0 : madToDeviation * median(steps);
}

function continued(
  { timeMs, expected, innerLower, innerUpper }: Point,
  known: { readonly offset: number; readonly spread: number; readonly input: CounterfactualInput }
) {
  const { offset, spread, input } = known;
  if (timeMs <= input.runStartedAtMs) {
    return { middle: NaN, lower: NaN, upper: NaN };
  }
  const steps = (timeMs - input.runStartedAtMs) / input.observed.stepMs;
  const wander = eightyPercent * spread * Math.sqrt(steps);
  const middle = expected + offset;
  return {
    middle,
    lower: middle - Math.hypot(expected - innerLower, wander),
    upper: middle + Math.hypot(innerUpper - expected, wander),
  };
}

function sentenceOf(input: CounterfactualInput, points: readonly Point[], offset: number): string {
  const { runStartedAtMs, runEndedAtMs, direction } = input;
  const isOut = ({ value, edges }: Point) => scoreValue(value, edges, direction) > 1;
  const seen = points.filter(({ value, edges }) => Number.isFinite(value + edges.expected));
  const after = seen.filter(({ timeMs }) => timeMs > runEndedAtMs);
  const lastBefore = seen.findLast(({ timeMs }) => timeMs <= runStartedAtMs);
  if (after.length === 0) {
    return 'No value of the job has come since the run.';
  }
  if (lastBefore !== undefined && !isOut(lastBefore)) {
    return 'Its series was in its band before the run already, so the run is not what brought it back.';
  }
  const stayed = after.every((point) => isOut({ ...point, value: point.edges.expected + offset }));
  return [observedPart(after, isOut, runEndedAtMs), withoutPart(stayed, offset), ratePart(input.baseRate)].join(' ');
}

function observedPart(after: readonly Point[], isOut: (point: Point) => boolean, runEndedAtMs: number): string {
  const back = after[after.findLastIndex(isOut) + 1];
  return back === undefined
    ? 'Its series is still outside its band.'
    : `Its series is back in its band since ${duration(back.timeMs - runEndedAtMs)} after the run.`;
}

function withoutPart(stayed: boolean, offset: number): string {
  if (Number.isNaN(offset)) {
    return 'How it was before the run is not known.';
  }
  return stayed
    ? 'Going on as it was before the run, it would have stayed outside.'
    : 'Going on as it was before the run, it would have been inside too.';
}

function ratePart({ asLong, endedAlone }: BaseRate): string {
  return asLong === 0
    ? 'No earlier anomaly of this job that nobody acted on lasted as long: how often they end by themselves is not known.'
    : `Of ${asLong} earlier ${asLong === 1 ? 'anomaly' : 'anomalies'} of this job that lasted as long and that nobody acted on, ${endedAlone} ended within that time by themselves.`;
}

function duration(ms: number): string {
  return formatDurationMs(Math.max(1_000, Math.round(ms / 1_000) * 1_000));
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
