import type { ModelName } from '../contract/job.ts';
import { messageOf } from '../errors.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { meanAbsoluteError } from './accuracy.ts';
import { disposableCpuSeconds } from './disposable-fit.ts';
import type { FitContext, Forecaster } from './forecaster.ts';

const dayMs = 86_400_000;
const weekCycles = 7;
const weekMs = weekCycles * dayMs;

/** Origins of a rolling back-test; fold k knows values[0 … origins[k]] and is judged on the `foldSteps` after it. */
export interface FoldPlan {
  /** Ascending. */
  readonly origins: readonly number[];
  readonly foldSteps: number;
  readonly strideSteps: number;
}

export interface FoldNeeds {
  readonly horizonSteps: number;
  readonly seasons: readonly number[];
  readonly maxFolds: number;
}

/**
 * Plans folds over about the last week or more, each a horizon long (at least half a day, so that a week is covered by
 * `maxFolds`), the earliest with at least half of the history to learn from.
 * @returns no origin when the history is too short for any fold
 */
export function planFolds(series: RegularSeries, { horizonSteps, seasons, maxFolds }: FoldNeeds): FoldPlan {
  const count = series.values.length;
  // A week of days or weeks has too few steps to tell anything of the horizon.
  const fewest = series.stepMs >= dayMs ? weekCycles * horizonSteps : weekCycles;
  const week = Math.max(fewest, Math.round(weekMs / series.stepMs));
  const minTraining = Math.max(Math.ceil(count / 2), Math.min(count - 1, 2 * (seasons[0] ?? 0) + 8));
  const room = count - minTraining;
  // A short history has no week to cover: many short folds tell more about a short horizon than two long ones.
  const covered = Math.min(week, room);
  const foldSteps = Math.max(1, Math.min(Math.max(horizonSteps, Math.ceil(covered / maxFolds)), Math.floor(room / 2)));
  // Folds longer than a day overlap: more origins, at the same time of the day, from the same history.
  const strideSteps = Math.min(foldSteps, Math.max(Math.ceil(covered / 7), Math.ceil(foldSteps / 7)));
  const folds = Math.min(maxFolds, Math.floor((room - foldSteps) / strideSteps) + 1);
  const origins = Array.from(
    { length: Math.max(0, folds) },
    (_, k) => count - 1 - foldSteps - (folds - 1 - k) * strideSteps
  );
  return { origins, foldSteps, strideSteps };
}

/** How many folds would fit beside each other into the time that the plan covers; at least 1 when there is any. */
export function independentFolds({ origins, foldSteps }: FoldPlan): number {
  return origins.length === 0 ? 0 : (origins.at(-1)! - origins[0]! + foldSteps) / foldSteps;
}

/** A model's lines on every fold, or why there are none. */
export interface MemberRun {
  readonly model: ModelName;
  readonly lines: readonly Float64Array[];
  readonly cpuSecondsPerFit: number;
  readonly excluded: string | undefined;
}

/** CPU seconds of this thread and its disposable workers so far; a difference of two is the cost of what ran between. */
export function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6 + disposableCpuSeconds();
}

/** Fits one model at every origin; the first failure ends its part in the blend and is told. */
export async function backtestMember(
  forecaster: Forecaster,
  history: RegularSeries,
  plan: FoldPlan,
  context: FitContext
): Promise<MemberRun> {
  const started = cpuSeconds();
  const needed = forecaster.minPoints(context.seasons);
  const given = plan.origins[0] === undefined ? history.values.length : plan.origins[0] + 1;
  const lines: Float64Array[] = [];
  const result = (excluded: string | undefined): MemberRun => ({
    model: forecaster.name,
    lines,
    cpuSecondsPerFit: (cpuSeconds() - started) / Math.max(1, lines.length),
    excluded,
  });
  if (needed > given) {
    return result(
      Number.isFinite(needed)
        ? `needs ${needed} values in the first fold, there are ${given}`
        : 'needs a season that this history does not show'
    );
  }
  for (const origin of plan.origins) {
    const known = { ...history, values: history.values.subarray(0, origin + 1) };
    try {
      lines.push(await fitChecked(forecaster, known, { ...context, horizonSteps: plan.foldSteps }));
    } catch (error) {
      return result(messageOf(error));
    }
  }
  return result(undefined);
}

/** Widest distance from the history, in its own ranges, that a forecast may have: beyond it the fit has diverged. */
const plausibleRanges = 10;

/**
 * Fits and checks that the line is finite and near the range of the history.
 * @throws Error with the reason otherwise
 */
export async function fitChecked(
  forecaster: Forecaster,
  history: RegularSeries,
  context: FitContext
): Promise<Float64Array> {
  const line = await forecaster.forecast(history, context);
  let low = Infinity;
  let high = -Infinity;
  for (const value of history.values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const slack = plausibleRanges * (high - low) + 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  if (line.length !== context.horizonSteps || !line.every((value) => value >= low - slack && value <= high + slack)) {
    throw new Error('its forecast left the range of the history tenfold or was not a number');
  }
  return line;
}

/** Mean absolute error of each fold over the steps that will be asked for. */
export function foldErrors(
  lines: readonly Float64Array[],
  observed: Float64Array,
  plan: FoldPlan,
  horizonSteps: number
): Float64Array {
  return Float64Array.from(lines, (line, k) => {
    const from = plan.origins[k]! + 1;
    const steps = Math.min(horizonSteps, plan.foldSteps);
    return meanAbsoluteError(observed.subarray(from, from + steps), line.subarray(0, steps));
  });
}
