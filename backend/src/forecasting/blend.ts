import type { ModelName, ValueRange } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { countCovered, type CoverageTally } from './accuracy.ts';
import { foldErrors, independentFolds, type FoldPlan, type MemberRun } from './backtest.ts';
import { bandOf, localSpread, minimumHalfWidth } from './band.ts';
import { conformalOffsets, widened, type HeldOutFold } from './conformal.ts';
import type { BandArrays } from './forecast-task.ts';
import type { FitContext } from './forecaster.ts';
import { blendLines, blendWeights } from './model-selection.ts';

export interface BlendNeeds {
  readonly runs: readonly MemberRun[];
  readonly plan: FoldPlan;
  /** Without gaps. */
  readonly history: RegularSeries;
  /** The same grid with NaN for gaps: only what was really seen is judged on. */
  readonly observed: RegularSeries;
  readonly levels: readonly number[];
  readonly context: FitContext;
  readonly range: ValueRange | undefined;
}

export interface Blend {
  /** Models that took part with a weight above 0. */
  readonly weights: ReadonlyArray<{ readonly model: ModelName; readonly weight: number }>;
  /** Mean absolute errors of the blend, one for each fold, with weights that had not seen it. */
  readonly errors: Float64Array;
  /** One tally for each level, over bands whose weights and widths had not seen the fold. */
  readonly coverage: readonly CoverageTally[];
  /** The same for a part of the steps ahead, `fromStep` up to but without `toStep`. */
  coverageWithin(fromStep: number, toStep: number): readonly CoverageTally[];
  /** One for each fold, oldest first, judged the same way. */
  readonly heldOutBands: readonly BandArrays[];
  /** The band around the blend's line from the step after the end on. */
  bandAfterEnd(expected: Float64Array): BandArrays;
}

/**
 * Blends the back-tested models and bands the blend by its own held-out residuals. Everything that is measured is
 * measured leave-one-fold-out: neither the weights nor the widths of a fold come from it.
 * @throws AppError `fit_failed` when no model took part
 */
export function blendMembers(needs: BlendNeeds): Blend {
  const { plan, history, observed, levels, context } = needs;
  const members = takingPart(needs.runs);
  const errors = members.map(({ lines }) => foldErrors(lines, observed.values, plan, context.horizonSteps));
  const minHalfWidth = minimumHalfWidth(observed.values);
  const spread = localSpread(history.values, context.seasons, minHalfWidth);
  const folds: HeldOutFold[] = plan.origins.map((origin, k) => ({
    expected: blendLines(
      members.map(({ lines }) => lines[k]!),
      blendWeights(errors, k)
    ),
    actual: observed.values.subarray(origin + 1, origin + 1 + plan.foldSteps),
    spread: Float64Array.from({ length: plan.foldSteps }, (_, h) => spread.at(origin + 1 + h)),
  }));
  const banded = (firstIndex: number, expected: Float64Array, without: number) =>
    bandOf({
      startMs: history.startMs + firstIndex * history.stepMs,
      stepMs: history.stepMs,
      expected,
      spread: Float64Array.from(expected, (_, h) => spread.at(firstIndex + h)),
      offsets: widened(
        conformalOffsets(folds, levels, folds.length > 1 ? without : -1),
        independentFolds(plan) - (without < 0 ? 0 : 1)
      ),
      minHalfWidth,
      range: needs.range,
    });
  const heldOutBands = folds.map(({ expected }, k) => banded(plan.origins[k]! + 1, expected, k));
  const lines = folds.map(({ expected }) => expected);
  return {
    weights: weighted(members, blendWeights(errors)),
    errors: foldErrors(lines, observed.values, plan, context.horizonSteps),
    coverage: coverageOf(heldOutBands, folds, { fromStep: 0, toStep: context.horizonSteps }),
    coverageWithin: (fromStep, toStep) => coverageOf(heldOutBands, folds, { fromStep, toStep }),
    heldOutBands,
    bandAfterEnd: (expected) => banded(history.values.length, expected, -1),
  };
}

function takingPart(runs: readonly MemberRun[]): readonly MemberRun[] {
  const members = runs.filter(({ excluded }) => excluded === undefined);
  if (members.length === 0) {
    const reasons = runs.map(({ model, excluded }) => `${model}: ${excluded ?? ''}`).join('; ');
    throw new AppError('fit_failed', `No model could be fitted (${reasons}). Choose other models or "auto".`);
  }
  return members;
}

function weighted(members: readonly MemberRun[], weights: readonly number[]): Blend['weights'] {
  return members.map(({ model }, i) => ({ model, weight: weights[i]! })).filter(({ weight }) => weight > 0);
}

function coverageOf(
  bands: readonly BandArrays[],
  folds: readonly HeldOutFold[],
  { fromStep, toStep }: { readonly fromStep: number; readonly toStep: number }
): CoverageTally[] {
  return (bands[0]?.levels ?? []).map((_, level) => {
    const tally = { hits: 0, total: 0 };
    const judged = bands.length > 1 ? bands : [];
    judged.forEach((band, k) => {
      const { lower, upper } = band.levels[level]!;
      const part = <T extends Float64Array | Float32Array>(values: T) => values.subarray(fromStep, toStep);
      countCovered(tally, part(folds[k]!.actual), part(lower), part(upper));
    });
    return tally;
  });
}
