import { AppError } from '../../errors.ts';
import { quantileOfSorted, robustCentre, sortedFinite } from '../../timeseries/quantiles.ts';
import { drawnToIdentity, invertSymmetric, shrunkCovariance } from './covariance.ts';
import { boundedScore, figure, type Finding } from './finding.ts';

/** The inverse of a matrix of this size takes some milliseconds. */
export const mostJointMetrics = 200;
const fewestMetrics = 2;
const fewestSteps = 100;
/** MAD of a normal distribution in standard deviations. */
const madOfNormal = 0.6745;
/** What lies further out is drawn in before covariances are taken: an incident in the history must not explain the next. */
const clip = 3;
/** Even with endless history two metrics may not explain each other fully. */
const leastShrinkage = 0.01;
/** The edge in standard normal deviates: 1 of 10,000 steps of well-behaved metrics; further out where history was. */
const edge = { normal: 3.72, historyQuantile: 0.9995, beyondHistory: 1.1 };
/** The blame of metrics below this share is not worth a line. */
const toldShare = 0.1;
const mostTold = 5;

/** How metrics usually move together; plain, so that it can be stored. */
export interface JointState {
  readonly metrics: readonly JointMetric[];
  /** Of standardised residuals, row by row. */
  readonly covariance: readonly number[];
  /** Its inverse, for the steps at which all metrics are known. */
  readonly inverse: readonly number[];
  /** Edge of what is normal as a standard normal deviate of the distance, the same for any number of metrics present. */
  readonly edgeDeviate: number;
  sinceMs: number | null;
  lastMs: number | null;
}

interface JointMetric {
  readonly id: string;
  /** What evidence calls it. */
  readonly name: string;
  readonly centre: number;
  readonly scale: number;
}

export interface JointHistory {
  readonly id: string;
  readonly name: string;
  /** Observed − expected, or that in distances to the band's edge; NaN where unknown; all of equal length. */
  readonly residuals: Float64Array;
}

export interface JointSample {
  readonly timestampMs: number;
  /** Residual of each metric by its id, in the unit of the history; one that is left out or NaN is not known. */
  readonly residuals: ReadonlyMap<string, number>;
}

export interface JointResult {
  /** 0 all as expected, 1 at the edge; undefined while fewer than two metrics are known. */
  readonly score: number | undefined;
  /** Share of each metric in the distance, largest first; empty inside. */
  readonly blame: ReadonlyArray<{ readonly id: string; readonly share: number }>;
  readonly finding: Finding | undefined;
}

/**
 * Learns how the residuals of several metrics move together. Metrics that never move, or are hardly known, are left out.
 * @returns undefined when fewer than two are left
 * @throws AppError `too_many_series`
 */
export function startJoint(histories: readonly JointHistory[]): JointState | undefined {
  if (histories.length > mostJointMetrics) {
    const message = `${histories.length} series as one are too many, ${mostJointMetrics} can be judged together: add a label to \`among\``;
    throw new AppError('too_many_series', message);
  }
  const kept = histories.flatMap((history) => {
    const known = sortedFinite(history.residuals).length;
    const { median, mad } = robustCentre(history.residuals);
    const scale = mad / madOfNormal;
    const usable = known >= fewestSteps && Number.isFinite(scale) && scale > 0;
    return usable ? [{ history, metric: { id: history.id, name: history.name, centre: median, scale } }] : [];
  });
  if (kept.length < fewestMetrics) {
    return undefined;
  }
  const metrics = kept.map(({ metric }) => metric);
  const columns = kept.map(({ history, metric }) =>
    history.residuals.map((residual) => standardised(residual, metric))
  );
  const clipped = columns.map((column) =>
    column.map((value) => (Number.isNaN(value) ? 0 : Math.min(clip, Math.max(-clip, value))))
  );
  const { covariance, shrinkage } = shrunkCovariance(clipped);
  const least = { shrinkage: shrinkage < leastShrinkage ? leastShrinkage : 0, scale: 1 };
  const usual = { metrics, covariance: [...drawnToIdentity(covariance, metrics.length, least)] };
  const inverse = inverseOf(usual, [...metrics.keys()]);
  if (inverse === undefined) {
    return undefined;
  }
  return { ...usual, inverse: [...inverse], edgeDeviate: edgeOf(inverse, columns), sinceMs: null, lastMs: null };
}

function standardised(residual: number, { centre, scale }: JointMetric): number {
  const value = (residual - centre) / scale;
  return Number.isFinite(value) ? value : NaN;
}

type Usual = Pick<JointState, 'metrics' | 'covariance'>;

