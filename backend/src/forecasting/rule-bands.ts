import type { RegularSeries } from '../timeseries/series.ts';
import type { BandArrays, ForecastTask } from './forecast-task.ts';
import { judge, type RuleBand } from './rules.ts';

const weekMs = 7 * 86_400_000;

interface RuleNeeds {
  readonly task: ForecastTask;
  readonly levels: readonly number[];
  readonly horizonSteps: number;
}

/**
 * A rule's band over the horizon, and one over the last week (at most half of the history) from what came before it.
 * The latter is undefined when the rule does not hold for what came before.
 */
export function ruleBands(
  rule: RuleBand,
  history: RegularSeries,
  { task, levels, horizonSteps }: RuleNeeds
): { readonly heldOut: BandArrays | undefined; readonly forecast: BandArrays } {
  const { startMs, stepMs, values } = history;
  const heldOutSteps = Math.min(Math.floor(values.length / 2), Math.round(weekMs / stepMs));
  const split = values.length - heldOutSteps;
  const known = { ...history, values: values.subarray(0, split) };
  const gaps = known.values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  const before = judge(
    { series: known, notFiniteCount: 0, gapRatio: gaps / Math.max(1, split), droppedSteps: 0 },
    levels,
    undefined
  );
  const layOut = (band: RuleBand, from: number, steps: number) =>
    flat(clipped(band, task.range), { startMs: startMs + from * stepMs, stepMs, steps });
  return {
    heldOut: before.kind === 'rule' && heldOutSteps > 0 ? layOut(before.band, split, heldOutSteps) : undefined,
    forecast: layOut(rule, values.length, horizonSteps),
  };
}

/** The band inside the range; where that would close it, it stays open towards the inside. */
function clipped(band: RuleBand, range: ForecastTask['range']): RuleBand {
  const min = range?.min ?? -Infinity;
  const max = range?.max ?? Infinity;
  const clamp = (value: number) => Math.max(min, Math.min(max, value));
  const edges = band.edges.map(({ levelPercent, lower, upper }) => {
    const width = upper - lower;
    const [low, high] = [clamp(lower), clamp(upper)];
    if (low < high) {
      return { levelPercent, lower: low, upper: high };
    }
    return low >= max
      ? { levelPercent, lower: max - width, upper: max }
      : { levelPercent, lower: min, upper: min + width };
  });
  return { ...band, expected: clamp(band.expected), edges };
}

function flat(band: RuleBand, grid: { startMs: number; stepMs: number; steps: number }): BandArrays {
  const line = (value: number) => new Float32Array(grid.steps).fill(value);
  return {
    startMs: grid.startMs,
    stepMs: grid.stepMs,
    expected: line(band.expected),
    levels: band.edges.map(({ levelPercent, lower, upper }) => ({
      levelPercent,
      lower: line(lower),
      upper: line(upper),
    })),
  };
}