function edgeOf(inverse: Float64Array, columns: readonly Float64Array[]): number {
  const deviates: number[] = [];
  for (let t = 0; t < columns[0]!.length; t++) {
    const known = columns.every((column) => !Number.isNaN(column[t]!));
    if (known) {
      deviates.push(
        deviateOf(
          distance(
            inverse,
            Float64Array.from(columns, (column) => column[t]!)
          ),
          columns.length
        )
      );
    }
  }
  const sorted = sortedFinite(deviates);
  const seen = sorted.length < fewestSteps ? -Infinity : quantileOfSorted(sorted, edge.historyQuantile);
  return Math.max(edge.normal, edge.beyondHistory * seen);
}

function inverseOf({ metrics, covariance }: Usual, present: readonly number[]): Float64Array | undefined {
  const p = metrics.length;
  const part = Float64Array.from(present.flatMap((i) => present.map((j) => covariance[i * p + j]!)));
  return invertSymmetric(part, present.length);
}

function inverseAt(state: JointState, present: readonly number[]): Float64Array | undefined {
  return present.length === state.metrics.length ? Float64Array.from(state.inverse) : inverseOf(state, present);
}

/** Squared Mahalanobis distance. */
function distance(inverse: Float64Array, z: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    for (let j = 0; j < z.length; j++) {
      sum += z[i]! * inverse[i * z.length + j]! * z[j]!;
    }
  }
  return Math.max(0, sum);
}

/** Standard normal deviate of a chi-squared value. @see Wilson & Hilferty (1931), PNAS 17(12) */
function deviateOf(squared: number, count: number): number {
  return (Math.cbrt(squared / count) - (1 - 2 / (9 * count))) / Math.sqrt(2 / (9 * count));
}

function squaredOf(deviate: number, count: number): number {
  return count * (1 - 2 / (9 * count) + deviate * Math.sqrt(2 / (9 * count))) ** 3;
}

/**
 * Takes in one step of all metrics; changes the state in place.
 * @returns a finding at each step at which the metrics are together where they never are, even if each alone is fine
 * @see Mahalanobis (1936); blame of a metric: the part of the squared distance that goes when it is left out
 */
export function nextJoint(state: JointState, sample: JointSample): JointResult {
  const nothing = { score: undefined, blame: [], finding: undefined };
  if (state.lastMs !== null && sample.timestampMs <= state.lastMs) {
    return nothing;
  }
  state.lastMs = sample.timestampMs;
  const all = state.metrics.map((metric) => standardised(sample.residuals.get(metric.id) ?? NaN, metric));
  const present = [...all.keys()].filter((i) => !Number.isNaN(all[i]!));
  const inverse = present.length < fewestMetrics ? undefined : inverseAt(state, present);
  if (inverse === undefined) {
    state.sinceMs = null;
    return nothing;
  }
  const z = Float64Array.from(present, (i) => all[i]!);
  const ratio = Math.sqrt(distance(inverse, z) / squaredOf(state.edgeDeviate, present.length));
  const score = boundedScore(ratio === Infinity || Number.isNaN(ratio) ? Infinity : ratio);
  if (score <= 1) {
    state.sinceMs = null;
    return { score, blame: [], finding: undefined };
  }
  state.sinceMs ??= sample.timestampMs;
  const blame = blameOf(inverse, z)
    .map((share, k) => ({ ...state.metrics[present[k]!]!, share, deviation: z[k]! }))
    .sort((a, b) => b.share - a.share);
  const finding = tellJoint(state.sinceMs, score, blame);
  return { score, blame: blame.map(({ id, share }) => ({ id, share })), finding };
}

/** Shares that add up to 1. */
function blameOf(inverse: Float64Array, z: Float64Array): number[] {
  const p = z.length;
  const largest = z.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const parts = Array.from(z, (_, i) => {
    const pull = z.reduce((sum, value, j) => sum + inverse[i * p + j]! * (value / largest), 0);
    return (pull * pull) / inverse[i * (p + 1)]!;
  });
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / whole);
}

type Blamed = JointMetric & { readonly share: number; readonly deviation: number };

function tellJoint(startMs: number, score: number, blame: readonly Blamed[]): Finding {
  const told = blame.filter(({ share }) => share >= toldShare).slice(0, mostTold);
  const names = told.map(({ name, share }) => `${name} ${Math.round(100 * share)} %`).join(', ');
  const text = `Together ${blame.length} metrics are ${figure(score)} times as far from their usual relation as is normal: ${names}.`;
  return {
    phase: 'open',
    startMs,
    direction: null,
    score,
    evidence: [
      { code: 'joint', text: text.slice(0, 1000), facts: { metrics: blame.length, score } },
      ...told.map(({ id, name, share, deviation }) => ({
        code: 'joint-blame',
        text: `${name} has ${Math.round(100 * share)} % of it, at ${figure(deviation)} of its usual deviations.`.slice(
          0,
          1000
        ),
        facts: { id, name, share, deviation },
      })),
    ],
  };
}
